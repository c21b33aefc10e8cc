"""The page behind its door, on a real address."""

import socket
import stat

import httpx
import pytest

pytest.importorskip("starlette", reason="pip install 'impasto[studio]'")

from impasto.studio.page.server import secret_of, served
from impasto.studio.room import Limits
from impasto.studio.studio import Studio
from studio_parts import ANNA, QUICK, ended, ordered


@pytest.fixture
def place(tmp_path, nearby):
    """A studio of nobody's in particular, and a client of it."""
    studio = Studio(tmp_path / "run", Limits(patience=0.5))
    with (
        served(studio, "127.0.0.1", 0, {}) as address,
        httpx.Client(base_url=address, timeout=240) as client,
    ):
        yield studio, client


def test_a_foreign_name_or_page_gets_nothing(place):
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert place[1].get("api/jobs", headers=headers).status_code == 403
    assert place[1].get("api/jobs").status_code == 200


def test_the_page_is_whole_and_asks_for_nothing_from_elsewhere(place):
    page = place[1].get("/").text
    asked = [part.split('"')[0] for part in page.split('src="')[1:] + page.split('href="')[1:]]
    files = [each for each in asked if each.startswith("/")]
    assert {each for each in asked if not each.startswith(("/", "#"))} == set()
    assert len(files) == 3
    for path in files:
        answer = place[1].get(path)
        assert answer.status_code == 200
        assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
        again = place[1].get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    for path in ("/static/../server.py", "/static/x", "/etc/passwd", "/api/nothing"):
        assert place[1].get(path).status_code == 404


@pytest.mark.parametrize("left", ["", "abc", "ü" * 48])
def test_a_secret_that_is_none_is_made_anew(tmp_path, left):
    (tmp_path / "secret").write_text(left, encoding="latin-1")
    found = secret_of(tmp_path)
    assert (len(found), secret_of(tmp_path)) == (48, found)
    assert found.isascii()
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_what_is_half_sent_is_dropped(place):
    host, port = place[1].base_url.host, place[1].base_url.port
    head = b"POST /api/steer HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    kind = b"Content-Type: application/json\r\nContent-Length: 20\r\n\r\n"
    for begun in (b"", b"GET / HT", head + kind + b"{"):
        with socket.create_connection((host, port), timeout=60) as connection:
            connection.sendall(begun)
            message = b""
            while piece := connection.recv(4096):  # the other side ends it
                message += piece
        assert (b" 408 " in message) == (b"{" in begun)


def test_all_that_is_kept_is_its_owners_alone(place, tmp_path):
    studio, client = place
    job = ordered(studio, tmp_path, asked=QUICK)
    assert ended(studio, ANNA, job.id).state == "done"
    client.get("/")
    paths = [path for path in studio.folder.rglob("*") if path.name != "lock"]
    assert len(paths) > 10
    for path in paths:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
