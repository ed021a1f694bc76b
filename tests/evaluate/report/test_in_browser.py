"""The report in a real browser: headless Chromium, driven over the DevTools protocol's pipe."""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acutance.evaluate.report import Example, write_report
from acutance.evaluate.rows import Row

MakeRows = Callable[..., list[Row]]
MakeExamples = Callable[[list[Row], str], list[Example]]

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-pipe"
)
_PATIENCE = 20.0
# Root's Chromium makes threads of its own real-time, which on a machine of few cores can starve everything else.
_WITHOUT_REALTIME = "setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice"

pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium on the path (Debian: apt-get install chromium)")


class Browser:
    """A page of a Chromium of its own.

    Attributes:
        complaints: what the console said of errors and warnings, exceptions, and requests that were not for a file.
    """

    def __init__(self, profile: Path) -> None:
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # Chromium takes commands from descriptor 3 and answers on 4; above 9 the pipes' own ends are not in their way.
        high_ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (commands, answers)]
        words = [str(_CHROMIUM), *_FLAGS.split(), f"--user-data-dir={profile}"]
        if os.geteuid() == 0 and shutil.which("setpriv"):
            words = [*_WITHOUT_REALTIME.split(), *words]
        self._process = os.posix_spawnp(
            words[0],
            words,
            os.environ,
            setpgroup=0,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, high_ends[0], 3),
                (os.POSIX_SPAWN_DUP2, high_ends[1], 4),
            ],
        )
        for end in (commands, answers, *high_ends):
            os.close(end)
        self._buffer = b""
        self._sent = 0
        self._events: list[str] = []
        self._session: str | None = None
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self._session = None
        self.call("Browser.close")
        deadline = time.monotonic() + _PATIENCE
        while os.waitpid(self._process, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.killpg(self._process, signal.SIGKILL)
            time.sleep(0.05)
        os.close(self._commands)
        os.close(self._answers)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next_message()
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, path: Path, width: int = 1200, height: int = 800) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self._events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while "Page.loadEventFired" not in self._events:
            self._next_message()

    def ask(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def mouse(self, kind: str, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def press(self, key: str, code: int) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def _next_message(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"Chromium said nothing for {_PATIENCE:g} seconds"
            received = os.read(self._answers, 1 << 20)
            assert received, "Chromium ended"
            self._buffer += received
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, event: str, details: dict[str, Any]) -> None:
        self._events.append(event)
        is_complaint = event in ("Runtime.exceptionThrown", "Log.entryAdded") or (
            event == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert")
        )
        url = details.get("request", {}).get("url", "file:") if event == "Network.requestWillBeSent" else "file:"
        if is_complaint or not url.startswith(("file:", "data:")):
            self.complaints.append(f"{event}: {details}"[:500])


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def report(make_rows: MakeRows, make_examples: MakeExamples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with all that a page can have, long and hostile names among it."""
    long = "anamewithoutend" * 7
    gains = {category: [0.5, -0.2, 1.0, 2.0] for category in ("animals", "text", long)}
    rows = make_rows({"<img src=x onerror=alert(1)>": gains, long: gains}, data=long)
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(rows, make_examples(rows, long), path, costs={long: 5000.0})
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_opens_from_a_file_without_complaint(browser: Browser, report: Path, width: int, scheme: str) -> None:
    browser.complaints.clear()
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(report, width)
    assert browser.ask("Promise.all([...document.images].map(image => image.decode())).then(() => true)")
    assert browser.complaints == []


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_the_page_is_never_wider_than_the_screen(browser: Browser, report: Path, width: int) -> None:
    browser.open(report, width)
    browser.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.ask("document.querySelectorAll('.zoom').forEach(one => one.click())")
    assert browser.ask("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_dark_mode_is_dark(browser: Browser, report: Path) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.open(report)
    shade = browser.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert max(shade[:3]) < 60


def place_of_slider(browser: Browser) -> tuple[float, float, float]:
    """Scroll to the first slider and return its left edge, its width and its middle's height."""
    left, width, middle = browser.ask(
        "(() => { const stage = document.querySelector('.compare'); stage.scrollIntoView({block: 'center'});"
        "const box = stage.getBoundingClientRect(); return [box.left, box.width, box.top + box.height / 2]; })()"
    )
    return left, width, middle


def shown_share(browser: Browser) -> float:
    """Return which share of the stage, from the left, the displayed picture really covers."""
    cut = browser.ask("getComputedStyle(document.querySelector('.compare .displayed')).clipPath")
    hidden = re.search(r"([\d.]+)%", cut)
    assert hidden, cut
    return 1.0 - float(hidden[1]) / 100.0


def test_the_slider_moves_by_mouse(browser: Browser, report: Path) -> None:
    browser.open(report)
    left, width, middle = place_of_slider(browser)
    browser.mouse("mousePressed", left + 0.5 * width, middle)
    browser.mouse("mouseMoved", left + 0.6 * width, middle)
    browser.mouse("mouseMoved", left + 0.8 * width, middle)
    assert shown_share(browser) == pytest.approx(0.8, abs=0.02)  # before the button is let go
    browser.mouse("mouseReleased", left + 0.8 * width, middle)


def test_the_slider_moves_by_keyboard(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.ask("document.querySelector('.compare input').focus()")
    for _ in range(5):
        browser.press("ArrowLeft", 37)
    assert shown_share(browser) == pytest.approx(0.45)


def test_the_slider_is_reached_by_tab_and_shows_it(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.ask("document.querySelector('nav a:last-child').focus()")
    browser.press("Tab", 9)
    assert browser.ask("document.activeElement.matches('.compare input')")
    assert (
        browser.ask("getComputedStyle(document.querySelector('.compare .handle'), '::after').outlineStyle") == "solid"
    )


def test_crops_are_drawn_pixel_by_pixel_only_when_enlarged(browser: Browser, report: Path) -> None:
    browser.open(report)
    drawing = (
        "(image => [image.getBoundingClientRect().width, getComputedStyle(image).imageRendering])"
        "(document.querySelector('.strip img'))"
    )
    before = browser.ask(drawing)
    browser.ask("document.querySelector('.zoom').click()")
    assert (before, browser.ask(drawing)) == ([100, "auto"], [200, "pixelated"])
