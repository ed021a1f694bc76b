"""What an ONNX file may hold, looked at byte by byte before any library opens it.

A library that reads an ONNX file opens whatever other files its weights name and allocates what its headers claim. So
the file's protobuf fields are walked first (the wire format: protobuf.dev/programming-guides/encoding; the field
numbers: onnx/onnx.proto3 of ONNX 1.19). The walk meets every occurrence of a field, which is more than a parser keeps.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from acutance.runtime.backends.backend import ModelError

LARGEST_FILE = 64 * 2**20
MOST_NODES = 1000
ALLOWED_OPERATORS = frozenset(
    {"Add", "Cast", "Clip", "Constant", "Conv", "DepthToSpace", "DequantizeLinear", "Gather", "Identity", "LeakyRelu"}
    | {"Mul", "PRelu", "QuantizeLinear", "Relu", "Reshape", "SpaceToDepth", "Sub", "Transpose"}
)
"""What students are made of. None has sub-graphs, or can make much of little: shapes are checked beside."""

_MOST_FIELDS = 200_000
_DOMAINS = ("", "ai.onnx")
_EXTERNAL = 1
_Value = int | memoryview
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def refuse_unsafe(path: Path) -> None:
    """Refuse an ONNX file that is too large, reads other files, or has operators that no student has.

    Raises:
        ModelError: it is such a file, or no ONNX file at all.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ModelError(f"{path}: has {size} bytes, expected at most {LARGEST_FILE}; it is no model for Acutance")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        _Walk(path, size).model(memoryview(data))
    except _MalformedError as error:
        raise ModelError(f"{path}: is not an ONNX model, or is damaged ({error})") from error


class _MalformedError(ValueError):
    """Bytes that are no protobuf message."""


class _Walk:
    """One pass over a file's messages, each method one kind of them."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._fields_left = _MOST_FIELDS
        self._nodes = 0

    def model(self, data: memoryview) -> None:
        for number, value in self._fields(data):
            if number == 7:
                self._graph(_message(value))
            elif number == 8:
                self._domain(value for field, value in self._fields(_message(value)) if field == 1)
            elif number in (20, 25):
                raise ModelError(f"{self._path}: holds {'training' if number == 20 else 'functions'}; not opened")
        if not self._nodes:
            raise _MalformedError("no operator in it")

    def _graph(self, data: memoryview) -> None:
        for number, value in self._fields(data):
            if number == 1:
                self._node(_message(value))
            elif number == 5:
                self._tensor(_message(value))
            elif number == 15:
                raise ModelError(f"{self._path}: holds sparse weights; not opened")

    def _node(self, data: memoryview) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise ModelError(f"{self._path}: has more than {MOST_NODES} operators; it is no model for Acutance")
        for number, value in self._fields(data):
            if number == 4:
                operator = _text(value)
                if operator not in ALLOWED_OPERATORS:
                    known = ", ".join(sorted(ALLOWED_OPERATORS))
                    raise ModelError(f"{self._path}: has the operator {operator!r}, expected only {known}")
            elif number == 5:
                self._attribute(_message(value))
            elif number == 7:
                self._domain([value])

    def _attribute(self, data: memoryview) -> None:
        for number, value in self._fields(data):
            if number in (5, 10):
                self._tensor(_message(value))
            elif number in (6, 11, 22, 23):
                raise ModelError(f"{self._path}: holds a graph within an operator, or sparse values; not opened")

    def _tensor(self, data: memoryview) -> None:
        dimensions: list[int] = []
        for number, value in self._fields(data):
            if number == 1:
                dimensions += [value] if isinstance(value, int) else _packed(value)
            elif number == 13 or (number == 14 and value == _EXTERNAL):
                raise ModelError(f"{self._path}: takes weights from another file; put them into the model itself")
        if math.prod(dimensions) > 2 * self._size:  # the smallest weights have four bits
            raise _MalformedError(f"weights of shape {dimensions} in {self._size} bytes")

    def _domain(self, names: Iterable[_Value]) -> None:
        for name in map(_text, names):
            if name not in _DOMAINS:
                raise ModelError(f"{self._path}: has operators of {name!r}, expected only ONNX's own")

    def _fields(self, data: memoryview) -> Iterator[tuple[int, _Value]]:
        """Yield number and value of each field of a message."""
        at = 0
        while at < len(data):
            self._fields_left -= 1
            if self._fields_left < 0:
                raise ModelError(f"{self._path}: has more than {_MOST_FIELDS} fields; it is no model for Acutance")
            key, at = _varint(data, at)
            kind = key & 7
            if kind == _VARINT:
                value, at = _varint(data, at)
                yield key >> 3, value
                continue
            if kind == _BYTES:
                length, at = _varint(data, at)
            elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
                length = 8 if kind == _EIGHT_BYTES else 4
            else:
                raise _MalformedError(f"a field of kind {kind}")
            if at + length > len(data):
                raise _MalformedError("it ends too early")
            yield key >> 3, data[at : at + length]
            at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number at a position and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise _MalformedError("it ends too early")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise _MalformedError("a number of more than ten bytes")


def _packed(data: memoryview) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _message(value: _Value) -> memoryview:
    if isinstance(value, int):
        raise _MalformedError("a number where a message should be")
    return value


def _text(value: _Value) -> str:
    return bytes(_message(value)).decode("utf-8", "replace")
