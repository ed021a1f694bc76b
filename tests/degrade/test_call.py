"""Calls: as many frames out as in, in their place, in range, at the rate that was asked for, every time the same."""

import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from acutance.degrade import CallDegradation, CallFrame, Camera, CodecError, Motion, pan, parse_degradation
from acutance.degrade.codec import CODECS
from acutance.image.resize import resize_bicubic

_MOTION = Motion((0.65, -0.3), 0.001, (0.9, 0.5), 40.0, 1.0)
_every_codec = pytest.mark.parametrize("codec", sorted(CODECS))


def _call(name: str) -> CallDegradation:
    call = parse_degradation(name, calls=True)
    assert isinstance(call, CallDegradation)
    return call


def _clip(frames: int, size: tuple[int, int] = (240, 180)) -> list[NDArray[np.uint8]]:
    return list(pan(astronaut(), _MOTION, frames, frames // 2, size))


def _psnr(frames: list[CallFrame]) -> float:
    return float(np.mean([peak_signal_noise_ratio(frame.clean.luma, frame.displayed.luma) for frame in frames]))


@given(
    codec=st.sampled_from(sorted(CODECS)),
    rate=st.sampled_from(["0.02bpp", "0.3bpp", "200k", "qp17", "qp37"]),
    frames=st.integers(0, 8),
    half_size=st.tuples(st.integers(32, 60), st.integers(32, 60)),
)
@settings(max_examples=25, deadline=None)
def test_every_frame_comes_back(codec: str, rate: str, frames: int, half_size: tuple[int, int]) -> None:
    size = (2 * half_size[0], 2 * half_size[1])
    clean = _clip(8, size)[:frames]
    sent = list(_call(f"call-x1-{codec}-{rate}").send(clean))
    assert len(sent) == frames
    for frame in sent:
        assert frame.clean.size == frame.received.size == frame.displayed.size == size
        assert frame.bits > 0


@_every_codec
def test_at_high_quality_every_frame_is_the_clean_one(codec: str) -> None:
    frames = list(_call(f"call-x1-{codec}-qp1").send(_clip(12)))
    for frame in frames:
        difference = frame.displayed.luma.astype(float) - frame.clean.luma
        assert np.mean(difference**2) < 1.6  # 46 dB
        assert abs(difference.mean()) < 0.2


@pytest.mark.parametrize("scale", ["2", "3/2", "4"])
@pytest.mark.parametrize(("kernel", "a"), [("", -0.6), ("-catrom", -0.5)])
def test_at_high_quality_only_the_pixels_are_fewer(scale: str, kernel: str, a: float) -> None:
    (frame,) = _call(f"call-x{scale}-h264-qp1{kernel}").send(_clip(1))
    small = resize_bicubic(frame.clean.luma, frame.received.luma.shape)
    expected = resize_bicubic(small, frame.clean.luma.shape, a=a).astype(float)
    difference = (frame.displayed.luma - expected)[12:-12, 12:-12]
    assert np.abs(difference).mean() < 0.5
    assert abs(difference.mean()) < 0.1


@_every_codec
@pytest.mark.parametrize("sent", ["x2", "90p"])
def test_nothing_is_shifted(codec: str, sent: str) -> None:
    """The displayed frame lies on the clean one: shifting it by a pixel in any direction only makes it worse."""
    for frame in islice(_call(f"call-{sent}-{codec}-qp5").send(_clip(3, (240, 180))), 3):
        clean = frame.clean.luma[8:-8, 8:-8].astype(float)
        errors = {
            (down, right): float(
                np.mean((np.roll(frame.displayed.luma, (down, right), (0, 1))[8:-8, 8:-8] - clean) ** 2)
            )
            for down, right in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0))
        }
        centre = errors[0, 0]
        for axis in ((0, 1), (1, 0)):
            after, before = errors[axis], errors[-axis[0], -axis[1]]
            # The vertex of the parabola through the three errors, in pixels: half a pixel would be 0.5.
            assert abs((before - after) / (2 * (before + after - 2 * centre))) < 0.06


@_every_codec
def test_black_and_white_survive(codec: str) -> None:
    flag = np.zeros((128, 160, 3), np.uint8)
    flag[:, 80:] = 255
    *_, frame = _call(f"call-x2-{codec}-0.1bpp").send([flag] * 6)
    for shown in (frame.received, frame.displayed):
        quarter = shown.size[0] // 4
        np.testing.assert_allclose(shown.luma[:, :quarter], 16, atol=2)
        np.testing.assert_allclose(shown.luma[:, -quarter:], 235, atol=2)
    np.testing.assert_allclose(frame.displayed.rgb()[:, :32], 0, atol=3)
    np.testing.assert_allclose(frame.displayed.rgb()[:, -32:], 255, atol=3)


