"""The public face: frames in, sharp frames out."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import Samples
from acutance.runtime.backends.backend import BackendInfo
from acutance.runtime.bank import AUTO, Following, Scale, Selection, Told
from acutance.runtime.bank.experts import Experts, Shares
from acutance.runtime.cards import Card
from acutance.runtime.models import OpenModel, open_model
from acutance.runtime.running import Running, middle_luma, refuse_other_frames, refuse_other_planes
from acutance.runtime.scales import warn_of_scale

if TYPE_CHECKING:
    from acutance.runtime.auto import Choice

_STRONGEST = 2.0


class Sharpener:
    """Sharpens frames with one model.

    A model that is a bank holds the weights of several students. Of those the one works that suits the stream, by what
    was told of it (`load`, `follow`) and, where that is not all, by what its frames look like; frames that were hardly
    enlarged are passed through as they are. `selection` says which and why.

    Safe to call from several threads: calls take turns, as one call uses all the cores that it was given.

    >>> sharpener = Sharpener.load("bicubic-balanced")
    >>> sharp = sharpener(frame)  # H×W×3 uint8 RGB in and out
    >>> sharp_luma = sharpener.luma(plane)  # H×W uint8 studio-range luma in and out: the hot path
    """

    def __init__(self, model: OpenModel, strength: float = 1.0, told: Told | None = None) -> None:
        """Wrap an opened model; `load` is the usual way here.

        Args:
            model: what runs.
            strength: how much of the model's change is applied: 0 none (bit-identical), 1 all, up to 2.
            told: what a bank is told of the stream, None for nothing.

        Raises:
            ValueError: the strength is outside 0..2.
        """
        if not 0.0 <= strength <= _STRONGEST:
            raise ValueError(f"strength: got {strength}, expected 0 (nothing) to {_STRONGEST:g}; 1 is the model's own")
        self._model = model
        self._running = Running(model)
        self.strength = float(strength)
        self.choice: Choice | None = None
        """What `auto` measured, allowed and chose; None of a sharpener made otherwise."""
        self._lock = threading.Lock()
        self._following: Following | None = None
        if model.card is not None and model.open_expert is not None:
            experts = Experts(model.open_expert, 0, model.backend)
            self._following = Following(model.card.conditions, experts, told or Told())

    @classmethod
    def load(
        cls,
        name_or_path: str | Path,
        scale: Scale = AUTO,
        strength: float = 1.0,
        device: str = "cpu",
        precision: str = "auto",
        threads: int | None = None,
        *,
        codec: str | None = None,
        bits_per_pixel: float | None = None,
    ) -> "Sharpener":
        """Open a model.

        Args:
            name_or_path: a shipped model's name (``bicubic-balanced``), an ONNX file's path, or a baseline:
                ``identity``, ``unsharp``, ``cas``.
            scale: how many times the frames have been enlarged, displayed size over received size, at least 1. With
                ``auto`` a bank looks at the frames, and any other model takes them for what it was trained for.
            strength: how much of the model's change is applied: 0 none (bit-identical), 1 all, up to 2.
            device: ``cpu``, ``gpu`` or ``npu`` (OpenVINO); ``ort-cpu``, ``cuda``, ``directml`` or ``coreml``
                (ONNX Runtime).
            precision: ``auto``, ``f32``, ``bf16``, ``f16`` or ``int8``; ``auto`` is int8 where the model has a file for
                it and OpenVINO a device that multiplies int8 quickly, and f32 otherwise.
            threads: how many CPU threads to use, None for all.
            codec: what the stream is coded by, for a bank: FFmpeg's name (``h264``, ``vp8``, ``hevc``), ``none`` where
                there is none, None where it is not known.
            bits_per_pixel: what the codec spends a frame and received pixel, the mean over the frames after the key
                frame, for a bank; None where it is not known.

        Raises:
            ModelError: there is no such model, device or precision, or it does not open.
            CardError: the file has no card, or none that this version reads.
            ValueError: scale below 1, strength outside 0..2, or bits that are not positive.

        Warns:
            ScaleWarning: the model was trained for another scale.
        """
        told = Told.of(scale, codec, bits_per_pixel)
        model = open_model(name_or_path, device=device, precision=precision, threads=threads)
        sharpener = cls(model, strength, told)
        if model.card is not None and told.scale is not None:
            warn_of_scale(model.card, told.scale, stacklevel=3)
        return sharpener

    @classmethod
    def auto(
        cls,
        fps: float = 30.0,
        size: tuple[int, int] = (1920, 1080),
        scale: Scale = AUTO,
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

    @property
    def selection(self) -> Selection | None:
        """What a bank chose for the stream, and why; None before a frame that has to be looked at, and of no bank."""
        return None if self._following is None else self._following.selection

    def follow(self, scale: Scale = AUTO, codec: str | None = None, bits_per_pixel: float | None = None) -> None:
        """Tell a bank what the stream is like from now on, as it changes in mid-stream; any other model is as it was.

        No frame waits: until the weights that suit it are ready, those from before work.

        Args:
            scale: see `load`, as the others. What is not told here is forgotten.

        Raises:
            ValueError: a figure is out of range.
        """
        told = Told.of(scale, codec, bits_per_pixel)
        if self._following is not None:
            with self._lock:
                self._following.tell(told)

    def restart(self) -> None:
        """Begin with another picture or stream, of which as much is known: nothing that was seen counts any more."""
        if self._following is not None:
            with self._lock:
                self._following.restart()

    def __call__(self, frame: Samples) -> Samples:
        """Sharpen a picture or frame.

        Args:
            frame: H×W×3 RGB, or H×W grey; uint8 or uint16, full range.

        Returns:
            A new array of the same shape and dtype: BT.601 luma is the sharpened one, and colours follow it at their
            edges (`acutance.image.colour`).

        Raises:
            ValueError: another shape or dtype.
            ModelError: the model fails on the frame, or gives values that are not finite.
        """
        refuse_other_frames(frame)
        if self.strength == 0.0 or frame.size == 0:
            return frame.copy()
        shares = self._shares(lambda: middle_luma(frame), frame.shape[:2], for_frames=True)
        return self._running.frame(frame, shares, self.strength) if shares else frame.copy()

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
        refuse_other_planes(plane)
        if self.strength == 0.0 or plane.size == 0:
            return plane.copy()
        shares = self._shares(lambda: plane, plane.shape, for_frames=False)
        return self._running.plane(plane, shares, self.strength) if shares else plane.copy()

    def through_model(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Run the model on a luma plane, and a bank's on any, even where `luma` would pass it through: for timing.

        Args:
            plane: as `luma` takes it.

        Returns:
            A new plane of the same shape, at a strength of 1.

        Raises:
            ModelError: the model fails on the plane.
        """
        with self._lock:
            backend = self._model.backend if self._following is None else self._following.any_expert()
        return self._running.plane(plane, ((1.0, backend),), 1.0)

    def _shares(self, luma: Callable[[], NDArray[np.uint8]], size: tuple[int, ...], *, for_frames: bool) -> Shares:
        """Say who works on a frame of that (height, width), of which there is luma to look at."""
        if self._following is None:
            return ((1.0, self._model.backend),)
        warm = partial(self._running.warm, size=(size[0], size[1]), for_frames=for_frames)
        with self._lock:
            return self._following.next_frame(luma, warm)
