"""What the teacher brings: the page, from what ``distil.py`` trained and measured.

    python docs/experiments/distillation.py [RUNS]

What is measured in RUNS, the folder that ``distil.py`` filled, becomes ``results/distillation.jsonl``, a line a
training; the page ``distillation.md`` is made from that file, without RUNS from the one that is there.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from architecture import fill, runs_table
from experiment import (
    Experiment,
    ExperimentError,
    Figures,
    Measured,
    collect,
    read_experiment,
    read_measured,
    trainings,
)
from numpy.typing import NDArray

from acutance.evaluate.summary import Estimate, estimate
from acutance.evaluate.tables import Table

HERE = Path(__file__).parent
ByPicture = Mapping[str, Mapping[str, float]]
"""Figures by category and picture."""


@dataclass(frozen=True)
class Comparison:
    """A variant against the control on one set, picture by picture, both from the same seeds.

    Attributes:
        psnr: the variant's own luma PSNR in dB, mean over the seeds, then over the pictures of a category, then over
            the categories, as all of these.
        gain: of luma PSNR over the control, in dB.
        ssim_gain: of luma SSIM.
        by_seed: each seed's own gain in dB.
        better: share of the pictures whose luma PSNR is higher than the control's.
    """

    psnr: Estimate
    gain: Estimate
    ssim_gain: Estimate
    by_seed: Mapping[int, float]
    better: float

    @property
    def verdict(self) -> str:
        """What the interval and every seed agree on."""
        if self.gain.low > 0 and min(self.by_seed.values()) > 0:
            return "gains"
        if self.gain.high < 0 and max(self.by_seed.values()) < 0:
            return "loses"
        return "not shown"


def compare(variant: Sequence[Measured], control: Sequence[Measured], data: str) -> Comparison | None:
    """Compare a variant with the control on one set; None where they have no seed in common there.

    Raises:
        ExperimentError: not all were trained to the end, as long, on the same pictures, and measured on the same ones.
    """
    controls = {one.seed: one for one in control if data in one.sets}
    pairs = {one.seed: (one, controls[one.seed]) for one in variant if one.seed in controls and data in one.sets}
    if not pairs:
        return None
    _refuse_unlike([one for pair in pairs.values() for one in pair], data)
    ours, theirs = zip(*[[one.sets[data] for one in pair] for pair in pairs.values()], strict=True)
    gain = _lead([one.psnr for one in ours], [one.psnr for one in theirs])
    return Comparison(
        psnr=estimate(_mean([one.psnr for one in ours])),
        gain=estimate(gain),
        ssim_gain=estimate(_lead([one.ssim for one in ours], [one.ssim for one in theirs])),
        by_seed={
            seed: estimate(_lead([one.psnr], [other.psnr])).mean
            for seed, one, other in zip(pairs, ours, theirs, strict=True)
        },
        better=float(np.mean(np.concatenate(list(gain.values())) > 0)),
    )


def student_section(measured: Sequence[Measured], experiment: Experiment) -> str:
    """Return what the page says of one student: a table a set, the largest first, and one of the trainings."""
    control = [one for one in measured if one.variant == experiment.control]
    pictures = {name: _count(figures) for one in control for name, figures in one.sets.items()}
    if not pictures:
        return "Not measured yet.\n"
    section = ""
    for data in sorted(pictures, key=lambda name: (-pictures[name], name)):
        comparisons = {
            name: compare([one for one in measured if one.variant == name], control, data)
            for name in dict.fromkeys(one.variant for one in measured)
        }
        rows = [
            _row(experiment.variants[name].title, found, is_control=name == experiment.control)
            for name, found in comparisons.items()
            if found is not None
        ]
        section += f"{data}, {pictures[data]} pictures:\n\n" + Table(_HEADINGS, tuple(rows)).to_markdown() + "\n"
    return section + "The trainings:\n\n" + runs_table(one.run for one in measured).to_markdown()


def page(text: str, measured: Sequence[Measured], experiment: Experiment) -> str:
    """Return ``distillation.md`` with what was measured of each student."""
    sections = {
        student: student_section([one for one in measured if one.student == student], experiment)
        for student in experiment.students
    }
    return fill(text, sections)


_HEADINGS = ("variant", "luma PSNR dB", "gain dB", "gain SSIM", "each seed's gain dB", "pictures better", "verdict")


def _row(title: str, found: Comparison, *, is_control: bool) -> tuple[str, ...]:
    if is_control:
        return (title, f"{found.psnr.mean:.3f}", *["–"] * (len(_HEADINGS) - 2))
    gains = (
        f"{one.mean:+.{digits}f} ({one.low:+.{digits}f}…{one.high:+.{digits}f})"
        for one, digits in ((found.gain, 3), (found.ssim_gain, 5))
    )
    seeds = ", ".join(f"{found.by_seed[seed]:+.3f}" for seed in sorted(found.by_seed))
    return (title, f"{found.psnr.mean:.3f}", *gains, seeds, f"{found.better:.0%}", found.verdict)


def _count(figures: Figures) -> int:
    return sum(len(pictures) for pictures in figures.psnr.values())


def _mean(seeds: Sequence[ByPicture]) -> dict[str, NDArray[np.float64]]:
    """Return a value a picture by category, means over the seeds."""
    return {
        category: np.array([np.mean([seed[category][picture] for seed in seeds]) for picture in sorted(pictures)])
        for category, pictures in seeds[0].items()
    }


def _lead(ours: Sequence[ByPicture], theirs: Sequence[ByPicture]) -> dict[str, NDArray[np.float64]]:
    other = _mean(theirs)
    return {category: values - other[category] for category, values in _mean(ours).items()}


def _refuse_unlike(measured: Sequence[Measured], data: str) -> None:
    unfinished = [one.run.run for one in measured if one.run.done < one.run.steps]
    if unfinished:
        raise ExperimentError(f"{', '.join(unfinished)}: is not trained to the end; let distil.py finish it")
    alike = {
        (
            one.run.data_sha256,
            one.run.gigapixels,
            one.run.shape,
            one.sets[data].data_sha256,
            one.sets[data].degradation,
            frozenset(picture for pictures in one.sets[data].psnr.values() for picture in pictures),
        )
        for one in measured
    }
    if len(alike) > 1:
        raise ExperimentError(
            f"{measured[0].student} on {data}: got trainings that differ in shape, steps, training pictures or "
            "measured pictures, expected all alike; train and measure them by distil.py in one folder"
        )


def main() -> None:
    """Collect what was measured, where a folder is given, and write the page."""
    parser = argparse.ArgumentParser(description="What the teacher brings: the page, from what distil.py measured.")
    parser.add_argument("runs", nargs="?", type=Path, metavar="RUNS", help="the folder that distil.py filled")
    parser.add_argument("--experiment", type=Path, default=HERE / "distillation.toml", metavar="F.toml")
    parser.add_argument("--page", type=Path, default=HERE / "distillation.md", metavar="PAGE.md")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "distillation.jsonl", metavar="F.jsonl")
    asked = parser.parse_args()
    try:
        planned = trainings(asked.experiment)
        measured = collect(planned, asked.runs) if asked.runs else read_measured(asked.results)
        text = page(asked.page.read_text(encoding="utf-8"), measured, read_experiment(asked.experiment))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    asked.results.write_text("".join(one.model_dump_json() + "\n" for one in measured), encoding="utf-8")
    asked.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
