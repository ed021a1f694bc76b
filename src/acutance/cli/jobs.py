"""From IN and OUT to a list of files to do, each checked before any is begun."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from acutance.cli.console import SOME_FAILED, complain, fail, note, one_line


@dataclass(frozen=True)
class Job:
    """One file in, one file out."""

    source: Path
    target: Path


@contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does, and say so where it comes before any file is begun (see `run` for later)."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        fail("stopped before any file was begun")
    finally:
        signal.signal(signal.SIGTERM, before)


def plan(source: Path, target: Path, suffixes: frozenset[str], *, overwrite: bool, resume: bool = False) -> list[Job]:
    """Return what is to be done, in order; a folder in means a folder out, sub-folders kept.

    Resuming leaves out, with a note, what is there already: outputs appear when they are whole.

    Exits with one line where nothing can be begun: no such input, no usable file in it, an output that is there
    already, that is the input itself, or that lies outside the output folder through a link in it.
    """
    try:
        jobs = _plan_folder(source, target, suffixes) if source.is_dir() else _plan_file(source, target, suffixes)
        for job in jobs:
            if job.target.exists() and job.target.samefile(job.source):
                fail(f"{job.target}: is the input itself; give another output")
            if not (overwrite or resume) and _is_there(job.target):
                fail(f"{job.target}: is there already; give another output, or --overwrite")
        left = [job for job in jobs if overwrite or not _is_there(job.target)]
    except OSError as error:
        fail(f"{error.filename or source}: cannot be looked at ({error.strerror}); give another path")
    if len(left) < len(jobs):
        note(f"{len(jobs) - len(left)} of {len(jobs)} outputs are there already and stay as they are")
    return left


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


@dataclass(frozen=True)
class Failure:
    """A job that could not be done, and why."""

    job: Job
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of the jobs: those in neither list are done; `left` were not, as the user stopped."""

    failures: list[Failure] = field(default_factory=list)
    left: list[Job] = field(default_factory=list)


def run(jobs: list[Job], work: Callable[[Job], None], errors: tuple[type[Exception], ...]) -> Outcome:
    """Do every job; one that fails gets its line and does not stop the others, Ctrl-C does."""
    outcome = Outcome()
    for index, job in enumerate(jobs):
        try:
            job.target.parent.mkdir(parents=True, exist_ok=True)
            work(job)
        except errors as error:
            outcome.failures.append(_failure(job, error))
        except OSError as error:
            outcome.failures.append(_failure(job, f"{error.filename or job.target}: {error.strerror or error}"))
        except KeyboardInterrupt as stop:
            outcome.left.extend(jobs[index:])
            done = index - len(outcome.failures)
            where = f"; {stop}" if str(stop) else ""
            complain(f"stopped at {job.source}: {done} of {len(jobs)} files are done, nothing is half-written{where}")
            break
    return outcome


def finish(outcome: Outcome, total: int) -> None:
    """Exit with 1 where some jobs were not done."""
    if outcome.failures and total > 1:
        complain(f"{len(outcome.failures)} of {total} files failed")
    if outcome.failures or outcome.left:
        raise typer.Exit(SOME_FAILED)


def _failure(job: Job, reason: object) -> Failure:
    complain(reason)
    return Failure(job, one_line(reason))


def _plan_file(source: Path, target: Path, suffixes: frozenset[str]) -> list[Job]:
    if not source.exists():
        fail(f"{source}: there is no such file or folder")
    if not source.is_file():
        fail(f"{source}: is no regular file; give a picture, a clip or a folder")
    if source.suffix.lower() not in suffixes:
        fail(f"{source}: got the suffix {source.suffix!r}, expected one of {' '.join(sorted(suffixes))}")
    if target.is_dir():
        fail(f"{target}: is a folder; name the output file, such as {target / source.name}")
    if target.suffix.lower() not in suffixes:
        fail(f"{target}: got the suffix {target.suffix!r}, expected one of {' '.join(sorted(suffixes))}")
    if not target.absolute().parent.is_dir():
        fail(f"{target}: there is no folder {target.absolute().parent}; make it first")
    return [Job(source, target)]


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
    root = target.resolve()
    for job in jobs:
        if not job.target.parent.resolve().is_relative_to(root):
            fail(f"{job.target}: lies outside {target} through a link in it; give another output folder")
    return jobs
