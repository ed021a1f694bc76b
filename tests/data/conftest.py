"""A web site on this machine, that breaks off, ignores and lies as it is told."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Page:
    """What the site has under one address, and how it sends it.

    Attributes:
        cuts: bytes after which each answer in turn breaks off; answers beyond them are whole.
        validators: the headers by which a client tells this version from another.
    """

    content: bytes
    cuts: list[int] = field(default_factory=list)
    validators: dict[str, str] = field(default_factory=lambda: {"ETag": '"1"'})
    knows_ranges: bool = True
    tells_length: bool = True
    moved_to: str | None = None


@dataclass
class Site:
    """Pages by path, and the Range headers of the requests that came, by arrival."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def put(self, path: str, content: bytes) -> Page:
        self.pages[path] = Page(content)
        return self.pages[path]


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError):
                _answer(self, pages_of)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages_of = Site(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield pages_of
    server.shutdown()
    thread.join()
    server.server_close()


def _answer(request: BaseHTTPRequestHandler, site: Site) -> None:
    path, asked = request.path.lstrip("/"), request.headers["Range"]
    site.requests.append((path, asked))
    page = site.pages.get(path)
    if page is None:
        request.send_error(404)
        return
    if page.moved_to is not None:
        request.send_response(302)
        request.send_header("Location", page.moved_to)
        request.end_headers()
        return
    first = 0
    if asked and page.knows_ranges and request.headers["If-Range"] in page.validators.values():
        first = int(asked.removeprefix("bytes=").removesuffix("-"))
    rest = page.content[first:]
    request.send_response(206 if first else 200)
    for name, value in page.validators.items():
        request.send_header(name, value)
    if first:
        request.send_header("Content-Range", f"bytes {first}-{len(page.content) - 1}/{len(page.content)}")
    if page.tells_length:
        request.send_header("Content-Length", str(len(rest)))
    request.end_headers()
    request.wfile.write(rest[: page.cuts.pop(0)] if page.cuts else rest)
