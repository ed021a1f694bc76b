"""The clean clips: files cut as their set says, and a camera's way over a picture."""

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Lock

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from acutance.data import ClipFile, PictureFile
from acutance.degrade import Motion, PlanarFrame, pan
from acutance.degrade.planar import planar
from acutance.image.resize import crop_to_multiple, resize_bicubic, scaled_size
from acutance.metrics import Warp, find_still, find_warps
from acutance.pictures import read_picture
from acutance.video import ClipError, read_rgb

PAN_FRAMES = 60
_PAN_LONG, _PAN_SHORT = 960, 720  # pixels: what a camera sees of a larger picture


class CleanClip:
    """A clean clip, with what all its shown versions are measured by.

    Attributes:
        frames: H×W×3 uint8 RGB, full range, sides even; two or more.
    """

    def __init__(self, frames: Iterator[NDArray[np.uint8]]) -> None:
        """Keep frames, without the last row and column of odd sides."""
        self.frames = [np.ascontiguousarray(crop_to_multiple(frame, 2)) for frame in frames]

    @cached_property
    def luma(self) -> list[NDArray[np.uint8]]:
        """H×W uint8 in studio range, as a call's clean frames have it."""
        reformatter = VideoReformatter()
        return [PlanarFrame.of(planar(frame, reformatter)).luma for frame in self.frames]

    @cached_property
    def still(self) -> list[NDArray[np.bool_]]:
        """See `acutance.metrics.find_still`."""
        return find_still(self.luma)

    @cached_property
    def warps(self) -> tuple[Warp, ...]:
        """See `acutance.metrics.find_warps`."""
        return find_warps(self.luma)


class CleanClips:
    """Loads clean clips, and keeps the last few: what follows is mostly about one of them."""

    def __init__(self, kept: int) -> None:
        """Keep so many."""
        self._kept = kept
        self._clips: OrderedDict[str, CleanClip] = OrderedDict()
        self._lock = Lock()

    def load(self, source: ClipFile | PictureFile) -> CleanClip:
        """Return a clip of a set, or the way over a picture that its hash draws.

        Raises:
            ClipError: the clip cannot be read, is shorter than its set says, or has no such region.
            PictureError: the picture cannot be read.
            ValueError: the picture is too small.
        """
        with self._lock:
            clip = self._clips.pop(source.name, None)
            if clip is None:
                clip = CleanClip(_cut(source) if isinstance(source, ClipFile) else _over(source))
            self._clips[source.name] = clip
            while len(self._clips) > self._kept:
                self._clips.popitem(last=False)
            return clip


def pan_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return what a camera sees of a picture of (width, height): at most 960×720, or 720×960 of an upright one."""
    most = (_PAN_LONG, _PAN_SHORT) if size[0] >= size[1] else (_PAN_SHORT, _PAN_LONG)
    return min(size[0], most[0]), min(size[1], most[1])


def _over(picture: PictureFile) -> Iterator[NDArray[np.uint8]]:
    pixels = read_picture(picture.path).pixels
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    motion = Motion.draw(int(picture.sha256[:8], 16))
    return pan(pixels, motion, PAN_FRAMES, 0, pan_size((pixels.shape[1], pixels.shape[0])))


def _cut(clip: ClipFile) -> Iterator[NDArray[np.uint8]]:
    cut = clip.cut
    count = 0
    for frame in islice(read_rgb(clip.path), cut.frames):
        count += 1
        kept = frame if cut.crop is None else _region(clip.path, frame, cut.crop)
        if cut.shrink != 1:
            height, width = (scaled_size(side, 1 / cut.shrink) for side in kept.shape[:2])
            kept = resize_bicubic(kept, (height, width))
        yield kept
    if count < cut.frames:
        raise ClipError(f"{clip.path}: has {count} frames, expected {cut.frames}; set 'frames' in the list of clips")


def _region(path: Path, frame: NDArray[np.uint8], crop: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    left, top, width, height = crop
    if left + width > frame.shape[1] or top + height > frame.shape[0]:
        raise ClipError(
            f"{path}: got frames of {frame.shape[1]}x{frame.shape[0]}, expected room for the crop {list(crop)}; "
            "set 'crop' in the list of clips"
        )
    return frame[top : top + height, left : left + width]
