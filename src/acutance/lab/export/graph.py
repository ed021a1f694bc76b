"""A folded student as an ONNX graph, node by node."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from acutance.runtime.cards import CARD_KEY, Card

_OPSET = 17
_IR_VERSION = 8  # the oldest that holds this opset, so that old runtimes read the file


def build_graph(
    chain: list[tuple[NDArray[np.float32], NDArray[np.float32]]], unshuffle: int, card: Card
) -> onnx.ModelProto:
    """Return the model: luma in and out, N×1×H×W float32 code values / 255, H and W free multiples of the factor.

    Weights are stored in half precision; the graph casts them to single, which runtimes do once, as they compile it.

    Args:
        chain: kernel (out×in×3×3) and bias (out) of each convolution, in order, rounded to what half precision holds.
        unshuffle: the factor.
        card: goes into ``metadata_props``.
    """
    nodes = [
        helper.make_node("SpaceToDepth", ["luma"], ["unshuffled"], blocksize=unshuffle),
        helper.make_node("Sub", ["unshuffled", "half"], ["centred"]),
    ]
    constants = [
        numpy_helper.from_array(np.full(1, 0.5, np.float32), "half"),
        numpy_helper.from_array(np.zeros((), np.float32), "black"),
        numpy_helper.from_array(np.ones((), np.float32), "white"),
    ]
    features = "centred"
    for index, (kernel, bias) in enumerate(chain):
        weights = [f"kernel{index}", f"bias{index}"]
        for array, name in zip((kernel, bias), weights, strict=True):
            constants.append(numpy_helper.from_array(array.astype(np.float16), f"{name}_half"))
            nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Conv", [features, *weights], [f"conv{index}"], pads=[1, 1, 1, 1]))
        features = f"conv{index}"
        if index < len(chain) - 1:
            nodes.append(helper.make_node("Relu", [features], [f"relu{index}"]))
            features = f"relu{index}"
    nodes += [
        helper.make_node("Add", ["unshuffled", features], ["sharpened_unshuffled"]),
        helper.make_node("DepthToSpace", ["sharpened_unshuffled"], ["unclipped"], blocksize=unshuffle, mode="DCR"),
        helper.make_node("Clip", ["unclipped", "black", "white"], ["sharpened"]),
    ]
    shape: list[str | int | None] = ["N", 1, "H", "W"]
    graph = helper.make_graph(
        nodes,
        card.name,
        [helper.make_tensor_value_info("luma", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("sharpened", TensorProto.FLOAT, shape)],
        constants,
        doc_string="Studio-range luma / 255 in and out; height and width are multiples of the unshuffle factor.",
    )
    return with_card(graph, card, opset=_OPSET, ir_version=_IR_VERSION)


def with_card(graph: onnx.GraphProto, card: Card, *, opset: int, ir_version: int) -> onnx.ModelProto:
    """Return a graph as a model, checked, with its card in ``metadata_props``."""
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version, producer_name="acutance"
    )
    helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.checker.check_model(model, full_check=True)
    return model
