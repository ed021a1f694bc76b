"""The public face: frames in, sharp frames out."""

import threading
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from acutance.image.padding import pad_to_multiple
from acutance.image.planes import Plane, Samples, add_luma_change, luma, round_to_uint8
from acutance.image.tiles import Tile, tiles
from acutance.runtime.backends.backend import Backend, BackendInfo, ModelError
from acutance.runtime.cards import Card
from acutance.runtime.models import OpenModel, open_model

if TYPE_CHECKING:
    from acutance.runtime.auto import Choice

_LARGEST_PLANE = 2560 * 1600  # larger planes go through in tiles, so that memory stays flat
_TILE = 1024
_BASELINE_MARGIN = 8
_SCALE_TOLERANCE = 0.15
_STRONGEST = 2.0


class ScaleWarning(UserWarning):
    """A frame was enlarged by another factor than the model was trained for."""


class Sharpener:
    """Sharpens frames with one model.

    Safe to call from several threads: calls take turns, as one call uses all the cores that it was given.

    >>> sharpener = Sharpener.load("bicubic-balanced")
    >>> sharp = sharpener(frame)  # H×W×3 uint8 RGB in and out
    >>> sharp_luma = sharpener.luma(plane)  # H×W uint8 studio-range luma in and out: the hot path
    """

    def __init__(self, model: OpenModel, strength: float = 1.0) -> None:
        """Wrap an opened model; `load` is the usual way here.

        Args:
            model: what runs.
            strength: how much of the model's change is applied: 0 none (bit-identical), 1 all, up to 2.

        Raises:
            ValueError: the strength is outside 0..2.
        """
        if not 0.0 <= strength <= _STRONGEST:
            raise ValueError(f"strength: got {strength}, expected 0 (nothing) to {_STRONGEST:g}; 1 is the model's own")
        self._model = model
        self.strength = float(strength)
        self.choice: Choice | None = None
        """What `auto` measured, allowed and chose; None of a sharpener made otherwise."""
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        name_or_path: str | Path,
        scale: float = 2.0,
        strength: float = 1.0,
        device: str = "cpu",
        precision: str = "auto",
        threads: int | None = None,
    ) -> "Sharpener":
        """Open a model.

        Args:
            name_or_path: a shipped model's name (``bicubic-balanced``), an ONNX file's path, or a baseline:
                ``identity``, ``unsharp``, ``cas``.
            scale: how many times the frames have been enlarged, displayed size over received size; at least 1.
            strength: how much of the model's change is applied: 0 none (bit-identical), 1 all, up to 2.
            device: ``cpu``, ``gpu`` or ``npu`` (OpenVINO); ``ort-cpu``, ``cuda``, ``directml`` or ``coreml``
                (ONNX Runtime).
            precision: ``auto``, ``f32``, ``bf16``, ``f16`` or ``int8``; ``auto`` is int8 where the model has a file for
                it and OpenVINO a device that multiplies int8 quickly, and f32 otherwise.
            threads: how many CPU threads to use, None for all.

        Raises:
            ModelError: there is no such model, device or precision, or it does not open.
            CardError: the file has no card, or none that this version reads.
            ValueError: scale below 1, or strength outside 0..2.

        Warns:
            ScaleWarning: the model was trained for another scale.
        """
        if not scale >= 1.0:
            raise ValueError(f"scale: got {scale}, expected 1 or more (displayed size over received size)")
        model = open_model(name_or_path, device=device, precision=precision, threads=threads)
        sharpener = cls(model, strength)
        if model.card is not None and abs(scale / model.card.scale - 1.0) > _SCALE_TOLERANCE:
            effect = "over-sharpens: try a lower strength" if scale < model.card.scale else "sharpens too little"
            warnings.warn(
                f"{model.name} is trained for frames enlarged by {model.card.scale:g}; "
                f"on frames enlarged by {scale:g} it {effect}",
                ScaleWarning,
                stacklevel=2,
            )
        return sharpener

    @classmethod
    def auto(
        cls,
        fps: float = 30.0,
        size: tuple[int, int] = (1920, 1080),
        scale: float = 2.0,
        strength: float = 1.0,
        device: str = "cpu",
        precision: str = "auto",
        threads: int | None = None,
    ) -> "Sharpener":
        """Open the best shipped tier that this machine has time for; a look at `choice` says why it is that one.

        Trying a few frames takes less than two seconds where the cheapest tier does four frames a second or more.

        Args:
            fps: how many frames come a second.
            size: (width, height) of the frames.
            scale: see `load`, as the others.

        Raises:
            ModelError: no tier opens on that device in that precision.
            ValueError: a figure is out of range.

        Warns:
            ScaleWarning: the tiers were trained for another scale.
        """
        from acutance.runtime.auto import calibrate  # which opens sharpeners

        load = partial(cls.load, scale=scale, strength=strength, device=device, precision=precision, threads=threads)
        tiers, choice = calibrate(load, fps=fps, size=size)
        sharpener = next(tier for tier in tiers if tier.name == choice.chosen)
        sharpener.choice = choice
        return sharpener

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def card(self) -> Card | None:
        """The model's card, None for a baseline."""
        return self._model.card

    @property
    def info(self) -> BackendInfo:
        """What runs the model, where, and in which arithmetic."""
        return self._model.backend.info

    def __call__(self, frame: Samples) -> Samples:
        """Sharpen a picture or frame.

        Args:
            frame: H×W×3 RGB, or H×W grey; uint8 or uint16, full range.

        Returns:
            A new array of the same shape and dtype: the change of BT.601 luma is added alike to R, G and B, so that hue
            stays.

        Raises:
            ValueError: another shape or dtype.
            ModelError: the model fails on the frame, or gives values that are not finite.
        """
        depth_is_right = frame.dtype in (np.uint8, np.uint16)
        if not depth_is_right or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
            raise ValueError(
                f"frame: got {frame.shape} {frame.dtype}, expected (height, width, 3) uint8 RGB, or uint16"
            )
        if self.strength == 0.0 or frame.size == 0:
            return frame.copy()
        sharp = np.empty_like(frame)
        for tile in self._tiles(frame.shape[0], frame.shape[1]):
            piece = frame[tile.source]
            before = luma(piece) / np.float32(255.0)
            change = (self._run(self._backend.run, before) - before) * np.float32(255.0 * self.strength)
            sharp[tile.target] = add_luma_change(piece, change)[tile.inner]
        return sharp

    def luma(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Sharpen a luma plane: the hot path.

        Args:
            plane: H×W uint8, studio range (16..235).

        Returns:
            A new plane of the same shape.

        Raises:
            ValueError: another shape or dtype.
            ModelError: the model fails on the plane.
        """
        if plane.dtype != np.uint8 or plane.ndim != 2:
            raise ValueError(f"plane: got {plane.shape} {plane.dtype}, expected (height, width) uint8")
        if self.strength == 0.0 or plane.size == 0:
            return plane.copy()
        pieces = list(self._tiles(*plane.shape))
        if len(pieces) == 1:
            sharpened = self._run(self._backend.run_uint8, plane)
        else:
            sharpened = np.empty_like(plane)
            for tile in pieces:
                sharpened[tile.target] = self._run(self._backend.run_uint8, plane[tile.source])[tile.inner]
        if self.strength == 1.0:
            return sharpened
        return round_to_uint8(plane + np.float32(self.strength) * (sharpened - plane.astype(np.float32)))

    @property
    def _backend(self) -> Backend:
        return self._model.backend

    def _tiles(self, height: int, width: int) -> Iterator[Tile]:
        """Cut a large plane; the cuts lie on the model's grid, and those at the end may reach beyond the plane."""
        grid = self._model.grid
        margin = _BASELINE_MARGIN if self.card is None else self.card.margin
        padded = (-(-height // grid) * grid, -(-width // grid) * grid)
        if padded[0] * padded[1] <= _LARGEST_PLANE:
            whole = (slice(0, height), slice(0, width))
            return iter([Tile(whole, whole, whole)])
        return tiles(padded, _TILE - _TILE % grid, -(-margin // grid) * grid)

    def _run(self, run: Callable[[Plane], Plane], plane: Plane) -> Plane:
        """Pad, run and crop."""
        height, width = plane.shape
        with self._lock:
            result = run(pad_to_multiple(plane, self._model.grid))
        if result.dtype == np.float32 and not np.isfinite(result).all():
            raise ModelError(f"{self.name}: gave values that are not finite on a {width}x{height} plane")
        return result[:height, :width] if result.shape != plane.shape else result
