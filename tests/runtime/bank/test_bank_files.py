"""A bank's expert is what its own file is: the same pixels by the same executed graph, on every runtime."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray

from acutance import Sharpener
from acutance.runtime import CardError, ModelError
from acutance.runtime.backends.compiling import read_model
from acutance.runtime.backends.expert import Place, file_for_expert, places
from acutance.runtime.bank import UNCODED
from acutance.runtime.cards import CARD_KEY, Card, Condition, parse_card
from acutance.runtime.models import open_model, read_card

if TYPE_CHECKING:
    from tests.runtime.bank.conftest import Bank

_PLANE = np.random.default_rng(0).integers(16, 236, (48, 72), dtype=np.uint8)


def _luma(path: Path, device: str = "cpu", told: Condition | None = None) -> NDArray[np.uint8]:
    """Return the plane sharpened by a plain student, or by the expert for a condition."""
    if told is None:
        return Sharpener.load(path, device=device).luma(_PLANE)
    codec = UNCODED if told.bits_per_pixel is None else "h264"
    return Sharpener.load(path, told.scale, device=device, codec=codec, bits_per_pixel=told.bits_per_pixel).luma(_PLANE)


@pytest.mark.parametrize("device", ["cpu", "ort-cpu"])
def test_each_expert_is_its_own_file(bank_file: Path, expert_files: list[Path], device: str) -> None:
    planes = [_luma(bank_file, device, condition) for condition in read_card(bank_file).conditions]
    for plane, file in zip(planes, expert_files, strict=True):
        np.testing.assert_array_equal(plane, _luma(file, device))
    assert len({plane.tobytes() for plane in planes}) == len(planes)


@pytest.mark.parametrize("device", ["cpu", "ort-cpu"])
def test_each_int8_expert_is_its_own_file(int8_bank_file: Path, int8_expert_files: list[Path], device: str) -> None:
    planes = [_luma(int8_bank_file, device, condition) for condition in read_card(int8_bank_file).conditions]
    for plane, file in zip(planes, int8_expert_files, strict=True):
        np.testing.assert_array_equal(plane, _luma(file, device))
    assert (planes[0] != planes[1]).any()


@pytest.mark.parametrize("device", ["cpu", "ort-cpu"])
def test_experts_of_two_architectures_are_their_own_files(bank_of_two_architectures: "Bank", device: str) -> None:
    conditions = read_card(bank_of_two_architectures.file).conditions
    planes = [_luma(bank_of_two_architectures.file, device, condition) for condition in conditions]
    for plane, file in zip(planes, bank_of_two_architectures.experts, strict=True):
        np.testing.assert_array_equal(plane, _luma(file, device))
    assert len({plane.tobytes() for plane in planes}) == len(planes)


def test_the_other_architecture_is_not_executed(bank_of_two_architectures: "Bank") -> None:
    card = read_card(bank_of_two_architectures.file)
    for place, file in zip(places(card), bank_of_two_architectures.experts, strict=True):
        assert _executed(read_model(bank_of_two_architectures.file, place)) == _executed(read_model(file))


def test_the_card_says_what_each_expert_is_built_like(bank_of_two_architectures: "Bank") -> None:
    card = read_card(bank_of_two_architectures.file)
    own = [read_card(file) for file in bank_of_two_architectures.experts]
    assert [place.architecture for place in places(card)] == [each.architecture for each in own]
    assert card.margin == max(each.margin for each in own)


def test_large_planes_are_cut_where_both_architectures_agree(bank_of_two_architectures: "Bank") -> None:
    """Tiles of one architecture's grid would begin within a cell of the other's."""
    plane = np.random.default_rng(1).integers(16, 236, (1300, 3300), dtype=np.uint8)
    sharpener = Sharpener.load(bank_of_two_architectures.file, scale=4.0, codec="none")
    alone = open_model(bank_of_two_architectures.experts[1], device="cpu", precision="auto", threads=None)
    padded = np.pad(plane, ((0, 4), (0, 4)), mode="edge")
    np.testing.assert_array_equal(sharpener.luma(plane)[:1280, :3280], alone.backend.run_uint8(padded)[:1280, :3280])


def _executed(model: ov.Model) -> list[tuple[str, ...]]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    keys = ("layerType", "runtimePrecision", "primitiveType", "outputLayouts")
    layers = [operation.get_rt_info() for operation in compiled.get_runtime_model().get_ordered_ops()]
    return [tuple(layer[key].astype(str) for key in keys) for layer in layers]


@pytest.mark.parametrize("expert", [0, 1])
def test_what_is_executed_is_a_plain_student(
    bank_file: Path,
    expert_files: list[Path],
    int8_bank_file: Path,
    int8_expert_files: list[Path],
    expert: int,
) -> None:
    for bank, files in ((bank_file, expert_files), (int8_bank_file, int8_expert_files)):
        layers = _executed(read_model(bank, places(read_card(bank))[expert]))
        assert layers == _executed(read_model(files[expert]))
        assert "Gather" not in {layer[0] for layer in layers}
    assert {layer[1] for layer in layers if layer[0] == "Convolution"} == {"u8"}


def test_the_cache_on_disk_tells_experts_apart(bank_file: Path, cache: Path) -> None:
    fresh = [_luma(bank_file, told=condition) for condition in read_card(bank_file).conditions]
    assert len(list(cache.glob("*.blob"))) == len(fresh)
    for condition, plane in zip(read_card(bank_file).conditions, fresh, strict=True):
        np.testing.assert_array_equal(_luma(bank_file, told=condition), plane)
    assert len(list(cache.glob("*.blob"))) == len(fresh)


def test_any_runtime_opens_the_file_as_it_is(bank_file: Path, expert_files: list[Path]) -> None:
    import onnxruntime as ort

    luma = (_PLANE / 255).astype(np.float32)[None, None]
    options = ort.SessionOptions()
    options.log_severity_level = 4
    outputs = [
        ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(None, {"luma": luma})[0]
        for path in (bank_file, expert_files[0])
    ]
    np.testing.assert_array_equal(*outputs)


def test_a_plain_student_has_no_expert(model_file: Path) -> None:
    assert open_model(model_file, device="cpu", precision="auto", threads=None).open_expert is None
    with pytest.raises(ModelError, match="has no number 'expert' to choose by"):
        file_for_expert(model_file, Place(read_card(model_file).architecture, chain=0, number=0))


def _with_card(source: Path, target: Path, card: Card) -> Path:
    import onnx

    model = onnx.load(source)
    onnx.helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.save(model, target)
    return target


def test_a_card_with_other_experts_than_the_file_is_refused(bank_file: Path, tmp_path: Path) -> None:
    card = read_card(bank_file)
    short = _with_card(bank_file, tmp_path / "a.onnx", card.model_copy(update={"conditions": card.conditions[:3]}))
    with pytest.raises(ModelError, match="has weights of 4 experts and a card of 3"):
        Sharpener.load(short)


def test_a_plain_file_with_the_card_of_a_bank_is_refused(model_file: Path, bank_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no number 'expert'"):
        Sharpener.load(_with_card(model_file, tmp_path / "a.onnx", read_card(bank_file)))


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ((Condition(scale=2), Condition(scale=2)), "two experts are for the same"),
        ((Condition(scale=3), Condition(scale=2)), "the first is for 3, expected the card's scale 2"),
    ],
)
def test_conditions_that_do_not_fit_are_refused(card: Card, conditions: tuple[Condition, ...], message: str) -> None:
    with pytest.raises(CardError, match=message):
        parse_card(card.model_copy(update={"conditions": conditions}).model_dump_json(), "a.onnx")
