"""Training pictures: read, degraded and reduced to luma, once a run."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acutance.image.resize import resize_bicubic, scaled_size
from acutance.lab.samples.crops import PlanePair, TrainingDataError
from acutance.lab.samples.mixture import Degraded, Mixture
from acutance.lab.teachers import TargetCache
from acutance.pictures import read_picture
from acutance.pictures.files import PICTURE_SUFFIXES


@dataclass(frozen=True)
class TrainingPairs:
    """What a run trains on and is validated on, and a hash of exactly that (names and bytes of the files)."""

    training: list[PlanePair]
    held_out: list[PlanePair]
    sha256: str


@dataclass(frozen=True)
class _Frame:
    """A picture, or one of two frames, as it was read.

    Attributes:
        key: of what the teacher makes of it.
        untaught: what was received, where the teacher has yet to see it.
    """

    key: str
    pair: PlanePair
    untaught: NDArray[np.uint8] | None

    def taught_by(self, targets: TargetCache | None) -> PlanePair:
        """Return it with what the teacher makes of it."""
        if targets is None or self.untaught is None:
            return self.pair
        return replace(self.pair, taught=targets.make(self.key, self.untaught))


@dataclass(frozen=True)
class _Read:
    """A picture as it was read: each of its copies, with the frame before where there is one."""

    copies: list[tuple[_Frame, _Frame | None]]
    name_and_file: bytes


def load_pairs(
    folder: Path,
    degradation: Mixture,
    held_out: int,
    threads: int,
    advance: Callable[[int, int], None] = lambda done, total: None,
    *,
    shrinks: Sequence[float] = (),
    targets: TargetCache | None = None,
    with_received: bool = False,
) -> TrainingPairs:
    """Read every picture below a folder and degrade it.

    Args:
        folder: searched through, in order of names.
        degradation: makes the displayed pictures.
        held_out: pictures kept for validation, spread evenly over the folder.
        threads: pictures read at a time.
        advance: told after each picture how many of how many are done; what it raises ends the reading.
        shrinks: factors by each of which training pictures come shrunk once more, before they are degraded.
        targets: gives each training picture what the teacher makes of it; what it lacks is computed here.
        with_received: whether the pairs keep the received pictures.

    Raises:
        TrainingDataError: the folder holds too few pictures.
        PictureError: a picture cannot be read, or a target not be written.
        TeacherError: a picture is too small for the teacher.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if len(paths) <= held_out:
        raise TrainingDataError(
            f"--data {folder}: got {len(paths)} pictures, expected more than the {held_out} held out for validation"
        )
    kept = {index * len(paths) // held_out for index in range(held_out)}

    def read(index: int) -> _Read:
        if index in kept:
            return _read(paths[index], index, degradation, (), None, with_received=with_received)
        return _read(paths[index], index, degradation, shrinks, targets, with_received=with_received)

    digest = hashlib.sha256()
    training: list[PlanePair] = []
    validation: list[PlanePair] = []
    pool = ThreadPoolExecutor(threads)
    try:
        for index, each in enumerate(pool.map(read, range(len(paths)))):
            for frame, before in each.copies:
                earlier = None if before is None else before.taught_by(targets)
                pair = replace(frame.taught_by(targets), before=earlier)
                (validation if index in kept else training).append(pair)
            digest.update(each.name_and_file)
            advance(index + 1, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    return TrainingPairs(training=training, held_out=validation, sha256=digest.hexdigest())


def _read(
    path: Path,
    number: int,
    degradation: Mixture,
    shrinks: Sequence[float],
    targets: TargetCache | None,
    *,
    with_received: bool,
) -> _Read:
    content = path.read_bytes()
    file_sha256 = hashlib.sha256(content).hexdigest()
    copies = []
    copied = _copies(read_picture(path).pixels, shrinks, degradation.scale.numerator)
    for copy, (shrink, picture) in enumerate(copied):
        which = number + copy  # so that the copies of a picture go through different parts
        degraded = degradation(picture, which)
        key = file_sha256
        if shrink != 1.0 or degradation.has_frames:  # which the number makes others of
            key = _hash(f"{file_sha256} shrunk by {shrink:g} through {degradation.which(which)} as number {which}")
        before = None
        if degraded.before is not None:
            before = _frame(degraded.before, _hash(f"the frame before {key}"), targets, with_received=with_received)
        copies.append((_frame(degraded, key, targets, with_received=with_received), before))
    return _Read(copies, name_and_file=hashlib.sha256(path.name.encode() + content).digest())


def _frame(degraded: Degraded, key: str, targets: TargetCache | None, *, with_received: bool) -> _Frame:
    taught = None if targets is None else targets.load(key, degraded.clean.shape)
    pair = PlanePair(
        displayed=degraded.displayed,
        clean=degraded.clean,
        taught=taught,
        received=degraded.received if with_received else None,
    )
    return _Frame(key, pair, degraded.received if targets is not None and taught is None else None)


def _hash(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()


def _copies(
    picture: NDArray[np.uint8], shrinks: Sequence[float], smallest: int
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield a picture and its shrunk copies, each with its factor."""
    yield 1.0, picture
    for shrink in shrinks:
        height, width = (scaled_size(side, 1 / shrink) for side in picture.shape[:2])
        if min(height, width) >= smallest:
            yield shrink, resize_bicubic(picture, (height, width))
