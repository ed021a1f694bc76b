"""`acutance live`: a clip at its own pace through the students."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acutance.cli import jobs
from acutance.cli.console import SOME_FAILED, complain, fail, note
from acutance.cli.sharpen import parse_size
from acutance.cli.streams import ASSUMED_SCALE, Stream, follow, look_at

if TYPE_CHECKING:
    from acutance.live import Player
    from acutance.live.window import Window
    from acutance.video import ClipInfo

AUTO = "auto"
_ASSUMED_RATE = 30.0


@jobs.stoppable()
def live(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A clip.")],
    model: Annotated[
        str, typer.Option(help="auto for the best tier that there is time for, or a model's name or file to stay with.")
    ] = AUTO,
    size: Annotated[
        str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Enlarge to this size first, bicubically.")
    ] = None,
    strength: Annotated[float, typer.Option(help="0 leaves everything as it is, 1 is the model's own, up to 2.")] = 1.0,
    fps: Annotated[
        float | None,
        typer.Option(min=1, max=240, help="Frames a second to play at.  [default: the clip's]", show_default=False),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="How long to play; a shorter clip begins anew.  [default: until the window is closed; headless, once]",
            show_default=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, gpu, npu, ort-cpu, cuda, directml or coreml.")] = "cpu",
    precision: Annotated[str, typer.Option(help="As in sharpen.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.  [default: all]", show_default=False)] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Play a clip through the students in real time, without its sound.

    Where a frame takes too long the newest one wins, and those between are dropped and counted. With --model auto a
    cheaper tier takes over, then half the frames are left out, then frames pass through as they are; and back.
    """
    from acutance.live import Player, Playing, Stage
    from acutance.runtime import CardError, ModelError, Sharpener
    from acutance.runtime.auto import calibrate, seconds_a_frame
    from acutance.runtime.budget import TimeBudget
    from acutance.video import ClipError, probe_clip

    choice = budget = window = selection = None
    try:
        info = probe_clip(clip)
        enlarged = None if size is None else parse_size(size)
        width, height = enlarged or (info.width, info.height)
        stated = None if enlarged is None else max(1.0, (width * height / (info.width * info.height)) ** 0.5)
        rate = float(info.rate or _ASSUMED_RATE)

        def load(name: str) -> Sharpener:
            nonlocal selection
            tier = Sharpener.load(name, stated or ASSUMED_SCALE, strength, device, precision, threads)
            if tier.card is not None and tier.card.conditions:
                selection = follow(tier, stream())
            return tier

        @cache
        def stream() -> Stream:
            return look_at(clip, scale=stated, enlarges=enlarged is not None, threads=threads)

        with _first_warning_as_note():
            if model == AUTO:
                tiers, choice = calibrate(load, fps=fps or rate, size=(width, height), all_of_them=True)
                budget = TimeBudget([tier.milliseconds / 1000 for tier in choice.tiers], fps or rate)
                note(str(choice))
            else:
                tiers = [load(model)]
                seconds_a_frame(tiers[0], (width, height), allowed=0.0)  # compiles it
        if selection is not None:
            note(str(selection))
        stage = Stage(tiers, budget, rotation=info.rotation, on_change=lambda change: note(str(change)))
        played = seconds if seconds is not None or headless else float("inf")
        playing = Playing(clip, rate, fps, enlarged, played, threads)
        player = Player(playing, stage, shows=not headless)
        if not headless:
            window = _window(player, info, enlarged, clip.name)
    except (ClipError, ModelError, CardError, ValueError) as error:
        fail(error)
    _play(player, window)
    try:
        report = player.report()
    except (ClipError, ModelError) as error:
        fail(error, SOME_FAILED)
    for line in report.notes:
        note(f"{clip}: {line}")
    if as_json:
        chosen = {"choice": choice and asdict(choice), "selection": selection and asdict(selection)}
        print(json.dumps(chosen | asdict(report), indent=2))
    else:
        print(report)


def _play(player: "Player", window: "Window | None") -> None:
    """Play until the clip is over, the window is closed, or Ctrl-C."""
    player.start()
    try:
        if window is None:
            player.wait()
        else:
            window.run()
    except KeyboardInterrupt:
        complain("stopped")
    finally:
        player.stop()


def _window(player: "Player", info: "ClipInfo", size: tuple[int, int] | None, title: str) -> "Window":
    """Open the window.

    Raises:
        WindowError: there is no display.
    """
    try:
        from acutance.live.window import Window
    except ImportError:
        fail(
            "this Python has no tkinter, which the window is made with: install python3-tk (Debian, Ubuntu), "
            "python3-tkinter (Fedora) or python-tk (Homebrew), or use --headless"
        )
    from acutance.live.shape import Shape

    player.stage.wipe = 0.5
    return Window(player, Shape.of(info, size), title)


@contextmanager
def _first_warning_as_note() -> Iterator[None]:
    """Say once what a plain student, which is trained for one scale, warns of."""
    from acutance.runtime import ScaleWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ScaleWarning)
        yield
    for warning in caught[:1]:
        note(str(warning.message))
