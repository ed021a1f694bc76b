"""A document that collects the results of every machine, generated from their JSON files."""

import re
from collections.abc import Sequence
from pathlib import Path

from acutance.bench.report.tables import main_size, tables
from acutance.bench.results import BenchError, Results, read_results
from acutance.evaluate.tables import Table

_MARKED = re.compile(r"(?P<begin><!-- results -->\n)(?P<content>.*?)(?P<end><!-- end of results -->)", re.DOTALL)


def fill_document(path: Path) -> str:
    """Return a document with all results of its folder put between its markers.

    They are the JSON files in ``results`` in the folder beside ``NAME.md`` that is called ``NAME``; a chart of the same
    name beside one is shown with it.

    Raises:
        BenchError: the document cannot be read or has no markers, or one of the results cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{path}: cannot be read ({error})") from error
    folder = path.with_suffix("") / "results"
    found = {file: read_results(file) for file in sorted(folder.glob("*.json"))}
    content = _machines(list(found.values())).to_markdown() if found else "None yet.\n"
    for file, results in found.items():
        content += "\n" + _section(results)
        if file.with_suffix(".svg").exists():
            drawn = file.with_suffix(".svg").relative_to(path.parent).as_posix()
            content += f"\n![Milliseconds of each frame]({drawn})\n"
    filled, markers = _MARKED.subn(lambda match: match["begin"] + content + match["end"], text)
    if markers != 1:
        raise BenchError(
            f"{path}: has {markers} places for results, expected one: <!-- results -->, <!-- end of results -->"
        )
    return filled


def _machines(found: Sequence[Results]) -> Table:
    return Table(
        ("processor", "cores", "int8 limit, GMAC/s", "f32 limit, GMAC/s", "frame path, median ms", "measured"),
        tuple(
            (
                results.machine.accelerator or results.machine.processor,
                f"{results.machine.cores}",
                *(_limit(results, precision) for precision in ("int8", "f32")),
                ", ".join(
                    f"{row.name} {row.precision} {row.latency.p50:.1f}"
                    for row in results.rows
                    if (row.stage, row.kind, row.size) == ("frame", "student", main_size(results))
                ),
                results.made[:10],
            )
            for results in found
        ),
    )


def _limit(results: Results, precision: str) -> str:
    limit = results.limit(main_size(results), precision)
    return "–" if limit is None else f"{limit:.0f}"


def _section(results: Results) -> str:
    machine, settings = results.machine, results.settings
    title = f"{machine.accelerator or machine.processor}, {settings.threads} threads"
    sets = ", ".join(machine.instruction_sets)
    versions = ", ".join(f"{package} {version}" for package, version in machine.versions.items())
    memory = "" if machine.memory_gb is None else f", {machine.memory_gb:.0f} GB"
    lines = [
        f"### {title}, {results.made[:10]}",
        "",
        f"{machine.processor}, {machine.cores} cores ({sets}){memory}, {machine.system}; {versions}. "
        f"Device {settings.device}; at most {settings.frames} frames and {settings.seconds:g} seconds a size, clips of "
        f"{settings.clip_seconds:g} seconds; load average before: {settings.load_average}.",
    ]
    lines += [f"\nNote: {note}." for note in results.notes]
    for name, table in tables(results).items():
        lines += ["", f"**{name}**", "", table.to_markdown().rstrip()]
    return "\n".join(lines) + "\n"
