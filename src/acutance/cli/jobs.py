"""From IN and OUT to a list of files to do, each checked before any is begun."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer

from acutance.cli.console import SOME_FAILED, complain, fail


@dataclass(frozen=True)
class Job:
    """One file in, one file out."""

    source: Path
    target: Path


def plan(source: Path, target: Path, suffixes: frozenset[str], *, overwrite: bool) -> list[Job]:
    """Return what is to be done, in order; a folder in means a folder out, sub-folders kept.

    Exits with one line where nothing can be begun: no such input, no usable file in it, an output that is there
    already, or one that is the input itself.
    """
    if not source.exists():
        fail(f"{source}: there is no such file or folder")
    if source.is_dir():
        jobs = _plan_folder(source, target, suffixes)
    else:
        if source.suffix.lower() not in suffixes:
            fail(f"{source}: got the suffix {source.suffix!r}, expected one of {' '.join(sorted(suffixes))}")
        if target.is_dir():
            fail(f"{target}: is a folder; name the output file, such as {target / source.name}")
        if target.suffix.lower() not in suffixes:
            fail(f"{target}: got the suffix {target.suffix!r}, expected one of {' '.join(sorted(suffixes))}")
        if not target.absolute().parent.is_dir():
            fail(f"{target}: there is no folder {target.absolute().parent}; make it first")
        jobs = [Job(source, target)]
    for job in jobs:
        if job.target.exists() and job.target.samefile(job.source):
            fail(f"{job.target}: is the input itself; give another output")
        if job.target.exists() and not overwrite:
            fail(f"{job.target}: is there already; give another output, or --overwrite")
    return jobs


@dataclass(frozen=True)
class Failure:
    """A job that could not be done, and why."""

    job: Job
    reason: str


def run(jobs: list[Job], work: Callable[[Job], None], errors: tuple[type[Exception], ...]) -> list[Failure]:
    """Do every job; one that fails gets its line and does not stop the others."""
    failures = []
    for job in jobs:
        try:
            job.target.parent.mkdir(parents=True, exist_ok=True)
            work(job)
        except (*errors, OSError) as error:
            complain(error)
            failures.append(Failure(job, " ".join(str(error).split())))
    return failures


def finish(failures: list[Failure], total: int) -> None:
    """Exit with 1 where some jobs failed."""
    if failures:
        if total > 1:
            complain(f"{len(failures)} of {total} files failed")
        raise typer.Exit(SOME_FAILED)


def _plan_folder(source: Path, target: Path, suffixes: frozenset[str]) -> list[Job]:
    from acutance.pictures.folders import files_below

    if target.exists() and not target.is_dir():
        fail(f"{target}: is a file; the input is a folder, so give a folder to write to")
    if target.resolve() == source.resolve():
        fail(f"{target}: is the input itself; give another output folder")
    if target.resolve().is_relative_to(source.resolve()):
        fail(f"{target}: lies inside the input folder; give another output folder")
    jobs = [Job(source / name, target / name) for name in files_below(source, suffixes)]
    if not jobs:
        fail(f"{source}: holds no file with one of the suffixes {' '.join(sorted(suffixes))}")
    return jobs