@_every_codec
@pytest.mark.parametrize(("rate", "wanted"), [("0.05bpp", 0.05), ("0.2bpp", 0.2), ("130k", 130_000 / 30 / 240 / 180)])
def test_a_rate_is_kept_within_three_tenths(codec: str, rate: str, wanted: float) -> None:
    frames = _call(f"call-x1-{codec}-{rate}").send(_clip(60))
    assert np.mean([frame.bits_per_pixel for frame in frames]) == pytest.approx(wanted, rel=0.3)


@_every_codec
def test_a_finer_quantiser_costs_bits_and_is_better(codec: str) -> None:
    fine, coarse = (list(_call(f"call-x1-{codec}-{quantiser}").send(_clip(4))) for quantiser in ("qp17", "qp37"))
    assert sum(frame.bits for frame in fine) > 1.5 * sum(frame.bits for frame in coarse)
    assert _psnr(fine) > _psnr(coarse) + 2


@_every_codec
@pytest.mark.parametrize("size", [(96, 96), (320, 66)])  # where x264's macroblock tree is not the same twice
def test_two_runs_give_the_same_bytes(codec: str, size: tuple[int, int]) -> None:
    runs = [list(_call(f"call-x1-{codec}-0.1bpp").send(_clip(10, size))) for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        assert one.bits == other.bits
        np.testing.assert_array_equal(one.displayed.samples, other.displayed.samples)


def test_a_picture_is_its_own_clean_frame() -> None:
    picture = astronaut()[:130, :121]
    frame = _call("call-x4/3-vp8-0.2bpp").send_picture(picture, seed=2, at=5)
    (still,) = _call("call-x1-vp8-qp5").send([picture[:128, :120]])
    np.testing.assert_array_equal(frame.clean.samples, still.clean.samples)
    assert frame.received.size == (90, 96)
    assert frame.displayed.size == (120, 128)


def test_a_filmed_picture_ends_where_the_camera_looks_straight() -> None:
    call, picture = _call("call-x2-vp9-0.2bpp"), astronaut()[:96, :96]
    before, last = call.film_picture(picture, seed=2, until=4, keep=2, camera=Camera(blur=0.8))
    (still,) = _call("call-x1-vp8-qp5").send([Camera(blur=0.8).focus(picture)])
    np.testing.assert_array_equal(last.clean.samples, still.clean.samples)
    assert (before.clean.samples != last.clean.samples).any()


def test_a_grey_picture_stays_grey() -> None:
    frame = _call("call-x1-h264-qp20").send_picture(astronaut()[:96, :96, 1], seed=0, at=2)
    assert np.ptp(frame.displayed.rgb().astype(int), axis=2).max() <= 2


def test_seeds_move_the_camera() -> None:
    call = _call("call-x1-vp8-qp40")
    one, same, other = (call.send_picture(astronaut()[:96, :96], seed=seed, at=4) for seed in (1, 1, 4))
    np.testing.assert_array_equal(one.received.samples, same.received.samples)
    assert (one.received.samples != other.received.samples).any()


@pytest.mark.parametrize(
    ("sent", "size", "received"),
    [
        ("540p", (1920, 1080), (960, 540)),
        ("270p", (1080, 1920), (270, 480)),
        ("360p", (854, 480), (640, 360)),
        ("x4/3", (960, 720), (720, 540)),
        ("x1", (64, 48), (64, 48)),
    ],
)
def test_received_sizes(sent: str, size: tuple[int, int], received: tuple[int, int]) -> None:
    assert _call(f"call-{sent}-h264-600k").received_size(size) == received


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("call-540p-h264-600k", (240, 180), "frames of 240x180 cannot be sent as 540p; choose fewer lines"),
        ("call-x3-h264-600k", (4, 4), "a picture of 4x4 has no 6x6 pixels"),
    ],
)
def test_frames_that_are_too_small_are_refused(name: str, size: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(_call(name).send(_clip(1, size)))


@pytest.mark.parametrize("codec", ["h265", "av1"])
def test_a_size_that_a_codec_refuses_is_one_line(codec: str) -> None:
    """In a process of its own: SVT-AV1 decides at its first use whether it writes to standard error."""
    program = f"""
import numpy as np
from acutance.degrade import CodecError, parse_degradation
try:
    list(parse_degradation("call-x1-{codec}-20k", calls=True).send([np.zeros((2, 2, 3), np.uint8)] * 3))
except CodecError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert len(ran.stdout.splitlines()) == 1


def test_a_lost_frame_is_said() -> None:
    with pytest.raises(CodecError, match=r"libvpx: got \d of 4 frames back"):
        list(_call("call-x1-vp8-0.1bpp").send(_clip(4, (8, 8))))  # of less than a thousand bits a second it makes none


def test_frames_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="a frame has the shape"):
        list(_call("call-x1-vp8-20k").send([*_clip(1, (64, 64)), *_clip(1, (64, 66))]))
