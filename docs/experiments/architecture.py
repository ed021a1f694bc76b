"""The table of everything tried, from the runs' own folders.

    python docs/experiments/architecture.py [RUN…] [--times BENCH.json]

Each run becomes a line of ``results/runs.jsonl``, in place of an earlier one of the same run, and all the lines the
table in ``architecture.md``. BENCH.json is what ``acutance bench --shapes … --precision int8 --json`` wrote.
"""

import argparse
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from acutance.bench.results import read_results
from acutance.evaluate.tables import Table
from acutance.lab.losses import Weight
from acutance.lab.models import StudentShape
from acutance.lab.training.recipe import load_recipe
from acutance.lab.training.run import Run

HERE = Path(__file__).parent
_MARKED = re.compile(r"(?P<begin><!-- table: (?P<name>\S+) -->\n)(?P<content>.*?)(?P<end><!-- end of table -->)", re.S)
_FRAME = (1920, 1080)


class RecordError(ValueError):
    """A run or a file of records that cannot be used."""


class RunRecord(BaseModel):
    """What a run was and what came of it.

    Attributes:
        run: its folder's name; with `recipe_sha256` it tells runs apart.
        name: the recipe's.
        init_from: the folder's name of the run that it began from; its own effort alone is counted here.
        shape: unshuffle factor/channels/convolutions.
        precision: that of Fabric, or int8 where the student learns to round.
        steps: that the recipe asks for.
        done: of those.
        gigapixels: displayed pixels seen, in 10⁹.
        hours: wall-clock time.
        validation_psnr: luma PSNR in dB on the pictures held out, the last one measured until 1/4, 1/2, 3/4 and all of
            the steps were done; None of what is not reached.
        best: the highest of all, None before the first.
        recipe_sha256: of ``recipe.toml`` in the folder.
        data_sha256: of the training pictures; only runs with the same ones compare.
        int8_ms: of a 1920×1080 frame through the shape's network, None where it was not timed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    name: str
    seed: int
    init_from: str
    shape: str
    expansion: int
    mac_per_pixel: float
    parameters: int
    optimiser: str
    learning_rate: float
    objective: dict[str, Weight]
    precision: str
    steps: int
    done: int
    gigapixels: float
    hours: float
    validation_psnr: tuple[float | None, ...]
    best: float | None
    recipe_sha256: str
    data_sha256: str
    torch: str
    int8_ms: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Tells runs apart."""
        return self.run, self.recipe_sha256


def record_run(folder: Path) -> RunRecord:
    """Return the record of a run's folder.

    Raises:
        RecipeError: there is no run in it, or it has a recipe that this version does not read.
        RecordError: it has no journal yet.
    """
    recipe = load_recipe(folder / "recipe.toml")
    run = Run(folder)
    journal, environment = run.journal(), run.environment()
    if not journal:
        raise RecordError(f"{folder}: its journal is empty; train until the first line")
    done = journal[-1]["step"]
    validations = {line["step"]: line["validation_psnr"] for line in journal if "validation_psnr" in line}

    def psnr_at(step: float) -> float | None:
        reached = [psnr for at, psnr in validations.items() if at <= step <= done]
        return round(reached[-1], 3) if reached else None

    return RunRecord(
        run=folder.resolve().name,
        name=recipe.name,
        seed=recipe.seed,
        init_from=Path(recipe.init_from).name,
        shape=_shape(recipe.model),
        expansion=recipe.model.expansion,
        mac_per_pixel=recipe.model.mac_per_pixel,
        parameters=recipe.model.parameters,
        optimiser=recipe.optimiser.method,
        learning_rate=recipe.optimiser.learning_rate,
        objective=recipe.objective.active,
        precision=recipe.fabric.precision if recipe.quantisation is None else "int8",
        steps=recipe.optimiser.steps,
        done=done,
        gigapixels=round(done * recipe.data.batch * recipe.data.crop**2 / 1e9, 3),
        hours=round(journal[-1]["seconds"] / 3600, 2),
        validation_psnr=tuple(psnr_at(recipe.optimiser.steps * quarter / 4) for quarter in (1, 2, 3, 4)),
        best=round(max(validations.values()), 3) if validations else None,
        recipe_sha256=hashlib.sha256((folder / "recipe.toml").read_bytes()).hexdigest(),
        data_sha256=environment["data_sha256"],
        torch=environment["packages"]["torch"],
    )


