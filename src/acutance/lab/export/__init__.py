"""From a trained student, or a teacher, to a file that runs: fold, ONNX."""

from acutance.lab.export.checked import ExportError
from acutance.lab.export.student import export_student
from acutance.lab.export.teacher import export_teacher

__all__ = ["ExportError", "export_student", "export_teacher"]
