"""Names of calls, and what they mean. Those of the classroom case are in `test_bicubic`."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.degrade import CallDegradation, DegradationError, parse_degradation
from acutance.degrade.call import Kernel
from acutance.degrade.codec import CODECS, Rate, Unit

_SCALES = st.builds(Fraction, st.integers(1, 64), st.integers(1, 12)).filter(lambda scale: 1 <= scale <= 16)
_LINES = st.integers(45, 1080).map(lambda half: 2 * half)
_RATES = st.one_of(
    st.integers(1, 8000).map(lambda value: Rate(Unit.BITS_PER_PIXEL, value / 1000)),
    st.integers(10, 100_000).map(lambda value: Rate(Unit.KBIT_PER_SECOND, value)),
    st.integers(1, 51).map(lambda value: Rate(Unit.QUANTISER, value)),
)
_CALLS = st.builds(CallDegradation, _SCALES | _LINES, st.sampled_from(sorted(CODECS)), _RATES, st.sampled_from(Kernel))


@given(_CALLS)
def test_every_call_is_read_from_its_name(call: CallDegradation) -> None:
    assert parse_degradation(call.name, calls=True) == call


@pytest.mark.parametrize(
    ("name", "sent", "codec", "rate", "kernel"),
    [
        ("call-540p-h264-600k", 540, "h264", Rate(Unit.KBIT_PER_SECOND, 600), Kernel.SWSCALE),
        ("call-x2-vp8-0.1bpp", Fraction(2), "vp8", Rate(Unit.BITS_PER_PIXEL, 0.1), Kernel.SWSCALE),
        ("call-x4/3-h264-qp24-catrom", Fraction(4, 3), "h264", Rate(Unit.QUANTISER, 24), Kernel.CATMULL_ROM),
    ],
)
def test_what_a_name_means(name: str, sent: int | Fraction, codec: str, rate: Rate, kernel: Kernel) -> None:
    assert parse_degradation(name, calls=True) == CallDegradation(sent, codec, rate, kernel)
    assert CallDegradation(sent, codec, rate, kernel).name == name


@pytest.mark.parametrize(
    "name",
    [
        "call",
        "call-x2-h264",
        "call-x2-h266-0.1bpp",
        "call-x0.5-h264-0.1bpp",
        "call-x4/0-h264-0.1bpp",
        "call-x99-h264-0.1bpp",
        "call-541p-h264-600k",
        "call-10p-h264-600k",
        "call-540p-h264-0k",
        "call-540p-h264-600",
        "call-540p-h264-qp52",
        "call-540p-vp8-qp64",
        "call-540p-vp8-qp0",
        "call-540p-vp8-9bpp",
        "call-540p-vp8-0.1bpp-lanczos",
        "call-540p-vp8-0.1bpp\n",
    ],
)
def test_other_names_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(DegradationError) as refusal:
        parse_degradation(name, calls=True)
    assert "\n" not in str(refusal.value)
    assert "expected" in str(refusal.value)


def test_who_takes_no_calls_gets_none() -> None:
    with pytest.raises(DegradationError, match=r"got 'call-x2-vp8-0\.1bpp', expected 'bicubic-xS'"):
        parse_degradation("call-x2-vp8-0.1bpp")