def int8_times(bench: Path) -> dict[str, float]:
    """Return the median milliseconds of a 1920×1080 frame through each shape's int8 network, the ends not counted.

    Raises:
        BenchError: it is no file of bench results.
    """
    rows = read_results(bench).rows
    timed = [row for row in rows if (row.stage, row.precision, row.size) == ("network", "int8", _FRAME)]
    return {row.name: round(row.latency.p50, 1) for row in timed}


def merged(records: Iterable[RunRecord], times: Mapping[str, float]) -> list[RunRecord]:
    """Return one record a run, the last of it, with the times of the shapes; from few MACs to many, the best first."""
    records = list(records)
    times = {record.shape: record.int8_ms for record in records if record.int8_ms is not None} | dict(times)
    latest = {record.key: record.model_copy(update={"int8_ms": times.get(record.shape)}) for record in records}
    return sorted(latest.values(), key=lambda record: (record.mac_per_pixel, -(record.best or 0.0), record.key))


def read_records(path: Path) -> list[RunRecord]:
    """Return a file's records, none where there is no file.

    Raises:
        RecordError: a line is no record.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    try:
        return [RunRecord.model_validate_json(line) for line in lines]
    except ValidationError as error:
        raise RecordError(f"{path}: holds a line that is no run's record ({error.errors()[0]['msg']})") from error


def runs_table(records: Iterable[RunRecord]) -> Table:
    """Return a row a run."""
    quarters = ("after 1/4", "1/2", "3/4", "the end")
    figures = ("shape", "MAC a pixel", "int8 ms", "optimiser", "rate", "objective", "precision", "seed")
    effort = ("steps", "gigapixels", "hours")
    return Table(
        ("run", *figures, *effort, *quarters, "best dB", "pictures"),
        tuple(
            (
                record.run + (f", from {record.init_from}" if record.init_from else ""),
                record.shape + (f" expanded ×{record.expansion}" if record.expansion else ""),
                f"{record.mac_per_pixel:g}",
                "–" if record.int8_ms is None else f"{record.int8_ms:.1f}",
                record.optimiser,
                f"{record.learning_rate:g}",
                ", ".join(_term(name, weight) for name, weight in record.objective.items()),
                record.precision,
                f"{record.seed}",
                f"{record.done}" + (f" of {record.steps}" if record.done < record.steps else ""),
                f"{record.gigapixels:.1f}",
                f"{record.hours:.1f}",
                *(_decibels(psnr) for psnr in record.validation_psnr),
                _decibels(record.best),
                record.data_sha256[:8],
            )
            for record in records
        ),
    )


def fill(text: str, contents: Mapping[str, str]) -> str:
    """Return a page with these contents put between its markers ``<!-- table: NAME -->`` and ``<!-- end of table -->``.

    Raises:
        RecordError: a marker's name has no content.
    """

    def put(match: re.Match[str]) -> str:
        if match["name"] not in contents:
            raise RecordError(f"marker table: got {match['name']}, expected {', '.join(contents)}")
        return match["begin"] + contents[match["name"]] + match["end"]

    return _MARKED.sub(put, text)


def page(text: str, records: Iterable[RunRecord]) -> str:
    """Return ``architecture.md`` with its table filled."""
    return fill(text, {"runs": runs_table(records).to_markdown()})


def _shape(model: StudentShape) -> str:
    return f"{model.unshuffle}/{model.channels}/{model.convolutions}"


def _term(name: str, weight: Weight) -> str:
    every = f" every {weight.every}" if weight.every > 1 else ""
    return f"{weight.weight:g} {name}{every}" + (f" after {weight.start}" if weight.start else "")


def _decibels(psnr: float | None) -> str:
    return "–" if psnr is None else f"{psnr:.3f}"


def main() -> None:
    """Record the runs that are named, and write the table of all."""
    parser = argparse.ArgumentParser(description="The table of everything tried, from the runs' folders.")
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="a run's folder")
    parser.add_argument("--times", type=Path, metavar="BENCH.json", help="what acutance bench --shapes … --json wrote")
    parser.add_argument("--page", type=Path, default=HERE / "architecture.md", metavar="PAGE.md")
    parser.add_argument("--records", type=Path, default=HERE / "results" / "runs.jsonl", metavar="F.jsonl")
    asked = parser.parse_args()
    try:
        recorded = [*read_records(asked.records), *map(record_run, asked.runs)]
        records = merged(recorded, int8_times(asked.times) if asked.times else {})
        text = page(asked.page.read_text(encoding="utf-8"), records)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    lines = (record.model_dump_json(exclude_none=True) + "\n" for record in records)
    asked.records.write_text("".join(lines), encoding="utf-8")
    asked.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
