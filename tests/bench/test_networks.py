"""Shapes, their arithmetic, and what executes them."""

import numpy as np
import pytest

from acutance.bench import BenchError
from acutance.bench.networks import LIMITS, RIVALS, Shape, compile_shape, limit_chain, parse_shape
from acutance.runtime.backends.compiling import multiplies_int8

_SIZE = (64, 48)

exact_int8 = pytest.mark.skipif(not multiplies_int8("CPU"), reason="this processor does not multiply int8 exactly")


@pytest.mark.parametrize(
    ("name", "mac"), [("2/16/4", 1440), ("2/16/6", 2592), ("4/32/6", 2880), ("2/32/4", 5184), ("4/96/6", 22464)]
)
def test_students_cost_what_their_shape_says(name: str, mac: float) -> None:
    assert parse_shape(name).mac_per_pixel == mac


# Weights without biases, by hand from the papers' tables, for luma; FSRCNN's last layer with 100 of 81 taps.
@pytest.mark.parametrize(
    ("name", "weights"), [("ecbsr-m4c16", 9936), ("espcn", 21184), ("fsrcnn", 12464 - 81 * 56 + 100 * 56)]
)
def test_rivals_have_the_weights_of_their_papers(name: str, weights: int) -> None:
    assert sum(convolution.mac for convolution in RIVALS[name].chain) == weights


@pytest.mark.parametrize("text", ["2/16", "3/16/6", "2/0/6", "2/16/1", "2/x/6", "srcnn", ""])
def test_what_is_no_shape_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BenchError, match=r"--shapes: got .* expected .*2/16/6") as caught:
        parse_shape(text)
    assert "\n" not in str(caught.value)


@exact_int8
@pytest.mark.parametrize(
    "shape",
    [*RIVALS.values(), *map(parse_shape, ("1/16/3", "2/16/6", "4/16/3")), limit_chain(32)],
    ids=lambda shape: shape.name,
)
def test_every_convolution_runs_in_int8(shape: Shape) -> None:
    network = compile_shape(shape, _SIZE, device="CPU", precision="int8", threads=1)
    assert sum(network.executed.values()) == len(shape.chain)
    assert {kernel.rpartition("_")[2] for kernel in network.executed} == {"I8"}


@pytest.mark.parametrize("shape", [*RIVALS.values(), parse_shape("4/16/3")], ids=lambda shape: shape.name)
def test_no_convolution_runs_in_int8_where_f32_is_asked_for(shape: Shape) -> None:
    network = compile_shape(shape, _SIZE, device="CPU", precision="f32", threads=1)
    assert {kernel.rpartition("_")[2] for kernel in network.executed} == {"f32"}


@exact_int8
@pytest.mark.parametrize("shape", RIVALS.values(), ids=lambda shape: shape.name)
def test_int8_computes_what_f32_does(shape: Shape) -> None:
    outputs = []
    for precision in ("f32", "int8"):
        network = compile_shape(shape, _SIZE, device="CPU", precision=precision, threads=1)
        network.infer()
        assert network.output.shape == (1, *shape.grid(_SIZE), 4)
        outputs.append(network.output.astype(float))
    assert outputs[0].std() > 5.0
    assert np.abs(outputs[0] - outputs[1]).mean() < 4.0


@exact_int8
@pytest.mark.parametrize(
    ("name", "shape"), [("1/16/2", (48, 80, 1)), ("2/16/2", (24, 36, 4)), ("4/16/2", (12, 17, 16))]
)
def test_an_int8_students_width_is_what_is_computed_at_once(name: str, shape: tuple[int, ...]) -> None:
    network = compile_shape(parse_shape(name), (66, 48), device="CPU", precision="int8", threads=1)
    network.infer()
    assert network.input.size == network.output.size
    assert network.output.shape == (1, *shape)


def test_a_grid_covers_a_frame_whose_sides_do_not_divide() -> None:
    assert parse_shape("4/16/2").grid((1366, 767)) == (192, 342)


def test_limits_are_chains_of_channels_that_fill_vectors() -> None:
    assert all(channels % 16 == 0 for channels, *_ in LIMITS)
