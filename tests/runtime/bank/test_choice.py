"""Which expert is chosen: the nearest, in doubt the weaker, and none where there is nothing to gain."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acutance.estimate import Settled
from acutance.runtime.bank.choice import PASS_BELOW, UNCODED, Told, choose
from acutance.runtime.cards import Condition

PLAIN = (4 / 3, 1.5, 2.0, 3.0, 4.0)
CODED = [(scale, bits) for scale in (4 / 3, 2.0, 4.0) for bits in (0.03, 0.1, 0.25)]
CONDITIONS = tuple(
    Condition(scale=scale, bits_per_pixel=bits) for scale, bits in [*((scale, None) for scale in PLAIN), *CODED]
)
SCALES = st.floats(1.0, 8.0)
BITS = st.floats(0.005, 4.0)


def _seen(scale: float, bits: float | None = None, *, is_sure: bool = True) -> Settled:
    return Settled(scale, bits, is_sure)


def _chosen(told: Told, seen: Settled | None = None) -> tuple[float, float | None] | None:
    selection = choose(CONDITIONS, told, seen)
    assert (selection.expert is None) == (selection.trained_scale is None)
    if selection.trained_scale is None:
        return None
    return selection.trained_scale, selection.trained_bits_per_pixel


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_what_an_expert_was_trained_for_is_its_own(number: int) -> None:
    condition = CONDITIONS[number]
    told = Told(condition.scale, UNCODED if condition.bits_per_pixel is None else "h264", condition.bits_per_pixel)
    assert choose(CONDITIONS, told).expert == number


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Told(2.0, "h264", 0.08), (2.0, 0.1)),
        (Told(2.0, "h264", 0.16), (2.0, 0.25)),  # between: the one for more bits
        (Told(2.5, UNCODED), (2.0, None)),  # between: the smaller scale
        (Told(1.25, "vp8", 0.25), (4 / 3, 0.25)),
        (Told(3.0, "vp8", 0.1), (2.0, 0.1)),  # none is for that
        (Told(6.0, "vp8", 0.01), (4.0, 0.03)),
        (Told(2.0, "h264", 1.5), (2.0, None)),  # leaves no trace
        (Told(2.0, "hevc", 0.06), (2.0, 0.1)),  # which does with fewer bits what H.264 needs 0.1 for
        (Told(2.0, "ffv1", 0.06), (2.0, None)),  # is lossless
    ],
)
def test_the_nearest_is_chosen_and_in_doubt_the_weaker(told: Told, expected: tuple[float, float | None]) -> None:
    assert _chosen(told) == expected


@settings(deadline=None)
@given(scale=st.floats(1.0, PASS_BELOW, exclude_max=True), bits=st.none() | BITS)
def test_what_was_hardly_enlarged_is_passed_through(scale: float, bits: float | None) -> None:
    assert _chosen(Told(scale, None, bits)) is None
    assert _chosen(Told(), _seen(scale, bits)) is None


@settings(deadline=None)
@given(scale=SCALES, bits=BITS)
def test_what_is_told_counts_and_not_what_is_seen(scale: float, bits: float) -> None:
    assert _chosen(Told(scale, "h264", bits), _seen(1.0)) == _chosen(Told(scale, "h264", bits))
    assert _chosen(Told(scale), _seen(1.0, bits)) == _chosen(Told(scale, None, bits))
    assert _chosen(Told(None, None, bits), _seen(scale)) == _chosen(Told(scale, None, bits))


@settings(deadline=None)
@given(scale=SCALES, bits=st.none() | BITS)
def test_who_is_not_sure_takes_no_stronger_one(scale: float, bits: float | None) -> None:
    sure = _chosen(Told(), _seen(scale, bits))
    unsure = _chosen(Told(), _seen(scale, bits, is_sure=False))
    assert (sure is None) == (unsure is None)
    if sure is not None and unsure is not None:
        assert unsure[0] <= sure[0] or unsure[0] <= scale


@settings(deadline=None)
@given(scale=st.floats(PASS_BELOW, 8.0), bits=st.none() | BITS, seen=st.booleans())
def test_the_choice_is_one_line_that_says_why(scale: float, bits: float | None, seen: bool) -> None:
    codec = UNCODED if bits is None else "h264"
    selection = choose(CONDITIONS, Told(), _seen(scale, bits)) if seen else choose(CONDITIONS, Told(scale, codec, bits))
    line = str(selection)
    assert "\n" not in line
    assert f"as ×{scale:.3g} ({'seen' if seen else 'told'})" in line
    assert ("no codec (" in line) == (bits is None)


def test_passing_through_is_said() -> None:
    assert str(choose(CONDITIONS, Told(1.0))) == "passed through, as ×1 (told)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.9, None, None), "scale: got 0.9, expected 1 or more"),
        ((float("nan"), None, None), "scale: got nan"),
        (("twice", None, None), "scale: got 'twice', expected a number, or auto"),
        (("auto", "h264", 0.0), "bits_per_pixel: got 0.0, expected more than 0"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[float, str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Told.of(*arguments)
