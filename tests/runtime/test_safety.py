"""ONNX files from strangers: refused before a library opens them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from acutance import ModelError
from acutance.runtime import safety
from acutance.runtime.backends.fitness import refuse_unfit
from acutance.runtime.cards import Card
from acutance.runtime.models import read_card
from acutance.runtime.safety import refuse_unsafe

Edit = Callable[[onnx.ModelProto], object]


def _weights_elsewhere(model: onnx.ModelProto) -> None:
    weights = model.graph.initializer[-1]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="/etc/hostname")


def _constant_elsewhere(model: onnx.ModelProto) -> None:
    tensor = onnx.TensorProto(dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL)
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=tensor))


def _branch(model: onnx.ModelProto) -> None:
    graph = onnx.GraphProto(name="inside")
    model.graph.node.append(helper.make_node("Relu", ["luma"], ["c"], then_branch=graph))


def _claim(model: onnx.ModelProto) -> None:
    model.graph.initializer[-1].dims[:] = [2**31, 2**31]


def _node(operator: str, domain: str = "") -> Edit:
    return lambda model: model.graph.node.append(helper.make_node(operator, ["luma"], ["c"], domain=domain))


UNSAFE: dict[str, tuple[Edit, str]] = {
    "weights elsewhere": (_weights_elsewhere, "takes weights from another file"),
    "a constant elsewhere": (_constant_elsewhere, "takes weights from another file"),
    "a loop": (_node("Loop"), "has the operator 'Loop', expected only Add"),
    "another domain": (_node("Relu", domain="com.example"), "has operators of 'com.example', expected only ONNX's own"),
    "another operator set": (
        lambda model: model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1)),
        "has operators of 'ai.onnx.ml'",
    ),
    "a graph inside": (_branch, "holds a graph within an operator"),
    "functions": (lambda model: model.functions.add(name="f"), "holds functions"),
    "training": (lambda model: model.training_info.add(), "holds training"),
    "sparse weights": (lambda model: model.graph.sparse_initializer.add(), "holds sparse weights"),
    "weights larger than the file": (_claim, "weights of shape"),
    "a thousand operators": (
        lambda model: model.graph.node.extend([helper.make_node("Relu", ["luma"], [f"r{n}"]) for n in range(1000)]),
        "has more than 1000 operators",
    ),
    "nothing": (lambda model: model.graph.ClearField("node"), "no operator in it"),
}


@pytest.mark.parametrize(("edit", "message"), UNSAFE.values(), ids=UNSAFE)
def test_what_no_student_has_is_refused(tmp_path: Path, model_file: Path, edit: Edit, message: str) -> None:
    model = onnx.load(model_file)
    edit(model)
    (tmp_path / "bad.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match=message):
        refuse_unsafe(tmp_path / "bad.onnx")


def test_a_file_that_is_too_large_is_refused_unread(
    tmp_path: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "LARGEST_FILE", 1000)
    with pytest.raises(ModelError, match="bytes, expected at most 1000"):
        refuse_unsafe(model_file)


def test_many_tiny_fields_are_refused_soon(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"\x08\x01" * 2**20)
    with pytest.raises(ModelError, match="has more than 200000 fields"):
        refuse_unsafe(tmp_path / "bad.onnx")


def test_a_student_is_let_through(model_file: Path, card: Card) -> None:
    refuse_unsafe(model_file)
    refuse_unfit(model_file, card)


@pytest.mark.parametrize("name", ["int8_file", "int8_file_of_single_cells"])
def test_an_int8_student_is_let_through(request: pytest.FixtureRequest, name: str) -> None:
    path = request.getfixturevalue(name)
    refuse_unfit(path, read_card(path))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_word(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError):
        refuse_unsafe(path)


def _wide(model: onnx.ModelProto) -> None:
    kernels = {"up": np.ones((300, 1, 1, 1), np.float32), "down": np.ones((1, 300, 1, 1), np.float32)}
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.initializer.extend(numpy_helper.from_array(kernel, name) for name, kernel in kernels.items())
    model.graph.node.extend(
        [helper.make_node("Conv", ["luma", "up"], ["wide"]), helper.make_node("Conv", ["wide", "down"], ["sharpened"])]
    )


def _not_finite(model: onnx.ModelProto) -> None:
    kernel = model.graph.initializer[-2]
    values = numpy_helper.to_array(kernel).copy()
    values[0] = np.nan
    kernel.CopyFrom(numpy_helper.from_array(values, kernel.name))


def _unshuffles_to_the_end(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = "unshuffled"
    del model.graph.output[0].type.tensor_type.shape.dim[:]


UNFIT: dict[str, tuple[Edit, str]] = {
    "channels that exhaust the memory": (_wide, "makes more than 64 values of a pixel"),
    "weights that are not finite": (_not_finite, "has weights that are not finite"),
    "another shape": (_unshuffles_to_the_end, "turns .* into .*, expected"),
    "two outputs": (
        lambda model: model.graph.output.append(model.graph.input[0]),
        "2 outputs, expected one luma plane",
    ),
}


@pytest.mark.parametrize(("edit", "message"), UNFIT.values(), ids=UNFIT)
def test_what_does_not_sharpen_a_plane_is_refused_before_it_runs(
    tmp_path: Path, model_file: Path, card: Card, edit: Edit, message: str
) -> None:
    model = onnx.load(model_file)
    edit(model)
    (tmp_path / "bad.onnx").write_bytes(model.SerializeToString())
    refuse_unsafe(tmp_path / "bad.onnx")
    with pytest.raises(ModelError, match=message):
        refuse_unfit(tmp_path / "bad.onnx", card)


def _ends_are(shape: list[int], kind: int) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].CopyFrom(helper.make_tensor_value_info("displayed", kind, ["N", "H", "W", *shape]))

    return edit


UNFIT_INT8: dict[str, Edit] = {
    "another unshuffle factor": _ends_are([16], onnx.TensorProto.UINT8),
    "channels that are no square": _ends_are([5], onnx.TensorProto.UINT8),
    "five axes": _ends_are([4, 4], onnx.TensorProto.UINT8),
    "signed bytes": _ends_are([4], onnx.TensorProto.INT8),
    "two inputs": lambda model: model.graph.input.append(
        helper.make_tensor_value_info("more", onnx.TensorProto.UINT8, ["N", "H", "W", 4])
    ),
}


@pytest.mark.parametrize("edit", UNFIT_INT8.values(), ids=UNFIT_INT8)
def test_an_int8_file_with_other_ends_is_refused_in_one_line(tmp_path: Path, int8_file: Path, edit: Edit) -> None:
    model = onnx.load(int8_file)
    edit(model)
    (tmp_path / "bad.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError) as refusal:
        refuse_unfit(tmp_path / "bad.onnx", read_card(int8_file))
    assert str(refusal.value).startswith(f"{tmp_path / 'bad.onnx'}: ")
    assert "\n" not in str(refusal.value)


def test_an_int8_file_of_another_unshuffle_factor_than_its_card_is_refused(int8_file_of_single_cells: Path) -> None:
    card = read_card(int8_file_of_single_cells)
    card = card.model_copy(update={"architecture": card.architecture.model_copy(update={"unshuffle": 2})})
    with pytest.raises(ModelError, match=r"has the ends .*16\] .*, expected one input and one output .* with r = 2;"):
        refuse_unfit(int8_file_of_single_cells, card)
