"""Several finished students as one file: a bank, whose experts are chosen by a number in it."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import compose, helper, numpy_helper

from acutance.lab.export.checked import ExportError, write_checked
from acutance.lab.export.graph import with_card
from acutance.lab.samples import parse_mixture
from acutance.runtime.backends.expert import chain_prefix, expert_name, places
from acutance.runtime.cards import Architecture, Card, Condition, Training
from acutance.runtime.models import open_model, read_card

_WEIGHTS = ("kernel", "bias", "step")
_SHARED = "_zeros"  # the zero points of kernels
_PARITY_SIZE = (72, 104)  # multiples of every grid
_TOLERANCE = 1e-6  # code values / 255; the networks are the same to the bit, but for the order of a processor's sums


def export_bank(files: Sequence[Path], path: Path) -> tuple[Card, float]:
    """Write the students of several files as the experts of a bank, each for what its card says it was trained for.

    Each weight tensor gets a leading axis of experts and passes ``Gather(axis=0, indices=expert)``, where ``expert`` is
    an int64 scalar among the initializers, 0 as it is written, so that any runtime opens the file. Students of another
    shape than the first stand in a chain of their own beside it, see `acutance.runtime.backends.expert`.

    Args:
        files: ONNX files of students of one precision, written by `export_student` or `export_quantised`, which have
            compared them with torch. The first says the bank's scale and architecture.
        path: the ONNX file; it appears whole, after every expert was compared with its own file. Its name without
            suffixes becomes the bank's.

    Returns:
        The card, and the largest difference of any expert from its own file (code values / 255).

    Raises:
        ExportError: there are no files, one is a bank already, their precisions differ, two are for the same, an expert
            does not compute what its file does, or the file cannot be written.
        ModelError: a file does not open.
        CardError: a file has no card that fits.
    """
    if not files:
        raise ExportError(f"{path}: a bank needs at least one student")
    cards = [read_card(file) for file in files]
    for file, other in zip(files, cards, strict=True):
        if other.conditions:
            raise ExportError(f"{file}: is a bank already; give the files of single students")
        if other.precision != cards[0].precision:
            raise ExportError(
                f"{file}: is in {other.precision}, but {files[0]} in {cards[0].precision}; a bank has one precision"
            )
    card = _bank_card(path.name.partition(".")[0], cards)
    chains: list[list[onnx.ModelProto]] = [[] for _ in card.architectures]
    for file, place in zip(files, places(card), strict=True):
        alike = chains[place.chain]
        alike.append(onnx.load(file))
        if _shapes(alike[-1]) != _shapes(alike[0]):
            raise ExportError(f"{file}: has other weights than those whose cards are like its own; export it again")
    model = _merged(chains, card)
    difference = write_checked(path, model.SerializeToString(), lambda written: _difference(written, files), _TOLERANCE)
    return card, difference


def _shapes(model: onnx.ModelProto) -> list[tuple[str, tuple[int, ...]]]:
    return [(weights.name, tuple(weights.dims)) for weights in model.graph.initializer]


def _bank_card(name: str, cards: Sequence[Card]) -> Card:
    """Return the card of all: efforts are summed (what several students began from counts with each)."""
    trainings = [card.training for card in cards]
    conditions = [_condition(card, cards[0].architecture) for card in cards]
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
    margin = max(card.margin for card in cards)
    update = {"name": name, "training": training, "weights_sha256": weights, "margin": margin, "measured": ()}
    return Card.model_validate(cards[0].model_dump() | update | {"conditions": tuple(conditions)})


def _condition(card: Card, usual: Architecture) -> Condition:
    mixture = parse_mixture(card.degradation)
    bits = mixture.bits_per_pixel
    return Condition(
        scale=float(mixture.scale),
        bits_per_pixel=None if bits is None else round(bits, 4),
        architecture=None if card.architecture == usual else card.architecture,
    )


def _sha256(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _merged(chains: Sequence[Sequence[onnx.ModelProto]], card: Card) -> onnx.ModelProto:
    """Return one model of all, students of each architecture in a chain of their own."""
    first = chains[0][0]
    graph = _chain(chains[0])
    for number, models in enumerate(chains[1:], start=1):
        beside = compose.add_prefix_graph(_chain(models), chain_prefix(number))
        for mine, theirs in (
            (graph.node, beside.node),
            (graph.input, beside.input),
            (graph.output, beside.output),
            (graph.initializer, beside.initializer),
        ):
            mine.extend(theirs)
    graph.name = card.name
    chosen = "; ".join(f"{expert_name(chain)!r}: 0 to {len(models) - 1}" for chain, models in enumerate(chains))
    graph.doc_string = f"{first.graph.doc_string} Initializers choose the weights ({chosen})."
    return with_card(graph, card, opset=first.opset_import[0].version, ir_version=first.ir_version)


def _chain(models: Sequence[onnx.ModelProto]) -> onnx.GraphProto:
    """Return the first model's graph with the weights of all, and the number that chooses among them."""
    each = [{weights.name: numpy_helper.to_array(weights) for weights in model.graph.initializer} for model in models]
    number = expert_name(0)
    constants = [numpy_helper.from_array(np.array(0, np.int64), number)]
    chosen = []
    for name, value in each[0].items():
        if name.startswith(_WEIGHTS) and not name.endswith(_SHARED):
            of_all = f"{name}_experts"
            constants.append(numpy_helper.from_array(np.stack([weights[name] for weights in each]), of_all))
            chosen.append(helper.make_node("Gather", [of_all, number], [name], axis=0))
        else:
            constants.append(numpy_helper.from_array(value, name))
    first = models[0].graph
    return helper.make_graph([*chosen, *first.node], first.name, first.input, first.output, constants)


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
