"""A folded student in int8 as an ONNX graph, node by node."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from acutance.lab.export.graph import with_card
from acutance.lab.quantisation import INPUT_CENTRE, LARGEST_WEIGHT
from acutance.runtime.cards import Card

_OPSET = 19
_IR_VERSION = 9  # the oldest that holds this opset, so that old runtimes read the file
_FULL_VECTOR = 16  # output channels that a processor computes at a time, whether they are there or not

Convolution = tuple[NDArray[np.float32], NDArray[np.float32]]


def build_quantised_graph(chain: list[Convolution], activation_steps: list[float], card: Card) -> onnx.ModelProto:
    """Return the model, whose ends are luma, uint8 code values, each f×f pixels as f² channels: N×(H/f)×(W/f)×f².

    Channel i·f + j is the pixel in row i and column j. The input ``displayed`` has the student's unshuffle factor r as
    its f. Where r² channels would leave most of a processor's vectors empty, the last convolution computes 2×2 of its
    pixels at a time, so that the output ``sharpened`` has f = 2r, and a second input, ``skip``, takes the same frame
    with that factor, to be added. H and W are multiples of the largest f. Whatever is rounded passes a QuantizeLinear
    and a DequantizeLinear, by which a runtime knows to compute in int8.

    Args:
        chain: kernel (out×in×3×3) and bias (out) of each convolution, in order. Kernels are rounded to −127..127 steps,
            127 being each output channel's largest weight; one that is so already stays as it is.
        activation_steps: of what each convolution but the last gives, which is rounded to 0..255 steps.
        card: goes into ``metadata_props``.
    """
    writer = _Writer()
    unshuffle = card.architecture.unshuffle
    code_value = [writer.constant("code_value", np.float32(1 / 255)), writer.constant("grey", np.uint8(INPUT_CENTRE))]
    zero = writer.constant("zero", np.uint8(0))
    inputs = {"displayed": unshuffle}
    is_wide = unshuffle**2 < _FULL_VECTOR
    if is_wide:
        inputs["skip"] = 2 * unshuffle
        chain = [*chain[:-1], widen(chain[-1], unshuffle)]
    for name in inputs:
        pixels = writer.node("DequantizeLinear", [name, *code_value], f"{name}_pixels")
        writer.node("Transpose", [pixels], f"{name}_planes", perm=(0, 3, 1, 2))
    features = "displayed_planes"
    for index, (kernel, bias) in enumerate(chain):
        is_last = index == len(chain) - 1
        weights = [writer.kernel(f"kernel{index}", kernel), writer.constant(f"bias{index}", bias)]
        strides = [2, 2] if is_last and is_wide else [1, 1]
        features = writer.node("Conv", [features, *weights], f"conv{index}", pads=[1, 1, 1, 1], strides=strides)
        if not is_last:
            step = [writer.constant(f"step{index}", np.float32(activation_steps[index])), zero]
            features = writer.node("Relu", [features], f"relu{index}")
            features = writer.node("QuantizeLinear", [features, *step], f"rounded{index}")
            features = writer.node("DequantizeLinear", [features, *step], f"features{index}")
    *_, added = inputs
    writer.node("Add", [features, f"{added}_planes"], "sum")
    writer.node("QuantizeLinear", ["sum", *code_value], "rounded_sum")
    writer.node("Transpose", ["rounded_sum"], "sharpened", perm=(0, 2, 3, 1))
    graph = helper.make_graph(
        writer.nodes,
        card.name,
        [_end(name, factor) for name, factor in inputs.items()],
        [_end("sharpened", inputs[added])],
        writer.constants,
        doc_string="Studio-range luma in and out, each f×f pixels as f² channels; all inputs take the same frame.",
    )
    return with_card(graph, card, opset=_OPSET, ir_version=_IR_VERSION)


def widen(convolution: Convolution, unshuffle: int) -> Convolution:
    """Return a last convolution that computes the same for 2×2 pixels at a time, with a stride of 2.

    Args:
        convolution: kernel r²×in×3×3 and bias r², for pixels that are r×r of the frame.
        unshuffle: r.

    Returns:
        Kernel 4r²×in×4×4 and bias 4r², for 2r×2r of the frame.
    """
    kernel, bias = convolution
    factor = unshuffle
    wide = np.zeros((2, factor, 2, factor, kernel.shape[1], 4, 4), np.float32)
    for row in range(2):
        for column in range(2):
            place = wide[row, :, column, :, :, row : row + 3, column : column + 3]
            place[...] = kernel.reshape(factor, factor, -1, 3, 3)
    biases = np.tile(bias.reshape(1, factor, 1, factor), (2, 1, 2, 1))
    return wide.reshape(-1, *wide.shape[4:]), biases.ravel()


def _end(name: str, factor: int) -> onnx.ValueInfoProto:
    shape: list[str | int | None] = ["N", f"H/{factor}", f"W/{factor}", factor**2]
    return helper.make_tensor_value_info(name, TensorProto.UINT8, shape)


class _Writer:
    """Nodes and constants in the order in which they are written."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Write a node and return its output's name."""
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """Write a constant and return its name."""
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def kernel(self, name: str, kernel: NDArray[np.float32]) -> str:
        """Write a kernel in int8 and return the name of what it is multiplied out to."""
        largest = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True)
        steps = np.where(largest > 0, largest / LARGEST_WEIGHT, 1.0).astype(np.float32)
        rounded = [
            self.constant(f"{name}_rounded", np.rint(kernel / steps).astype(np.int8)),
            self.constant(f"{name}_steps", steps.ravel()),
            self.constant(f"{name}_zeros", np.zeros(len(kernel), np.int8)),
        ]
        return self.node("DequantizeLinear", rounded, name, axis=0)
