"""Several finished students of one shape as one file: a bank, whose experts are chosen by a number in it."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from acutance.lab.export.checked import ExportError, write_checked
from acutance.lab.export.graph import with_card
from acutance.lab.samples import parse_mixture
from acutance.runtime.backends.expert import EXPERT
from acutance.runtime.cards import Card, Condition, Training
from acutance.runtime.models import open_model, read_card

_WEIGHTS = ("kernel", "bias", "step")
_SHARED = "_zeros"  # the zero points of kernels
_PARITY_SIZE = (72, 104)  # multiples of every grid
_TOLERANCE = 1e-6  # code values / 255; the networks are the same to the bit, but for the order of a processor's sums


def export_bank(files: Sequence[Path], path: Path) -> tuple[Card, float]:
    """Write the students of several files as the experts of a bank, each for what its card says it was trained for.

    Each weight tensor gets a leading axis of experts and passes ``Gather(axis=0, indices=expert)``, where ``expert`` is
    an int64 scalar among the initializers, 0 as it is written, so that any runtime opens the file.

    Args:
        files: ONNX files of students of one shape and precision, written by `export_student` or `export_quantised`,
            which have compared them with torch. The first says the bank's scale.
        path: the ONNX file; it appears whole, after every expert was compared with its own file. Its name without
            suffixes becomes the bank's.

    Returns:
        The card, and the largest difference of any expert from its own file (code values / 255).

    Raises:
        ExportError: there are no files, one is a bank already, their shapes or precisions differ, two are for the same,
            an expert does not compute what its file does, or the file cannot be written.
        ModelError: a file does not open.
        CardError: a file has no card that fits.
    """
    if not files:
        raise ExportError(f"{path}: a bank needs at least one student")
    cards = [read_card(file) for file in files]
    for file, other in zip(files, cards, strict=True):
        if other.conditions:
            raise ExportError(f"{file}: is a bank already; give the files of single students")
        if (other.architecture, other.precision) != (cards[0].architecture, cards[0].precision):
            raise ExportError(
                f"{file}: is {_shape_of(other)}, but {files[0]} {_shape_of(cards[0])}; a bank's students are alike"
            )
    card = _bank_card(path.name.partition(".")[0], cards)
    models = [onnx.load(file) for file in files]
    for file, one in zip(files, models, strict=True):
        if _shapes(one) != _shapes(models[0]):
            raise ExportError(
                f"{file}: has other weights than {files[0]}, though their cards are alike; export it again"
            )
    model = _merged(models, card)
    difference = write_checked(path, model.SerializeToString(), lambda written: _difference(written, files), _TOLERANCE)
    return card, difference


def _shape_of(card: Card) -> str:
    shape = card.architecture
    return f"{shape.unshuffle}/{shape.channels}/{shape.convolutions} in {card.precision}"


def _shapes(model: onnx.ModelProto) -> list[tuple[str, tuple[int, ...]]]:
    return [(weights.name, tuple(weights.dims)) for weights in model.graph.initializer]


def _bank_card(name: str, cards: Sequence[Card]) -> Card:
    """Return the card of all: efforts are summed (what several students began from counts with each)."""
    trainings = [card.training for card in cards]
    conditions = [_condition(card) for card in cards]
    told = [(condition.scale, condition.bits_per_pixel) for condition in conditions]
    twice = next((card for index, card in enumerate(cards) if told[index] in told[:index]), None)
    if twice is not None:
        raise ExportError(f"{name}: two students are for {twice.degradation}; give one for each condition")
    training = Training(
        data_sha256=_sha256(training.data_sha256 for training in trainings),
        recipe_sha256=_sha256(training.recipe_sha256 for training in trainings),
        objective=trainings[0].objective,
        steps=sum(training.steps for training in trainings),
        gigapixels=round(sum(training.gigapixels for training in trainings), 3),
        hours=round(sum(training.hours for training in trainings), 2),
        validation_psnr=trainings[0].validation_psnr,
        torch=trainings[0].torch,
    )
    weights = _sha256(card.weights_sha256 for card in cards)
    update = {"name": name, "training": training, "weights_sha256": weights, "measured": ()}
    return Card.model_validate(cards[0].model_dump() | update | {"conditions": tuple(conditions)})


def _condition(card: Card) -> Condition:
    mixture = parse_mixture(card.degradation)
    bits = mixture.bits_per_pixel
    return Condition(scale=float(mixture.scale), bits_per_pixel=None if bits is None else round(bits, 4))


def _sha256(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _merged(models: Sequence[onnx.ModelProto], card: Card) -> onnx.ModelProto:
    """Return the first model with the weights of all."""
    each = [{weights.name: numpy_helper.to_array(weights) for weights in model.graph.initializer} for model in models]
    constants = [numpy_helper.from_array(np.array(0, np.int64), EXPERT)]
    chosen = []
    for name, value in each[0].items():
        if name.startswith(_WEIGHTS) and not name.endswith(_SHARED):
            of_all = f"{name}_experts"
            constants.append(numpy_helper.from_array(np.stack([weights[name] for weights in each]), of_all))
            chosen.append(helper.make_node("Gather", [of_all, EXPERT], [name], axis=0))
        else:
            constants.append(numpy_helper.from_array(value, name))
    first = models[0].graph
    graph = helper.make_graph(
        [*chosen, *first.node],
        card.name,
        first.input,
        first.output,
        constants,
        doc_string=f"{first.doc_string} The initializer {EXPERT!r} chooses the weights: 0 to {len(models) - 1}.",
    )
    return with_card(graph, card, opset=models[0].opset_import[0].version, ir_version=models[0].ir_version)


def _difference(bank: Path, files: Sequence[Path]) -> float:
    """Return the largest difference on noise between the experts and their own files."""
    plane = np.random.default_rng(0).random(_PARITY_SIZE, dtype=np.float32)
    opened = open_model(bank, device="cpu", precision="auto", threads=None)
    assert opened.open_expert is not None
    worst = 0.0
    for expert, file in enumerate(files):
        expected = open_model(file, device="cpu", precision="auto", threads=None).backend.run(plane)
        worst = max(worst, float(np.abs(opened.open_expert(expert).run(plane) - expected).max()))
    return worst
