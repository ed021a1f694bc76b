"""One expert of a bank: the same file with another number in it.

A bank's graph takes each weight tensor out of a larger one, ``Gather(weights, expert)``, where ``expert`` is an int64
scalar among the initializers. A runtime folds all of that to constants before it compiles, so that what is executed,
and how quickly, is as of a plain student.

Where its experts are not all built alike, the graph has a chain for each architecture, side by side: the first takes
the first input to the first output, chosen by ``expert``, the next the second to the second, by ``chain1_expert``.
"""

from dataclasses import dataclass
from pathlib import Path

from acutance.runtime.backends.backend import ModelError
from acutance.runtime.cards import Architecture, Card

_EXPERT = "expert"
_NUMBER_BYTES = 8


@dataclass(frozen=True)
class Place:
    """Where an expert lies in its bank's file.

    Attributes:
        architecture: what it is built like.
        chain: which of the graph's chains it runs in, from 0.
        number: which of that chain's experts it is, from 0.
    """

    architecture: Architecture
    chain: int
    number: int


def places(card: Card) -> tuple[Place, ...]:
    """Return where each expert of a bank lies, in the order of its conditions."""
    each = [condition.architecture or card.architecture for condition in card.conditions]
    chains = card.architectures
    return tuple(
        Place(architecture, chains.index(architecture), each[:expert].count(architecture))
        for expert, architecture in enumerate(each)
    )


def chain_prefix(chain: int) -> str:
    """Return what the names in a bank's graph begin with, of a chain beside the first."""
    return f"chain{chain}_" if chain else ""


def expert_name(chain: int) -> str:
    """Return the name of the number by which a chain's expert is chosen."""
    return f"{chain_prefix(chain)}{_EXPERT}"


def file_for_expert(path: Path, place: Place) -> bytes:
    """Return a bank's ONNX file with the number of an expert in it.

    Args:
        path: the bank.
        place: of the expert.

    Raises:
        ModelError: the file cannot be read, or is no bank.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    name = expert_name(place.chain)
    # A TensorProto without dimensions (onnx/onnx.proto3): data_type 2 = INT64 7, name 8, raw_data 9 of eight bytes.
    before_number = b"\x10\x07\x42" + bytes([len(name)]) + name.encode() + b"\x4a" + bytes([_NUMBER_BYTES])
    if content.count(before_number) != 1:
        raise ModelError(f"{path}: has no number {name!r} to choose by; make it by 'acutance export --bank'")
    at = content.index(before_number) + len(before_number)
    return content[:at] + place.number.to_bytes(_NUMBER_BYTES, "little") + content[at + _NUMBER_BYTES :]
