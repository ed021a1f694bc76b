"""What there was before: nothing at all, and sharpening without a model."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from acutance.image.planes import round_to_uint8
from acutance.runtime.backends.backend import Backend, BackendInfo, ModelError

_DEEP = 65535.0
_GAUSSIAN_RADIUS = 4
_GAUSSIAN = np.exp(-0.5 * np.arange(-_GAUSSIAN_RADIUS, _GAUSSIAN_RADIUS + 1, dtype=np.float32) ** 2)
_GAUSSIAN /= _GAUSSIAN.sum()


class Identity:
    """The displayed frame as it is: every table's bicubic row."""

    info = BackendInfo("identity", "cpu", "exact")

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        return luma.copy()

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return luma.copy()


class UnsharpMask:
    """Adds the difference from a Gaussian blur of σ = 1 pixel; borders are mirrored.

    FFmpeg's filter of that name is not used: with more than 8 bits a sample it all but ignores its amount.
    """

    info = BackendInfo("unsharp mask", "cpu", "f32")

    def __init__(self, amount: float = 0.8) -> None:
        """Choose how many times the difference is added."""
        self._amount = np.float32(amount)

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        blurred = luma
        for axis in (0, 1):
            padding = [(_GAUSSIAN_RADIUS if axis == along else 0,) * 2 for along in (0, 1)]
            padded = np.pad(blurred, padding, mode="symmetric")
            windows = np.lib.stride_tricks.sliding_window_view(padded, len(_GAUSSIAN), axis=axis)
            blurred = windows @ _GAUSSIAN
        sharpened: NDArray[np.float32] = np.clip(luma + self._amount * (luma - blurred), 0.0, 1.0)
        return sharpened

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return round_to_uint8(self.run(luma.astype(np.float32) / np.float32(255.0)) * np.float32(255.0))


class ContrastAdaptiveSharpening:
    """AMD FidelityFX CAS, by FFmpeg's filter, run through PyAV on planar frames whose chroma is not read.

    `run` works on 16-bit samples, so that it rounds 257 times finer than 8 bits do.
    """

    def __init__(self, strength: float = 0.8) -> None:
        """Choose the filter's strength, 0..1."""
        self._arguments = f"strength={strength}:planes=1"
        self._graph: Graph | None = None
        self._graph_key: tuple[int, int, str] | None = None

    info = BackendInfo("FFmpeg cas", "cpu", "integer")

    def run(self, luma: NDArray[np.float32]) -> NDArray[np.float32]:
        deep = np.rint(luma * np.float32(_DEEP)).astype(np.uint16)
        return self._filter(deep, "yuv444p16le").astype(np.float32) / np.float32(_DEEP)

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        result: NDArray[np.uint8] = self._filter(luma, "yuv444p")
        return result

    def _filter(self, luma: NDArray[Any], pixel_format: str) -> NDArray[Any]:
        height, width = luma.shape
        graph = self._graph_for(height, width, pixel_format)
        frame = av.VideoFrame(width, height, pixel_format)
        _samples(frame, luma.dtype)[:, :width] = luma
        for plane in list(frame.planes)[1:]:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        graph.push(frame)
        filtered = graph.pull()
        if not isinstance(filtered, av.VideoFrame):
            raise ModelError(f"FFmpeg's cas returned no frame for a {width}x{height} plane")
        return _samples(filtered, luma.dtype)[:, :width].copy()

    def _graph_for(self, height: int, width: int, pixel_format: str) -> Graph:
        key = (height, width, pixel_format)
        if self._graph is None or self._graph_key != key:
            graph = Graph()
            graph.link_nodes(
                graph.add_buffer(
                    width=width, height=height, format=av.VideoFormat(pixel_format), time_base=Fraction(1)
                ),
                graph.add("cas", self._arguments),
                graph.add("buffersink"),
            ).configure()
            self._graph, self._graph_key = graph, key
        return self._graph


BASELINES: dict[str, Callable[[], Backend]] = {
    "identity": Identity,
    "unsharp": UnsharpMask,
    "cas": ContrastAdaptiveSharpening,
}


def _samples(frame: av.VideoFrame, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the luma plane's memory, rows padded as FFmpeg keeps them."""
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), dtype=dtype).reshape(plane.height, -1)
