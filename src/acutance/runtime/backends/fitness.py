"""What a model file says of itself: its card, and whether its network turns a luma plane into one of its size."""

import math
from pathlib import Path
from typing import Literal

import numpy as np
import openvino as ov

from acutance.runtime.backends.backend import ModelError
from acutance.runtime.backends.compiling import first_line, one_chain, read_model
from acutance.runtime.backends.expert import Place, file_for_expert, places
from acutance.runtime.backends.int8 import int8_grid
from acutance.runtime.cards import Architecture, Card

_LARGEST_GROWTH = 64  # values a displayed pixel in any intermediate; the largest student of the design has 16


def card_text(path: Path, key: str) -> str | None:
    """Return an entry of an ONNX file's ``metadata_props``, None where there is none.

    Raises:
        ModelError: the file cannot be read.
    """
    information = read_model(path).get_rt_info()
    if "framework" not in information:
        return None
    try:
        framework = information["framework"]
        return str(framework[key].value) if key in framework else None
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: has metadata that are no text ({error.reason}); get a fresh copy of it") from error


def refuse_unfit(path: Path, card: Card) -> None:
    """Refuse a network that does not turn one luma plane into another of its size, in little memory and finite numbers.

    Only shapes are worked out: nothing is compiled or run.

    Args:
        path: an ONNX file that `acutance.runtime.safety.refuse_unsafe` has passed.
        card: its card.

    Raises:
        ModelError: it does not.
    """
    model = read_model(path)
    counts = len(model.inputs), len(model.outputs)
    expected = len(card.architectures)
    if counts != (expected, expected):
        planes = "one luma plane in and one out" if expected == 1 else f"{expected} of each"
        raise ModelError(f"{path}: has {counts[0]} inputs and {counts[1]} outputs, expected {planes}")
    experts = [place.chain for place in places(card)]
    for chain, architecture in enumerate(card.architectures):
        if experts:
            file_for_expert(path, Place(architecture, chain, 0))  # which refuses what is no bank
        _refuse_unfit_chain(path, one_chain(model, chain), card.precision, architecture, experts.count(chain))


def _refuse_unfit_chain(
    path: Path, model: ov.Model, precision: Literal["f32", "int8"], architecture: Architecture, experts: int
) -> None:
    unshuffle = architecture.unshuffle
    if precision == "int8":
        _refuse_other_ends(path, model, unshuffle)
        side = 32 * int8_grid(unshuffle)
        plane = [1, side // unshuffle, side // unshuffle, unshuffle**2]
    else:
        side = 32 * unshuffle
        plane = [1, 1, side, side]
    try:
        model.reshape(plane)
    except RuntimeError as error:
        raise ModelError(f"{path}: takes no {side}x{side} luma plane ({first_line(error)})") from error
    for operation in model.get_ops():
        if operation.get_type_name() == "Gather" and operation.input(0).get_shape()[0] != experts:
            told = operation.input(0).get_shape()[0]
            raise ModelError(f"{path}: has weights of {told} experts and a card of {experts}; export it again")
        if operation.get_type_name() == "Constant":
            values = operation.get_data()
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise ModelError(f"{path}: has weights that are not finite; export it again")
        elif max((math.prod(output.get_shape()) for output in operation.outputs()), default=0) > (
            _LARGEST_GROWTH * side**2
        ):
            raise ModelError(
                f"{path}: {operation.get_type_name()} makes more than {_LARGEST_GROWTH} values of a pixel; "
                "such a model would exhaust the memory"
            )
    if list(model.output().get_shape()) != plane:
        raise ModelError(f"{path}: turns {plane} into {list(model.output().get_shape())}, expected {plane}")


def _refuse_other_ends(path: Path, model: ov.Model, unshuffle: int) -> None:
    """Refuse an int8 model that does not take and give the bytes of one plane, unshuffled by that factor."""
    ends = [*model.inputs, *model.outputs]
    expected = ov.PartialShape([-1, -1, -1, unshuffle**2])
    if not all(end.get_element_type() == ov.Type.u8 and end.get_partial_shape().compatible(expected) for end in ends):
        told = ", ".join(f"{end.get_partial_shape()} {end.get_element_type()}" for end in ends)
        raise ModelError(
            f"{path}: has the ends {told}, expected one input and one output of uint8 N×H/r×W/r×r² "
            f"with r = {unshuffle}; export it again"
        )
