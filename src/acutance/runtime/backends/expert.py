"""One expert of a bank: the same file with another number in it.

A bank's graph takes each weight tensor out of a larger one, ``Gather(weights, expert)``, where ``expert`` is an int64
scalar among the initializers. A runtime folds all of that to constants before it compiles, so that what is executed,
and how quickly, is as of a plain student.
"""

from pathlib import Path

from acutance.runtime.backends.backend import ModelError

EXPERT = "expert"

# A TensorProto without dimensions (onnx/onnx.proto3): data_type 2 = INT64 7, name 8, raw_data 9 of eight bytes.
_BEFORE_NUMBER = b"\x10\x07\x42" + bytes([len(EXPERT)]) + EXPERT.encode() + b"\x4a\x08"
_NUMBER_BYTES = 8


def file_for_expert(path: Path, expert: int) -> bytes:
    """Return a bank's ONNX file with the number of an expert in it.

    Args:
        path: the bank.
        expert: which one, from 0.

    Raises:
        ModelError: the file cannot be read, or is no bank.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    if content.count(_BEFORE_NUMBER) != 1:
        raise ModelError(f"{path}: has no number {EXPERT!r} to choose by; make it by 'acutance export --bank'")
    at = content.index(_BEFORE_NUMBER) + len(_BEFORE_NUMBER)
    return content[:at] + expert.to_bytes(_NUMBER_BYTES, "little") + content[at + _NUMBER_BYTES :]
