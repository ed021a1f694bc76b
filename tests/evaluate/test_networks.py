"""Teachers: networks that enlarge what was received."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from acutance import ModelError
from acutance.degrade import parse_degradation
from acutance.evaluate.methods import open_method
from acutance.evaluate.networks import EnlargingNetwork
from acutance.image.resize import resize_bicubic


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    """A network that doubles every pixel, without a card."""
    nodes = [
        helper.make_node("Concat", ["rgb"] * 4, ["four"], axis=1),
        helper.make_node("DepthToSpace", ["four"], ["enlarged"], blocksize=2, mode="DCR"),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, None, None]) for name in ("rgb", "enlarged")
    ]
    graph = helper.make_graph(nodes, "twice", ends[:1], ends[1:])
    path = tmp_path / "twice.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_a_file_without_a_card_is_a_teacher(
    teacher: Path, picture: NDArray[np.uint8], doubled: NDArray[np.uint8]
) -> None:
    method = open_method("twice", str(teacher), 1)
    assert isinstance(method, EnlargingNetwork)
    np.testing.assert_array_equal(method(picture, doubled), doubled)
    np.testing.assert_array_equal(method(picture[..., 0], doubled[..., 0]), doubled[..., 0])


def test_a_teacher_for_another_scale_is_refused(teacher: Path, picture: NDArray[np.uint8]) -> None:
    with pytest.raises(ModelError, match="enlarges 30x20 to 60x40, expected 90x60"):
        open_method("twice", str(teacher), 1)(picture, np.zeros((60, 90, 3), np.uint8))


def test_a_network_of_another_kind_is_refused(tmp_path: Path) -> None:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1, None, None]) for name in ("in", "out")]
    graph = helper.make_graph([helper.make_node("Relu", ["in"], ["out"])], "relu", ends[:1], ends[1:])
    path = tmp_path / "relu.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    with pytest.raises(ModelError, match="has no card and takes"):
        open_method("relu", str(path), 1)


def test_below_its_scale_its_picture_is_shrunk(teacher: Path, picture: NDArray[np.uint8]) -> None:
    displayed = parse_degradation("bicubic-x3/2").display(picture)
    twice = picture.repeat(2, axis=0).repeat(2, axis=1)
    shown = open_method("twice", str(teacher), 1)(picture, displayed)
    np.testing.assert_array_equal(shown, resize_bicubic(twice, (30, 45)))


@pytest.mark.parametrize(
    ("scale", "serves"), [("1", True), ("4/3", True), ("2", True), ("5/2", False), ("3", False), ("4", False)]
)
def test_a_network_serves_the_scales_up_to_its_own(teacher: Path, scale: str, serves: bool) -> None:
    assert open_method("twice", str(teacher), 1).serves(Fraction(scale)) is serves
