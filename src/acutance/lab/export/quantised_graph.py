"""A folded student in int8 as an ONNX graph, node by node."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from acutance.lab.export.graph import with_card
from acutance.lab.quantisation import INPUT_CENTRE, LARGEST_WEIGHT
from acutance.runtime.backends.int8 import cells_at_once
from acutance.runtime.cards import Card

_OPSET = 19
_IR_VERSION = 9  # the oldest that holds this opset, so that old runtimes read the file

Convolution = tuple[NDArray[np.float32], NDArray[np.float32]]


def build_quantised_graph(chain: list[Convolution], activation_steps: list[float], card: Card) -> onnx.ModelProto:
    """Return the model, which turns ``displayed`` into ``sharpened``: luma, uint8 code values, N×(H/r)×(W/r)×r².

    r is the student's unshuffle factor: r×r pixels are a cell of r² channels, channel i·r + j the pixel in row i and
    column j. As r² channels alone could leave most of a processor's vectors empty, the last convolution computes k
    cells of a row at once (`acutance.runtime.backends.int8.cells_at_once`). Their k·r² channels are each cell's, one
    cell after another: the same bytes in the same order, so that a Reshape at either end is all it takes. H is a
    multiple of r, W of k·r. Whatever is rounded passes a QuantizeLinear and a DequantizeLinear, by which a runtime
    knows to compute in int8.

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
    at_once = cells_at_once(unshuffle)
    features = added = writer.planes("displayed", code_value)
    if at_once > 1:
        chain = [*chain[:-1], widen(chain[-1], at_once)]
        added = writer.planes(writer.cells("displayed", at_once * unshuffle**2, "wide"), code_value)
    for index, (kernel, bias) in enumerate(chain):
        is_last = index == len(chain) - 1
        weights = [writer.kernel(f"kernel{index}", kernel), writer.constant(f"bias{index}", bias)]
        strides = [1, at_once if is_last else 1]
        features = writer.node("Conv", [features, *weights], f"conv{index}", pads=[1, 1, 1, 1], strides=strides)
        if not is_last:
            step = [writer.constant(f"step{index}", np.float32(activation_steps[index])), zero]
            features = writer.node("Relu", [features], f"relu{index}")
            features = writer.node("QuantizeLinear", [features, *step], f"rounded{index}")
            features = writer.node("DequantizeLinear", [features, *step], f"features{index}")
    writer.node("Add", [features, added], "sum")
    writer.node("QuantizeLinear", ["sum", *code_value], "rounded_sum")
    writer.node("Transpose", ["rounded_sum"], "sharpened" if at_once == 1 else "wide_sharpened", perm=(0, 2, 3, 1))
    if at_once > 1:
        writer.cells("wide_sharpened", unshuffle**2, "sharpened")
    shape: list[str | int | None] = ["N", f"H/{unshuffle}", f"W/{unshuffle}", unshuffle**2]
    graph = helper.make_graph(
        writer.nodes,
        card.name,
        [helper.make_tensor_value_info("displayed", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("sharpened", TensorProto.UINT8, shape)],
        writer.constants,
        doc_string=f"Studio-range luma in and out, each {unshuffle}×{unshuffle} pixels as {unshuffle**2} channels.",
    )
    return with_card(graph, card, opset=_OPSET, ir_version=_IR_VERSION)


def widen(convolution: Convolution, at_once: int) -> Convolution:
    """Return a last convolution that computes the same for some cells of a row at once, with that as its stride.

    Args:
        convolution: kernel out×in×3×3 and bias out.
        at_once: how many cells, k.

    Returns:
        Kernel k·out×in×3×(k+2) and bias k·out: the first cell's channels, then the next one's.
    """
    kernel, bias = convolution
    wide = np.zeros((at_once, *kernel.shape[:3], at_once + 2), np.float32)
    for cell in range(at_once):
        wide[cell, ..., cell : cell + 3] = kernel
    return wide.reshape(-1, *wide.shape[2:]), np.tile(bias, at_once)


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

    def cells(self, name: str, channels: int, output: str) -> str:
        """Write that the bytes of a row are cells of so many channels, and return the name of those."""
        shape = self.constant(f"{output}_shape", np.array([0, 0, -1, channels]))
        return self.node("Reshape", [name, shape], output)

    def planes(self, name: str, code_value: list[str]) -> str:
        """Write what turns code values N×H×W×C into values N×C×H×W, and return the name of those."""
        pixels = self.node("DequantizeLinear", [name, *code_value], f"{name}_pixels")
        return self.node("Transpose", [pixels], f"{name}_planes", perm=(0, 3, 1, 2))

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
