"""int8 model files whose weights are noise, written node by node."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from acutance.runtime.backends.compiling import multiplies_int8
from acutance.runtime.cards import CARD_KEY, Architecture, Card

_CHANNELS = 16


@pytest.fixture(scope="session")
def int8_file(tmp_path_factory: pytest.TempPathFactory, card: Card) -> Path:
    """An int8 file as it ships: its last convolution computes four cells of a row at once."""
    _skip_where_int8_is_not_exact()
    path = tmp_path_factory.mktemp("models") / "noise.int8.onnx"
    return write_int8(path, card, unshuffle=2, at_once=4)


@pytest.fixture(scope="session")
def int8_file_of_single_cells(tmp_path_factory: pytest.TempPathFactory, card: Card) -> Path:
    """One whose cells have channels enough for a processor's vector."""
    _skip_where_int8_is_not_exact()
    path = tmp_path_factory.mktemp("models") / "noise4.int8.onnx"
    return write_int8(path, card, unshuffle=4, at_once=1)


def _skip_where_int8_is_not_exact() -> None:
    if not multiplies_int8("CPU"):
        pytest.skip("this processor has no exact int8 products")


def write_int8(path: Path, card: Card, *, unshuffle: int, at_once: int) -> Path:
    """Write a chain of three convolutions that changes every pixel, by some tens of code values."""
    architecture = Architecture(unshuffle=unshuffle, channels=_CHANNELS, convolutions=3)
    card = card.model_copy(update={"precision": "int8", "architecture": architecture})
    constants: list[onnx.TensorProto] = []

    def constant(name: str, value: NDArray[np.generic] | np.generic) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    codes = [constant("code", np.float32(1 / 255)), constant("grey", np.uint8(128))]
    step = [constant("step", np.float32(1 / 64)), constant("zero", np.uint8(0))]
    wide = constant("wide_shape", np.array([0, 0, -1, at_once * unshuffle**2]))
    narrow = constant("narrow_shape", np.array([0, 0, -1, unshuffle**2]))
    nodes = [helper.make_node("Reshape", ["displayed", wide], ["wide"])]
    for name in ("displayed", "wide"):
        nodes.append(helper.make_node("DequantizeLinear", [name, *codes], [f"{name}_pixels"]))
        nodes.append(helper.make_node("Transpose", [f"{name}_pixels"], [f"{name}_planes"], perm=(0, 3, 1, 2)))
    generator = np.random.default_rng(7)
    features = "displayed_planes"
    widths = [unshuffle**2, _CHANNELS, _CHANNELS, at_once * unshuffle**2]
    for index, (fan_in, fan_out) in enumerate(pairwise(widths)):
        is_last = index == 2
        stride = at_once if is_last else 1
        kernel = generator.integers(-127, 128, (fan_out, fan_in, 3, stride + 2)).astype(np.int8)
        steps = np.full(fan_out, (0.3 if is_last else 1) / (73 * (3 * (stride + 2) * fan_in) ** 0.5), np.float32)
        weights = [constant(f"kernel{index}", kernel), constant(f"steps{index}", steps)]
        weights.append(constant(f"zeros{index}", np.zeros(fan_out, np.int8)))
        nodes.append(helper.make_node("DequantizeLinear", weights, [f"weights{index}"], axis=0))
        bias = constant(f"bias{index}", (generator.standard_normal(fan_out) * 0.05).astype(np.float32))
        node = helper.make_node(
            "Conv", [features, f"weights{index}", bias], [f"conv{index}"], pads=[1] * 4, strides=[1, stride]
        )
        nodes.append(node)
        if not is_last:
            nodes.append(helper.make_node("Relu", [f"conv{index}"], [f"relu{index}"]))
            nodes.append(helper.make_node("QuantizeLinear", [f"relu{index}", *step], [f"rounded{index}"]))
            nodes.append(helper.make_node("DequantizeLinear", [f"rounded{index}", *step], [f"features{index}"]))
        features = f"features{index}"
    nodes.append(helper.make_node("Add", ["conv2", "wide_planes"], ["sum"]))
    nodes.append(helper.make_node("QuantizeLinear", ["sum", *codes], ["rounded_sum"]))
    nodes.append(helper.make_node("Transpose", ["rounded_sum"], ["wide_sharpened"], perm=(0, 2, 3, 1)))
    nodes.append(helper.make_node("Reshape", ["wide_sharpened", narrow], ["sharpened"]))
    shape: list[str | int | None] = ["N", f"H/{unshuffle}", f"W/{unshuffle}", unshuffle**2]
    ends = [helper.make_tensor_value_info(name, TensorProto.UINT8, shape) for name in ("displayed", "sharpened")]
    graph = helper.make_graph(nodes, "noise", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
    return path
