"""Training pictures: read, degraded and reduced to luma, once a run."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import BicubicDegradation
from acutance.image.planes import luma, round_to_uint8
from acutance.lab.samples.crops import PlanePair, TrainingDataError
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
    """A picture as it was read; the received one is kept where a teacher has yet to see it."""

    pair: PlanePair
    received: NDArray[np.uint8] | None
    file_sha256: str
    name_and_file: bytes


def load_pairs(
    folder: Path,
    degradation: BicubicDegradation,
    held_out: int,
    threads: int,
    advance: Callable[[int, int], None] = lambda done, total: None,
    *,
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
        return _read(paths[index], degradation, None if index in kept else targets, with_received=with_received)

    digest = hashlib.sha256()
    pairs = []
    pool = ThreadPoolExecutor(threads)
    try:
        for done, each in enumerate(pool.map(read, range(len(paths))), start=1):
            pair = each.pair
            if targets is not None and each.received is not None:
                pair = replace(pair, taught=targets.make(each.file_sha256, each.received))
            pairs.append(pair)
            digest.update(each.name_and_file)
            advance(done, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    return TrainingPairs(
        training=[pair for index, pair in enumerate(pairs) if index not in kept],
        held_out=[pairs[index] for index in sorted(kept)],
        sha256=digest.hexdigest(),
    )


def _read(path: Path, degradation: BicubicDegradation, targets: TargetCache | None, *, with_received: bool) -> _Read:
    content = path.read_bytes()
    file_sha256 = hashlib.sha256(content).hexdigest()
    clean = degradation.crop(read_picture(path).pixels)
    received = degradation.receive(clean)
    taught = None if targets is None else targets.load(file_sha256, clean.shape[:2])
    pair = PlanePair(
        displayed=round_to_uint8(luma(degradation.display(received))),
        clean=round_to_uint8(luma(clean)),
        taught=taught,
        received=round_to_uint8(luma(received)) if with_received else None,
    )
    return _Read(
        pair,
        received=received if targets is not None and taught is None else None,
        file_sha256=file_sha256,
        name_and_file=hashlib.sha256(path.name.encode() + content).digest(),
    )
