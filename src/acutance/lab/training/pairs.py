"""Training pictures: read, degraded and reduced to luma, once a run."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from acutance.degrade import BicubicDegradation
from acutance.image.planes import luma, round_to_uint8
from acutance.lab.training.crops import PlanePair
from acutance.pictures import read_picture
from acutance.pictures.files import PICTURE_SUFFIXES


class TrainingDataError(ValueError):
    """A folder of training pictures that cannot be used."""


@dataclass(frozen=True)
class TrainingPairs:
    """What a run trains on and is validated on, and a hash of exactly that (names and bytes of the files)."""

    training: list[PlanePair]
    held_out: list[PlanePair]
    sha256: str


def load_pairs(
    folder: Path,
    degradation: BicubicDegradation,
    held_out: int,
    threads: int,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> TrainingPairs:
    """Read every picture below a folder and degrade it.

    Args:
        folder: searched through, in order of names.
        degradation: makes the displayed pictures.
        held_out: pictures kept for validation, spread evenly over the folder.
        threads: pictures read at a time.
        advance: told after each picture how many of how many are done.

    Raises:
        TrainingDataError: the folder holds too few pictures.
        PictureError: a picture cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if len(paths) <= held_out:
        raise TrainingDataError(
            f"--data {folder}: got {len(paths)} pictures, expected more than the {held_out} held out for validation"
        )
    digest = hashlib.sha256()
    pairs = []
    for done, (pair, part) in enumerate(_read_all(paths, degradation, threads), start=1):
        pairs.append(pair)
        digest.update(part)
        advance(done, len(paths))
    kept = {index * len(paths) // held_out for index in range(held_out)}
    return TrainingPairs(
        training=[pair for index, pair in enumerate(pairs) if index not in kept],
        held_out=[pairs[index] for index in sorted(kept)],
        sha256=digest.hexdigest(),
    )


def _read_all(paths: list[Path], degradation: BicubicDegradation, threads: int) -> Iterator[tuple[PlanePair, bytes]]:
    def read(path: Path) -> tuple[PlanePair, bytes]:
        clean = degradation.crop(read_picture(path).pixels)
        pair = PlanePair(
            displayed=round_to_uint8(luma(degradation(clean))),
            clean=round_to_uint8(luma(clean)),
        )
        return pair, hashlib.sha256(path.name.encode() + path.read_bytes()).digest()

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(read, paths)
