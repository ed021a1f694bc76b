"""The choice of a tier, among tiers that sleep, and among those that are shipped."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance import Sharpener
from acutance.runtime import auto
from acutance.runtime.auto import TierTime, calibrate
from acutance.runtime.backends.baselines import Identity
from acutance.runtime.cards import Card
from acutance.runtime.models import TIERS, OpenModel

SIZE = (16, 8)
FPS = 8.0  # which allows 100 ms


class _Sleeper(Identity):
    """Takes its time, the first time longer."""

    def __init__(self, seconds: float, first: float) -> None:
        self._seconds, self._first = seconds, first
        self.runs = 0

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        time.sleep(self._seconds if self.runs else self._first)
        self.runs += 1
        return luma.copy()


Tiers = Mapping[str, tuple[float, float]]
Choose = Callable[..., tuple[auto.Choice, dict[str, int]]]


@pytest.fixture
def choose(card: Card, monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Choose among tiers of given MAC per pixel and seconds a frame; return also how often each ran."""

    def among(tiers: Tiers, *, first: float = 0.0, **arguments: object) -> tuple[auto.Choice, dict[str, int]]:
        sleepers = {name: _Sleeper(seconds, first) for name, (_, seconds) in tiers.items()}

        def load(name: str) -> Sharpener:
            costs = card.model_copy(update={"name": name, "mac_per_pixel": tiers[name][0]})
            return Sharpener(OpenModel(name, sleepers[name], costs, 1))

        monkeypatch.setattr(auto, "TIERS", tuple(tiers))
        opened, choice = calibrate(load, fps=FPS, size=SIZE, **arguments)  # type: ignore[arg-type]
        assert [tier.name for tier in opened] == [tier.name for tier in choice.tiers]
        return choice, {name: sleeper.runs for name, sleeper in sleepers.items()}

    return among


def test_the_best_tier_that_fits_is_chosen(choose: Choose) -> None:
    choice, runs = choose({"bicubic-a": (1.0, 0.005), "bicubic-b": (4.0, 0.020), "bicubic-c": (30.0, 0.150)})
    assert (choice.chosen, choice.fits) == ("bicubic-b", True)
    assert [tier.name for tier in choice.tiers] == ["bicubic-c", "bicubic-b", "bicubic-a"]
    assert runs["bicubic-b"] == 6  # one compiles


def test_a_tier_that_cannot_fit_by_its_arithmetic_is_not_tried(choose: Choose) -> None:
    choice, runs = choose({"bicubic-a": (1.0, 0.020), "bicubic-b": (20.0, 0.400)})
    assert runs["bicubic-b"] == 0
    assert choice.tiers[0].milliseconds == pytest.approx(20 * choice.tiers[1].milliseconds)
    assert not choice.tiers[0].measured


def test_below_one_that_fits_none_is_tried(choose: Choose) -> None:
    choice, runs = choose({"bicubic-a": (1.0, 0.005), "bicubic-b": (2.0, 0.010), "bicubic-c": (3.0, 0.015)})
    assert choice.chosen == "bicubic-c"
    assert runs["bicubic-b"] == 0


def test_all_of_them_can_be_timed(choose: Choose) -> None:
    tiers = {"bicubic-a": (1.0, 0.005), "bicubic-b": (2.0, 0.010), "bicubic-c": (90.0, 0.150)}
    choice, _ = choose(tiers, all_of_them=True)
    assert all(tier.measured for tier in choice.tiers)
    assert choice.chosen == "bicubic-b"


def test_where_nothing_fits_it_is_the_cheapest_and_said(choose: Choose) -> None:
    choice, runs = choose({"bicubic-a": (1.0, 0.300), "bicubic-b": (2.0, 0.600)})
    assert (choice.chosen, choice.fits) == ("bicubic-a", False)
    assert "though it takes longer" in str(choice)
    assert runs["bicubic-a"] <= 3


def test_where_opening_takes_long_no_further_tier_is_opened(choose: Choose) -> None:
    choice, runs = choose({"bicubic-a": (1.0, 0.001), "bicubic-b": (1.5, 0.001)}, first=0.8)
    assert runs["bicubic-b"] == 0
    assert choice.seconds < 2.0


def test_the_choice_is_one_line(choose: Choose) -> None:
    choice, _ = choose({"bicubic-a": (1.0, 0.001)})
    fixed = replace(choice, tiers=(TierTime("bicubic-b", 40, False), TierTime("bicubic-a", 9, True)), seconds=0.5)
    assert str(fixed) == (
        "16x8 at 8 FPS allows 100.0 ms a frame; bicubic-b about 40.0 ms, bicubic-a 9.0 ms; "
        "chose bicubic-a, identity on cpu in exact (0.5 s)"
    )


def test_a_shipped_tier_is_chosen_and_works() -> None:
    sharpener = Sharpener.auto(fps=1.0, size=(64, 48))
    assert sharpener.choice is not None
    assert sharpener.name == sharpener.choice.chosen
    assert {tier.name for tier in sharpener.choice.tiers} == set(TIERS)
    assert sharpener.luma(np.full((48, 64), 128, np.uint8)).shape == (48, 64)


def test_a_sharpener_of_the_user_s_choice_has_no_choice() -> None:
    assert Sharpener.load("identity").choice is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fps": 0.0}, "fps: got 0.0, expected more than 0"),
        ({"fps": float("nan")}, "fps: got nan"),
        ({"size": (0, 8)}, "size: got 0x8, expected 1x1 or more"),
        ({"device": "toaster"}, "device: got 'toaster'"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sharpener.auto(**arguments)  # type: ignore[arg-type]
