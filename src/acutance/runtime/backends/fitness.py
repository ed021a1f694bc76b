"""What a model file says of itself: its card, and whether its network turns a luma plane into one of its size."""

import math
from pathlib import Path

import numpy as np
import openvino as ov

from acutance.runtime.backends.backend import ModelError
from acutance.runtime.backends.compiling import first_line, read_model
from acutance.runtime.backends.expert import file_for_expert
from acutance.runtime.backends.int8 import Int8Ends
from acutance.runtime.cards import Card

_LARGEST_GROWTH = 64  # values a displayed pixel in any intermediate; the largest student of the design has 16
_LARGEST_FACTOR = 16


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


def int8_ends(path: Path, unshuffle: int) -> Int8Ends:
    """Return by how much the ends of an int8 model are unshuffled.

    Args:
        path: an ONNX file that `acutance.runtime.safety.refuse_unsafe` has passed.
        unshuffle: the factor of its first input.

    Raises:
        ModelError: it does not take the bytes of a plane, unshuffled by that factor, and perhaps by another.
    """
    model = read_model(path)
    ends = [*model.inputs, *model.outputs]
    factors = [factor for factor in map(_factor, ends) if factor is not None]
    counts = len(model.inputs), len(model.outputs)
    if counts not in ((1, 1), (2, 1)) or len(factors) != len(ends) or factors[0] != unshuffle:
        told = ", ".join(f"{end.get_partial_shape()} {end.get_element_type()}" for end in ends)
        raise ModelError(
            f"{path}: has the ends {told}, expected one or two inputs and an output of uint8 N×H/f×W/f×f², "
            f"the first with f = {unshuffle}; export it again"
        )
    return Int8Ends(tuple(factors[:-1]), factors[-1])


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
    unshuffle = card.architecture.unshuffle
    if card.precision == "int8":
        ends = int8_ends(path, unshuffle)
        side = 32 * ends.grid
        *inputs, plane = [[1, side // f, side // f, f * f] for f in (*ends.inputs, ends.output)]
    else:
        counts = len(model.inputs), len(model.outputs)
        if counts != (1, 1):
            raise ModelError(
                f"{path}: has {counts[0]} inputs and {counts[1]} outputs, expected one luma plane in and one out"
            )
        side = 32 * unshuffle
        plane = [1, 1, side, side]
        inputs = [plane]
    if card.conditions:
        file_for_expert(path, 0)  # which refuses what is no bank
    try:
        model.reshape(dict(enumerate(inputs)))
    except RuntimeError as error:
        raise ModelError(f"{path}: takes no {side}x{side} luma plane ({first_line(error)})") from error
    experts = len(card.conditions)
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
        raise ModelError(f"{path}: turns {inputs[0]} into {list(model.output().get_shape())}, expected {plane}")


def _factor(end: ov.Output) -> int | None:
    """Return by how much an end of uint8 N×H/f×W/f×f² is unshuffled, None where it is none."""
    shape = end.get_partial_shape()
    is_bytes = end.get_element_type() == ov.Type.u8
    if not is_bytes or shape.rank.is_dynamic or shape.rank.get_length() != 4 or shape[3].is_dynamic:
        return None
    channels = shape[3].get_length()
    return next((factor for factor in range(1, _LARGEST_FACTOR + 1) if factor**2 == channels), None)
