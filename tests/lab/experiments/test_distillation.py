"""What is said of variants whose gains are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from acutance.lab.training.recipe import load_recipe

DOCUMENTS = Path(__file__).parents[3] / "docs" / "experiments"
PICTURES = {"people": 4, "text": 8}

EXPERIMENT = """
seeds = [1, 2]
control = "clean"
[students.small]
recipe = "small.toml"
variants = ["clean", "taught"]
[variants.clean]
title = "control"
[variants.taught]
title = "+ teacher"
set = ["objective.teacher=0.5"]
"""


@pytest.fixture(scope="module")
def distillation(scripts: Callable[[str], ModuleType]) -> ModuleType:
    return scripts("distillation")


@pytest.fixture
def experiment_file(tmp_path: Path) -> Path:
    path = tmp_path / "experiment.toml"
    path.write_text(EXPERIMENT)
    return path


Measure = Callable[..., Any]


@pytest.fixture(scope="module")
def measure(distillation: ModuleType) -> Measure:
    """Makes a training of which each picture gains so much over the control's, by category, and some noise."""

    def make(
        variant: str, seed: int, gains: dict[str, float] | None = None, *, noise: float = 0.0, **changes: Any
    ) -> Any:
        run = {
            "run": f"small-{variant}-{seed}",
            "name": "small",
            "seed": seed,
            "init_from": "",
            "shape": "2/16/6",
            "expansion": 0,
            "mac_per_pixel": 2592,
            "parameters": 10452,
            "optimiser": "adam",
            "learning_rate": 1e-3,
            "objective": {"l1": 1.0},
            "precision": "32-true",
            "steps": 100,
            "done": 100,
            "gigapixels": 1.0,
            "hours": 0.1,
            "validation_psnr": (30.0, 31.0, 31.5, 31.6),
            "best": 31.6,
            "recipe_sha256": "0" * 64,
            "data_sha256": "1" * 64,
            "torch": "none",
        }
        generator = np.random.default_rng([seed, len(variant)])
        psnr = {
            category: {
                f"{category}/{number}.png": 30.0
                + 2 * number
                + (gains or {}).get(category, 0.0)
                + noise * generator.normal()
                for number in range(count)
            }
            for category, count in PICTURES.items()
        }
        ssim = {category: dict.fromkeys(pictures, 0.9) for category, pictures in psnr.items()}
        figures = {"data_sha256": "2" * 64, "degradation": "bicubic-x2", "psnr": psnr, "ssim": ssim}
        return distillation.Measured.model_validate(
            {
                "student": "small",
                "variant": variant,
                "seed": seed,
                "run": run | {key: value for key, value in changes.items() if key in run},
                "sets": {"invented": figures | {key: value for key, value in changes.items() if key in figures}},
            }
        )

    return make


def test_the_gain_is_that_of_the_categories_over_all_seeds(distillation: ModuleType, measure: Measure) -> None:
    control = [measure("clean", seed) for seed in (1, 2)]
    variant = [measure("taught", 1, {"people": 0.1, "text": 0.2}), measure("taught", 2, {"people": 0.3, "text": 0.6})]
    found = distillation.compare(variant, control, "invented")
    assert found.gain.mean == pytest.approx((0.2 + 0.4) / 2)
    assert found.by_seed == pytest.approx({1: 0.15, 2: 0.45})
    assert found.psnr.mean == pytest.approx((33.2 + 37.4) / 2)
    assert found.better == 1.0


def test_the_gain_is_paired(distillation: ModuleType, measure: Measure) -> None:
    everywhere = {"people": 0.1, "text": 0.1}
    control = [measure("clean", seed, noise=0.01) for seed in (1, 2, 3)]
    found = distillation.compare(
        [measure("taught", seed, everywhere, noise=0.01) for seed in (1, 2, 3)], control, "invented"
    )
    # the pictures' spread is some 4 dB, that of their gains 0.01
    assert found.gain.high - found.gain.low < 0.02
    assert found.gain.low < 0.1 < found.gain.high


@pytest.mark.parametrize(
    ("by_seed", "verdict"),
    [((0.2, 0.1), "gains"), ((-0.2, -0.1), "loses"), ((0.3, -0.1), "not shown"), ((0.0, 0.0), "not shown")],
)
def test_a_verdict_needs_every_seed(
    distillation: ModuleType, measure: Measure, by_seed: tuple[float, ...], verdict: str
) -> None:
    control = [measure("clean", seed) for seed in (1, 2)]
    variant = [measure("taught", seed, dict.fromkeys(PICTURES, gain)) for seed, gain in enumerate(by_seed, 1)]
    assert distillation.compare(variant, control, "invented").verdict == verdict


