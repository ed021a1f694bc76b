"""The window, on a real display: the one that there is, or a virtual one."""

import gc
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from acutance import Sharpener
from acutance.live import Player, Playing, Stage
from acutance.live.shape import Shape
from acutance.video import probe_clip

pytest.importorskip("tkinter", reason="this Python has no tkinter")

from acutance.live.window import Window, WindowError

OpenWindow = Callable[[], tuple[Window, Player]]


@pytest.fixture(scope="module")
def display() -> Iterator[None]:
    """Have $DISPLAY name a display."""
    if os.environ.get("DISPLAY"):
        yield
        return
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("there is no display, and no Xvfb to make one")
    reading, writing = os.pipe()
    words = [program, "-displayfd", str(writing), "-screen", "0", "800x600x24"]
    with (
        subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL) as server,
        os.fdopen(reading) as numbers,
    ):
        os.close(writing)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DISPLAY", f":{numbers.readline().strip()}")
            yield
        server.terminate()


@pytest.fixture
def open_window(clip: Path, display: None) -> Iterator[OpenWindow]:
    """Open a window on a player of a clip; nothing runs yet."""

    def opened() -> tuple[Window, Player]:
        stage = Stage([Sharpener.load("unsharp")])
        stage.wipe = 0.5
        player = Player(Playing(clip, 25.0, seconds=60.0), stage, shows=True)
        return Window(player, Shape.of(probe_clip(clip), None), clip.name), player

    yield opened
    gc.collect()  # Tcl aborts where another thread is the one to collect its interpreter


def _use(window: Window, player: Player, *deeds: Callable[[], object]) -> None:
    """Run the window and do this and that in it, 150 ms apart; then close it."""
    for index, deed in enumerate((*deeds, window._root.destroy), start=3):
        window._root.after(150 * index, deed)
    player.start()
    try:
        window.run()
    finally:
        player.stop()


def test_it_shows_the_frames_and_a_badge(open_window: OpenWindow) -> None:
    window, player = open_window()
    seen: list[object] = []
    _use(
        window,
        player,
        lambda: seen.append(window._canvas.tk.call(window._canvas, "itemcget", window._badge, "-text")),
        lambda: seen.append(len(set(map(tuple, _colours(window))))),
    )
    report = player.report()
    assert str(seen[0]).startswith("unsharp\nunsharp mask on cpu in f32\n")
    assert "dropped" in str(seen[0])
    assert isinstance(seen[1], int)
    assert seen[1] > 10  # blocks of many colours, not one grey
    assert sum(report.sharpened.values()) > report.unshown


def test_keys_move_the_wipe_and_the_strength(open_window: OpenWindow) -> None:
    window, player = open_window()
    keys = ("<Right>", "<Right>", "<Down>")
    _use(window, player, window._root.focus_force, *(partial(window._root.event_generate, key) for key in keys))
    assert player.stage.wipe == pytest.approx(0.54)
    assert player.stage.strength == pytest.approx(0.9)


def test_the_strength_stays_in_its_range(open_window: OpenWindow) -> None:
    window, player = open_window()
    up = partial(window._root.event_generate, "<Up>")
    _use(window, player, window._root.focus_force, partial(window._slider.set, 1.95), up)
    assert player.stage.strength == 2.0


def test_the_mouse_moves_the_wipe(open_window: OpenWindow) -> None:
    window, player = open_window()
    _use(window, player, lambda: window._canvas.event_generate("<Button-1>", x=0, y=5))
    assert player.stage.wipe == 0.0


def test_the_window_closes_when_the_clip_is_over(open_window: OpenWindow) -> None:
    window, player = open_window()
    window._root.after(300, player.stop)
    player.start()
    window.run()
    assert player.is_over


def test_ctrl_c_closes_it(open_window: OpenWindow) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    window, player = open_window()
    with pytest.raises(KeyboardInterrupt):
        _use(window, player, interrupt)


def test_without_a_display_it_says_what_to_do(clip: Path, display: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    player = Player(Playing(clip, 25.0), Stage([Sharpener.load("identity")]), shows=True)
    with pytest.raises(WindowError, match=r"no window can be opened .* use --headless"):
        Window(player, Shape.of(probe_clip(clip), None), clip.name)


def _colours(window: Window) -> list[tuple[int, int, int]]:
    photo = window._photo
    assert photo is not None
    tk_photo = window._root.tk
    return [
        tuple(map(int, tk_photo.splitlist(tk_photo.call(str(photo), "get", x, y))))  # type: ignore[misc]
        for x in range(0, photo.width(), 8)
        for y in range(0, photo.height(), 8)
    ]
