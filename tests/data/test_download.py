import hashlib
import http.client
import io
import random
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from acutance.data.download import DownloadError, SafeRedirects, download

if TYPE_CHECKING:
    from tests.data.conftest import Site

CONTENT = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ROOM = 400_000


def get(
    site: "Site", path: Path, sha256: str | None = SHA256, advance: Callable[[int], None] = lambda received: None
) -> str:
    return download(site.url + "a.zip", path, sha256=sha256, at_most=ROOM, advance=advance)


def interrupt_at(bytes_there: int) -> Callable[[int], None]:
    def advance(received: int) -> None:
        if received >= bytes_there:
            raise KeyboardInterrupt

    return advance


def test_a_file_arrives_whole_and_alone(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT)
    get(site, tmp_path / "a")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": CONTENT}


def test_the_hash_is_returned_where_none_is_known(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT)
    assert get(site, tmp_path / "a", sha256=None) == SHA256


def test_progress_ends_at_the_size(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT)
    told: list[int] = []
    get(site, tmp_path / "a", advance=told.append)
    assert told == sorted(told)
    assert told[-1] == len(CONTENT)


def test_a_cut_connection_is_gone_on_with(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT).cuts = [100_000, 50_000]
    get(site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert [asked for _, asked in site.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_an_interrupted_download_is_gone_on_with_by_the_next_call(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT)
    with pytest.raises(KeyboardInterrupt):
        get(site, tmp_path / "a", advance=interrupt_at(131_072))
    assert not (tmp_path / "a").exists()
    get(site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert site.requests[1][1] == "bytes=131072-"


def test_a_file_that_changed_meanwhile_is_begun_anew(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", bytes(len(CONTENT)))
    with pytest.raises(KeyboardInterrupt):
        get(site, tmp_path / "a", advance=interrupt_at(131_072))
    site.put("a.zip", CONTENT).validators = {"ETag": '"2"'}
    get(site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


@pytest.mark.parametrize("validators", [{}, {"ETag": 'W/"1"'}])
def test_without_a_strong_validator_nothing_is_gone_on_with(
    site: "Site", tmp_path: Path, validators: dict[str, str]
) -> None:
    page = site.put("a.zip", CONTENT)
    page.validators, page.cuts = validators, [100_000]
    get(site, tmp_path / "a")
    assert [asked for _, asked in site.requests] == [None, None]


def test_a_date_serves_where_there_is_no_etag(site: "Site", tmp_path: Path) -> None:
    page = site.put("a.zip", CONTENT)
    page.validators, page.cuts = {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, [100_000]
    get(site, tmp_path / "a")
    assert site.requests[1][1] == "bytes=100000-"


def test_a_server_that_ignores_ranges_is_borne_with(site: "Site", tmp_path: Path) -> None:
    page = site.put("a.zip", CONTENT)
    page.knows_ranges, page.cuts = False, [100_000]
    get(site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_file_that_never_ends_is_given_up_and_kept_for_later(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT).cuts = [100_000, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"100,000 bytes .* run it again"):
        get(site, tmp_path / "a")
    assert (tmp_path / "a.part").stat().st_size == 100_000


def test_a_wrong_checksum_leaves_nothing(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT)
    with pytest.raises(DownloadError, match=f"got a file with the SHA-256 {SHA256}, expected 0000"):
        get(site, tmp_path / "a", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_right_is_not_asked_for(site: "Site", tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    get(site, tmp_path / "a")
    assert site.requests == []


def test_a_file_that_is_wrong_is_replaced(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", CONTENT)
    (tmp_path / "a").write_bytes(b"an older one")
    get(site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_missing_file_is_said_in_one_line(site: "Site", tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"^\S+a\.zip: the server answers 404 Not Found$"):
        get(site, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tells_length", [True, False])
def test_a_file_that_is_too_large_is_refused(site: "Site", tmp_path: Path, tells_length: bool) -> None:
    site.put("a.zip", bytes(ROOM + 1)).tells_length = tells_length
    with pytest.raises(DownloadError, match="400,000"):
        get(site, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_followed(site: "Site", tmp_path: Path) -> None:
    site.put("a.zip", b"").moved_to = "/b.zip"
    site.put("b.zip", CONTENT)
    get(site, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("target", "says"),
    [("ftp://127.0.0.1/b.zip", "is redirected to ftp"), ("file:///etc/passwd", "the server answers 302")],
)
def test_a_redirect_out_of_http_is_refused(site: "Site", tmp_path: Path, target: str, says: str) -> None:
    site.put("a.zip", b"").moved_to = target
    with pytest.raises(DownloadError, match=says):
        get(site, tmp_path / "a", sha256=None)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_from_https_to_http_is_refused() -> None:
    request = urllib.request.Request("https://example.org/a.zip")
    with pytest.raises(DownloadError, match="expected an https address"):
        SafeRedirects().redirect_request(
            request, io.BytesIO(), 302, "Found", http.client.HTTPMessage(), "http://example.org/a.zip"
        )
