"""What a run found as tables, as a chart, and as a document of all machines' results."""

from acutance.bench.report.chart import latency_chart
from acutance.bench.report.document import fill_document
from acutance.bench.report.tables import tables

__all__ = ["fill_document", "latency_chart", "tables"]
