"""The pictures that a report shows, made again: rows keep figures only."""

import os
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import BicubicDegradation, CallDegradation
from acutance.evaluate.degradations import CleanDisplay
from acutance.evaluate.methods import Method, Stream, open_methods
from acutance.evaluate.networks import EnlargingNetwork
from acutance.evaluate.plan import Plan
from acutance.evaluate.report import Example, choose_examples
from acutance.evaluate.rows import BICUBIC, Row
from acutance.pictures import read_picture


def make_examples(plan: Plan, rows: Sequence[Row], model: str) -> Iterator[Example]:
    """Yield the best, the median and the worst picture of each category and degradation, as all its versions.

    Clean displays and calls have none.

    Args:
        plan: what the rows were measured by.
        rows: the plan's.
        model: the one that sharpens; networks that enlarge the received picture stand beside it as teachers.

    Raises:
        PictureError: a picture cannot be read any more.
        ModelError: a model does not open.
    """
    threads = os.cpu_count() or 1
    methods = [
        method
        for name, source in plan.methods.items()
        if name != BICUBIC
        for method in open_methods(name, source, threads, plan.told)
    ]
    shown = {method.name: "sharpened" for method in methods if method.name == model}
    shown |= {method.name: f"teacher {method.name}" for method in methods if isinstance(method, EnlargingNetwork)}
    paths = {picture.name: picture.path for picture in plan.subjects}
    for degradation in plan.degradations:
        ours = [row for row in rows if row.degradation == degradation.name]
        if not ours or isinstance(degradation, CallDegradation | CleanDisplay):
            continue
        figures = {(row.model, row.picture): row for row in ours}
        for category, kind, picture in choose_examples(ours, model):
            before, after = figures[BICUBIC, picture], figures[model, picture]
            yield Example(
                degradation=degradation.name,
                category=category,
                kind=kind,
                picture=picture,
                model=model,
                displayed_psnr=before.psnr,
                displayed_ssim=before.ssim,
                sharpened_psnr=after.psnr,
                sharpened_ssim=after.ssim,
                versions=_versions(read_picture(paths[picture]).pixels, degradation, methods, shown),
            )


def _versions(
    pixels: NDArray[np.uint8], degradation: BicubicDegradation, methods: list[Method], shown: dict[str, str]
) -> dict[str, NDArray[np.uint8]]:
    received = degradation.receive(pixels)
    displayed = degradation.display(received)
    versions = {"displayed": displayed}
    for method in methods:
        if method.name in shown and method.serves(degradation.scale):
            method.begin(Stream(degradation.scale))
            versions[shown[method.name]] = method(received, displayed)
    versions["clean"] = degradation.crop(pixels)
    return {
        label: version if version.ndim == 3 else np.repeat(version[..., None], 3, axis=2)
        for label, version in versions.items()
    }
