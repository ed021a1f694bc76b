"""From a trained student to a file that runs: fold, ONNX."""

from acutance.lab.export.student import ExportError, export_student

__all__ = ["ExportError", "export_student"]
