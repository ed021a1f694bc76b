"""From a trained student, or a teacher, to a file that runs: fold, ONNX, int8."""

from acutance.lab.export.bank import export_bank
from acutance.lab.export.checked import ExportError
from acutance.lab.export.quantised import export_quantised
from acutance.lab.export.student import export_student
from acutance.lab.export.teacher import export_teacher

__all__ = ["ExportError", "export_bank", "export_quantised", "export_student", "export_teacher"]
