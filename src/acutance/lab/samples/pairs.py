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
from acutance.lab.samples.mixture import Mixture
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
class _Read:
    """A picture as it was read, and its copies; what was received is kept where a teacher has yet to see it."""

    copies: list[tuple[str, PlanePair, NDArray[np.uint8] | None]]
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
        with_received: whether the pairs keep the received luma.

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
            for sha256, pair, received in each.copies:
                if targets is not None and received is not None:
                    pair = replace(pair, taught=targets.make(sha256, received))
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
        if shrink != 1.0 or len(degradation.parts) > 1:
            what = f"{file_sha256} shrunk by {shrink:g} through {degradation.which(which)} as number {which}"
            key = hashlib.sha256(what.encode()).hexdigest()
        taught = None if targets is None else targets.load(key, degraded.clean.shape)
        pair = PlanePair(
            displayed=degraded.displayed,
            clean=degraded.clean,
            taught=taught,
            received=degraded.received_luma if with_received else None,
        )
        copies.append((key, pair, degraded.received if targets is not None and taught is None else None))
    return _Read(copies, name_and_file=hashlib.sha256(path.name.encode() + content).digest())


def _copies(
    picture: NDArray[np.uint8], shrinks: Sequence[float], smallest: int
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield a picture and its shrunk copies, each with its factor."""
    yield 1.0, picture
    for shrink in shrinks:
        height, width = (scaled_size(side, 1 / shrink) for side in picture.shape[:2])
        if min(height, width) >= smallest:
            yield shrink, resize_bicubic(picture, (height, width))
