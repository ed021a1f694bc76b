"""Networks that enlarge the received picture: teachers."""

from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from acutance.degrade import PlanarFrame
from acutance.image.planes import luma, round_to_uint8
from acutance.image.resize import resize_bicubic
from acutance.runtime import BackendInfo, ModelError
from acutance.runtime.backends.compiling import compile_model, read_model

_TRIED = 48  # pixels a side of the picture that tells the scale


class EnlargingNetwork:
    """Runs a network from N×3×h×w RGB, 0..1, to N×3×H×W RGB, 0..1, on OpenVINO in f32, whole pictures at a time.

    One of a whole scale serves the smaller ones that no other whole scale is nearer to: a ×2 network those from 1 to 2,
    a ×3 network those above 2. Its picture is then shrunk to the displayed size by antialiased bicubic.

    Attributes:
        scale: of the network, output size over input size.
    """

    info = BackendInfo("OpenVINO", "cpu", "f32")
    card = None
    told = None
    chose = None

    def __init__(self, name: str, sha256: str, path: Path, threads: int) -> None:
        """Open a network.

        Args:
            name: of its rows.
            sha256: of the file.
            path: the ONNX file.
            threads: of the CPU.

        Raises:
            ModelError: the file is no network of that kind.
        """
        self.name = name
        self.sha256 = sha256
        self._path = path
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
        }
        try:
            model = read_model(path)
            shape = model.input().partial_shape
            if shape.rank.get_length() != 4 or not shape[1].compatible(ov.Dimension(3)):
                raise ModelError(f"{path}: has no card and takes {shape}, expected N×3×h×w RGB as a teacher takes it")
            self._request = compile_model(ov.Core(), model, "CPU", settings).create_infer_request()
        except RuntimeError as error:
            raise ModelError(f"{path}: is not a model that OpenVINO reads ({str(error).splitlines()[-1]})") from error
        self.scale = Fraction(self._enlarge(np.zeros((_TRIED, _TRIED, 3), np.uint8)).shape[0], _TRIED)

    def serves(self, scale: Fraction) -> bool:
        """Say whether it is meant for pictures that are enlarged by this."""
        return self.scale in (scale, max(2, ceil(scale)))

    def begin(self, stream: object) -> None:
        """Do nothing: it is the same for every stream."""

    def __call__(self, received: NDArray[np.uint8], displayed: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """See `acutance.evaluate.methods.Method`.

        Raises:
            ModelError: the network fails, or does not enlarge that far.
        """
        colour = received if received.ndim == 3 else np.repeat(received[..., None], 3, axis=2)
        enlarged = self._enlarge(colour)
        size = displayed.shape[:2]
        if enlarged.shape[0] < size[0] or enlarged.shape[1] < size[1]:
            raise ModelError(
                f"{self._path}: enlarges {received.shape[1]}x{received.shape[0]} to "
                f"{enlarged.shape[1]}x{enlarged.shape[0]}, expected {size[1]}x{size[0]}; it is made for another scale"
            )
        picture = round_to_uint8(enlarged if received.ndim == 3 else enlarged.mean(axis=2))
        return picture if picture.shape[:2] == size else resize_bicubic(picture, (size[0], size[1]))

    def luma(self, received: PlanarFrame, displayed: PlanarFrame) -> NDArray[np.uint8]:
        """See `acutance.evaluate.methods.Method`; it sees the frame as players show it.

        Raises:
            ModelError: the network fails, or does not enlarge that far.
        """
        return round_to_uint8(luma(self(received.rgb(), displayed.luma)))

    def _enlarge(self, received: NDArray[np.uint8]) -> NDArray[np.float32]:
        batch = np.ascontiguousarray(received.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255.0)
        try:
            self._request.infer([batch])
        except RuntimeError as error:
            raise ModelError(f"{self._path}: fails on {received.shape[1]}x{received.shape[0]}") from error
        enlarged: NDArray[np.float32] = self._request.get_output_tensor().data[0].transpose(1, 2, 0)
        return enlarged * np.float32(255.0)
