"""One file over HTTP: resumed where it was cut off, checked against its SHA-256, under its name only when whole."""

import hashlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from acutance.data.fetched import DataError

_TIMEOUT = 30.0
_TRIES_WITHOUT_PROGRESS = 3
_BLOCK = 1 << 16
_CONTENT_RANGE = re.compile(r"bytes (?P<first>\d+)-\d+/(?P<total>\d+|\*)")


class DownloadError(DataError):
    """A file that did not arrive, or arrived as another one; the message names the URL and what to do."""


class _CutOffError(Exception):
    """The connection ended early; asking again may help."""


def download(
    url: str,
    path: Path,
    *,
    sha256: str | None,
    at_most: int,
    advance: Callable[[int], None] = lambda received: None,
) -> str:
    """Download a file, or go on with a download that was cut off; one that is there and right is left as it is.

    What has arrived lies beside the file as ``NAME.part``, and stays there when this fails for a reason that may pass.
    It is gone on with only where the server says that the file is still the same one (If-Range, RFC 9110 §13.1.5).

    Args:
        url: http or https; so are the addresses that it may redirect to, and never http from https.
        path: where the file goes; not touched before it is whole and right. Its folder exists.
        sha256: what the bytes must hash to; None takes them as they come.
        at_most: bytes after which it is refused.
        advance: told how many bytes are there.

    Returns:
        The file's SHA-256.

    Raises:
        DownloadError: it cannot be had, is larger than `at_most`, or has another hash (then nothing of it is kept).
    """
    if path.exists() and (digest := _hash(path)) == (sha256 or digest):
        return digest
    part = path.with_name(f"{path.name}.part")
    failures, most = 0, _size(part)
    while True:
        try:
            _receive(url, part, at_most, advance)
            break
        except (_CutOffError, http.client.HTTPException, OSError) as error:
            received = _size(part)
            failures, most = (0, received) if received > most else (failures + 1, most)
            if failures >= _TRIES_WITHOUT_PROGRESS:
                why = error.reason if isinstance(error, urllib.error.URLError) else error
                raise DownloadError(
                    f"{url}: stopped at {received:,} bytes ({why}); run it again, it goes on from there"
                ) from error
            time.sleep(failures)
    digest = _hash(part)
    if sha256 is not None and digest != sha256:
        _discard(part)
        raise DownloadError(f"{url}: got a file with the SHA-256 {digest}, expected {sha256}; nothing of it was kept")
    part.replace(path)
    _discard(part)
    return digest


class SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects to http and https only, and from https to https: urllib would follow others."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://" if req.type == "https" else ("http://", "https://")):
            fp.close()
            raise DownloadError(f"{req.full_url}: is redirected to {newurl}, expected an {req.type} address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _receive(url: str, part: Path, at_most: int, advance: Callable[[int], None]) -> None:
    """Ask for what is missing of the file and append it."""
    headers = {"User-Agent": "acutance", "Accept-Encoding": "identity"}
    begun, validator = _size(part), _read_validator(part)
    if begun and validator:
        headers |= {"Range": f"bytes={begun}-", "If-Range": validator}
    opener = urllib.request.build_opener(SafeRedirects())
    try:
        response = opener.open(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            _discard(part)
        elif error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise DownloadError(f"{url}: the server answers {error.code} {error.reason}") from error
        raise
    with response:
        begun, total = _extent(url, response, begun)
        if total is not None and total > at_most:
            _discard(part)
            raise DownloadError(f"{url}: has {total:,} bytes, expected at most {at_most:,}")
        with part.open("ab" if begun else "wb") as file:
            if not begun:
                _write_validator(part, response.headers)
            while block := response.read(_BLOCK):
                begun += len(block)
                if begun > at_most:
                    break
                file.write(block)
                advance(begun)
            file.flush()
            os.fsync(file.fileno())
    if begun > at_most:
        _discard(part)
        raise DownloadError(f"{url}: has more than the {at_most:,} bytes expected")
    if total is not None and begun < total:
        raise _CutOffError(f"the connection ended before the file's {total:,} bytes")


def _extent(url: str, response: http.client.HTTPResponse, asked: int) -> tuple[int, int | None]:
    """Return at which byte the answer begins, and the whole file's size where the server tells it."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0, response.length
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if match is None or int(match["first"]) != asked:
        raise DownloadError(f"{url}: the server sends another part of the file than was asked for")
    return asked, None if match["total"] == "*" else int(match["total"])


def _validator_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.validator")


def _write_validator(part: Path, headers: http.client.HTTPMessage) -> None:
    """Note down what tells this version of the file from another; a weak ETag does not."""
    etag = headers.get("ETag", "")
    validator = headers.get("Last-Modified", "") if not etag or etag.startswith("W/") else etag
    _validator_path(part).write_text(validator, "utf-8")


def _read_validator(part: Path) -> str:
    path = _validator_path(part)
    return path.read_text("utf-8") if path.exists() else ""


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _validator_path(part).unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
