"""A teacher as an ONNX file, so that it can be measured like any model."""

import logging
import warnings
from pathlib import Path

import numpy as np
import openvino as ov
import torch
from onnx import helper
from torch.nn import functional

from acutance.lab.export.checked import ExportError, write_checked
from acutance.lab.teachers import Teacher

_TOLERANCE = 1e-3  # a quarter of a code value
_TRACED_SIZE = (48, 64)
_CHECKED_SIZES = ((48, 64), (37, 53))


def export_teacher(teacher: Teacher, path: Path) -> float:
    """Write a teacher as a network of received pictures, and check that it computes what torch computes.

    The file takes 1×3×h×w float32 RGB, 0..1, and gives 1×3×H×W, not clipped; h and w are free. It has no card, which is
    a student's, and is known to `acutance evaluate` by that; its metadata name the weights.

    Args:
        teacher: for the scale of its networks.
        path: the ONNX file; it appears whole, after the check.

    Returns:
        The largest difference seen from torch, on smooth pictures. (On noise these networks are chaotic: a rounding in
        the last bit grows to anything.)

    Raises:
        ExportError: torch cannot write the network, the file's output is off by more than 1e-3, or the file cannot be
            written.
    """
    return write_checked(
        path, _to_onnx(teacher, path), lambda written: _difference_from_torch(teacher, written), _TOLERANCE
    )


def _to_onnx(teacher: Teacher, path: Path) -> bytes:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # what the exporter says of itself is no user's business
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                teacher,
                (torch.zeros(1, 3, *_TRACED_SIZE),),
                input_names=["received"],
                output_names=["displayed"],
                dynamic_shapes=({2: "h", 3: "w"},),
                dynamo=True,
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError, ImportError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ExportError(f"{path}: torch cannot write {teacher.name} as ONNX ({reason})") from error
    assert program is not None
    model = program.model_proto
    metadata = {"teacher": teacher.name, "weights_sha256": teacher.sha256, "scale": str(teacher.scale)}
    helper.set_model_props(model, {f"acutance.{key}": value for key, value in metadata.items()})
    content: bytes = model.SerializeToString()
    return content


@torch.no_grad()
def _difference_from_torch(teacher: Teacher, path: Path) -> float:
    compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    worst = 0.0
    for size in _CHECKED_SIZES:
        noise = torch.from_numpy(np.random.default_rng(0).random((1, 3, 5, 7), dtype=np.float32))
        received = functional.interpolate(noise, size=size, mode="bicubic").clamp(0.0, 1.0)
        expected = teacher(received).numpy()
        worst = max(worst, float(np.abs(compiled([received.numpy()])[0] - expected).max()))
    return worst
