"""Rows and examples with planted figures."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from acutance.evaluate.report import Example, choose_examples
from acutance.evaluate.rows import BICUBIC, Row

MakeRows = Callable[..., list[Row]]
MakeExamples = Callable[[list[Row], str], list[Example]]


@pytest.fixture(scope="session")
def make_rows() -> MakeRows:
    """Return a function that makes rows from gains: by model, by category, a gain in dB for each picture.

    Bicubic has a row of every picture that some model has.
    """

    def make(
        gains: Mapping[str, Mapping[str, Sequence[float]]], data: str = "set", degradation: str = "bicubic-x2"
    ) -> list[Row]:
        zeros: dict[str, Sequence[float]] = {}
        for own in gains.values():
            for category, values in own.items():
                zeros[category] = [0.0] * max(len(values), len(zeros.get(category, ())))
        flat = {BICUBIC: zeros, **gains}
        return [
            Row(
                data=data,
                data_sha256="d" * 64,
                picture=f"{category}/{number}.png" if category else f"{number}.png",
                picture_sha256="c" * 64,
                category=category,
                degradation=degradation,
                model=model,
                model_sha256=f"baseline:{model}",
                backend="nothing on cpu in exact",
                width=100,
                height=80,
                psnr=30.0 + number + gain,
                ssim=0.9 + gain / 100.0,
                rgb_psnr=29.0 + gain,
                rgb_ssim=0.88,
                edge_width=2.5,
                overshoot=0.05,
                seconds=0.004,
                versions={"acutance": "0.1.0"},
            )
            for model, categories in flat.items()
            for category, own in categories.items()
            for number, gain in enumerate(own)
        ]

    return make


@pytest.fixture(scope="session")
def make_examples() -> MakeExamples:
    """Return a function that makes the examples of a model, with pictures of noise."""

    def make(rows: list[Row], model: str) -> list[Example]:
        noise = np.random.default_rng(0)
        figures = {(row.model, row.picture): row for row in rows}
        examples = []
        for category, kind, picture in choose_examples(rows, model):
            before, after = figures[BICUBIC, picture], figures[model, picture]
            versions = {
                label: noise.integers(256, size=(80, 100, 3), dtype=np.uint8)
                for label in ("displayed", "sharpened", "teacher", "clean")
            }
            examples.append(
                Example(
                    degradation=before.degradation,
                    category=category,
                    kind=kind,
                    picture=picture,
                    model=model,
                    displayed_psnr=before.psnr,
                    displayed_ssim=before.ssim,
                    sharpened_psnr=after.psnr,
                    sharpened_ssim=after.ssim,
                    versions=versions,
                )
            )
        return examples

    return make
