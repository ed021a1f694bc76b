"""What was measured as one HTML page that needs no network: tables, charts, and the pictures themselves."""

from acutance.evaluate.report.examples import Example, ReportError, choose_examples
from acutance.evaluate.report.motion import ClipExample
from acutance.evaluate.report.page import write_report

__all__ = ["ClipExample", "Example", "ReportError", "choose_examples", "write_report"]
