"""Recipes: read, overridden, refused."""

from pathlib import Path

import pytest

from acutance.lab.training.recipe import RecipeError, load_recipe
from acutance.lab.training.schedule import learning_rate
from acutance.lab.training.tables import OptimiserTable

SHIPPED = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_recipes_are_valid(path: Path) -> None:
    assert load_recipe(path).name == path.stem


def test_a_resolved_recipe_is_read_as_itself(recipe_file: Path, tmp_path: Path) -> None:
    recipe = load_recipe(recipe_file)
    (tmp_path / "resolved.toml").write_text(recipe.to_toml())
    assert load_recipe(tmp_path / "resolved.toml") == recipe


def test_a_resolved_recipe_with_a_teacher_is_read_as_itself(recipe_file: Path, tmp_path: Path) -> None:
    overrides = ['teacher.weights=["a", "b"]', "objective.hint=0.5", "objective.vgg={weight=0.1, every=5, start=10}"]
    recipe = load_recipe(recipe_file, overrides)
    (tmp_path / "resolved.toml").write_text(recipe.to_toml())
    assert load_recipe(tmp_path / "resolved.toml") == recipe


def test_overrides_reach_into_tables(recipe_file: Path) -> None:
    recipe = load_recipe(recipe_file, ["optimiser.steps=7", "data.degradation=bicubic-x4/3", "data.crop=48"])
    assert (recipe.optimiser.steps, recipe.data.degradation) == (7, "bicubic-x4/3")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("optimiser.steps=0", ["optimiser.steps", "greater than or equal to 1", "got 0"]),
        ("optimiser.stpes=9", ["optimiser.stpes", "not permitted"]),
        ("data.degradation=blur", ["data.degradation", "bicubic-xS"]),
        ("data.crop=33", ["data.crop", "got 33", "multiple of the unshuffle factor 2"]),
        ("objective.l1=0", ["objective", "every weight is 0"]),
        ("objective.teacher=1", ["objective.teacher: needs a table [teacher]"]),
        ("objective.vgg={weight=1, every=2}", ["objective.vgg.every: got 2, expected a divisor of journal.log 5"]),
        ("objective.flicker=1", ["objective.flicker: needs calls in data.degradation, got bicubic-x2"]),
        ("objective.l1={weight=1, every=0}", ["objective.l1.every", "got 0"]),
        ("teacher.weights=[]", ["teacher.weights", "at least 1 item"]),
        ("name=Not a name", ["name", "got 'Not a name'"]),
        ("optimiser", ["--set", "expected key=value"]),
        ("name.x=1", ["--set", "is a value, not a table"]),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(recipe_file: Path, override: str, words: list[str]) -> None:
    with pytest.raises(RecipeError) as refusal:
        load_recipe(recipe_file, [override])
    assert [word for word in words if word not in str(refusal.value)] == []
    assert "\n" not in str(refusal.value)


def test_a_missing_file_and_bad_toml_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.toml: cannot be read"):
        load_recipe(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 1")
    with pytest.raises(RecipeError, match=r"bad\.toml: is not TOML"):
        load_recipe(tmp_path / "bad.toml")


def test_the_rate_warms_up_and_falls_to_its_share() -> None:
    table = OptimiserTable(steps=100, learning_rate=1.0, final_rate=0.1, warmup=10)
    rates = [learning_rate(step, table) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.55)
    assert rates[100] == pytest.approx(0.1)
    assert rates[10:] == sorted(rates[10:], reverse=True)