def test_a_verdict_needs_the_interval(distillation: ModuleType, measure: Measure) -> None:
    control = [measure("clean", 1)]
    found = distillation.compare([measure("taught", 1, noise=1.0)], control, "invented")
    assert min(found.by_seed.values()) > 0 > found.gain.low  # by chance, as that seed's noise has it
    assert found.verdict == "not shown"


def test_only_seeds_that_both_have_count(distillation: ModuleType, measure: Measure) -> None:
    control = [measure("clean", seed) for seed in (1, 2)]
    variant = [measure("taught", seed, dict.fromkeys(PICTURES, float(seed))) for seed in (2, 3)]
    assert distillation.compare(variant, control, "invented").by_seed == pytest.approx({2: 2.0})
    assert distillation.compare(variant[1:], control, "invented") is None


@pytest.mark.parametrize(
    "change",
    [
        {"data_sha256": "9" * 64},
        {"gigapixels": 2.0},
        {"shape": "2/16/4"},
        {"degradation": "bicubic-x3"},
        {"psnr": {"people": {"people/0.png": 30.0}}},
        {"done": 99},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_not_made_alike_is_not_compared(
    distillation: ModuleType, measure: Measure, change: dict[str, Any]
) -> None:
    with pytest.raises(distillation.ExperimentError, match=r"expected all alike|is not trained to the end"):
        distillation.compare([measure("taught", 1, **change)], [measure("clean", 1)], "invented")


def test_the_section_has_a_row_a_variant(distillation: ModuleType, measure: Measure, experiment_file: Path) -> None:
    measured = [measure(variant, seed, {"text": 0.4}) for seed in (1, 2) for variant in ("clean", "taught")]
    measured[1] = measure("taught", 1, {"people": 0.2, "text": 0.6})
    section = distillation.student_section(measured, distillation.read_experiment(experiment_file))
    assert section.startswith("invented, 12 pictures:\n\n| variant |")
    assert "| control | 35.200 | – |" in section
    assert "| + teacher | 35.300 | +0.100 (+0.100…+0.100) | +0.00000 (+0.00000…+0.00000) | +0.200, +0.000 |" in section
    assert "| small-taught-2 | 2/16/6 |" in section


def test_without_the_control_nothing_is_said(distillation: ModuleType, measure: Measure, experiment_file: Path) -> None:
    experiment = distillation.read_experiment(experiment_file)
    assert distillation.student_section([measure("taught", 1)], experiment) == "Not measured yet.\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"taught"]', '"other"]', "got clean, other, expected clean and others of clean, taught"),
        ('variants = ["clean", ', "variants = [", "got taught, expected clean and others"),
        ("seeds = [1, 2]", "seeds = []", "seeds"),
        ("title", "titel", "variants.clean"),
        ("control =", "=", "is not TOML"),
    ],
)
def test_an_experiment_that_does_not_fit_is_refused(
    distillation: ModuleType, experiment_file: Path, old: str, new: str, message: str
) -> None:
    experiment_file.write_text(EXPERIMENT.replace(old, new))
    with pytest.raises(distillation.ExperimentError, match=message) as refusal:
        distillation.read_experiment(experiment_file)
    assert "\n" not in str(refusal.value)


def test_the_committed_experiment_is_trained_by_valid_recipes(distillation: ModuleType) -> None:
    trainings = distillation.trainings(DOCUMENTS / "distillation.toml")
    recipes = [load_recipe(training.recipe, list(training.settings)) for training in trainings]
    assert [recipe.name for recipe in recipes] == [training.name for training in trainings]
    controls = [recipe for recipe in recipes if "-clean-" in recipe.name]
    assert {tuple(recipe.objective.active) for recipe in controls} == {("psnr",)}


def test_a_variant_differs_from_the_control_in_nothing_but_what_it_learns_from(distillation: ModuleType) -> None:
    expected: dict[tuple[str, int], dict[str, Any]] = {}
    for training in distillation.trainings(DOCUMENTS / "distillation.toml"):
        recipe = load_recipe(training.recipe, list(training.settings))
        rest = recipe.model_dump(exclude={"name", "teacher", "vgg", "objective"})
        assert expected.setdefault((training.student, training.seed), rest) == rest


def test_the_page_agrees_with_the_committed_figures(distillation: ModuleType) -> None:
    """Where it fails: python docs/experiments/distillation.py."""
    measured = distillation.read_measured(DOCUMENTS / "results" / "distillation.jsonl")
    experiment = distillation.read_experiment(DOCUMENTS / "distillation.toml")
    text = (DOCUMENTS / "distillation.md").read_text(encoding="utf-8")
    assert distillation.page(text, measured, experiment) == text
