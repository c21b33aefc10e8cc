"""The page without a browser: its interface for programs, and what it refuses."""

import http.server
import json
import threading
import urllib.error
import urllib.request
import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'impasto[studio]'")

from impasto.errors import RunError
from impasto.image import read_picture
from impasto.studio.room import Limits
from impasto.studio.studio import Studio
from studio_parts import photo_file, style_file, until
from test_studio_intake import claimed_png

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of Gradio and its server are not ours to mend
]

QUICK = json.dumps({"preset": "quick", "size": 32, "steps": 2})
LONG = json.dumps({"preset": "quick", "size": 32, "steps": 2000})
USERS = {"anna": "apple", "bert": "birch"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def place(home):
    """A studio with two users, and its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from impasto.studio.page.server import served

        studio = Studio(home / "run", Limits(megabytes=2, megapixels=0.5, side=256))
        with served(studio, "127.0.0.1", 0, USERS) as address:
            yield studio, address


def client_of(place, name, folder):
    from gradio_client import Client

    login = (name, USERS[name])
    patience = {"timeout": 240}
    return Client(
        place[1], auth=login, verbose=False, download_files=str(folder), httpx_kwargs=patience
    )


@pytest.fixture(scope="module")
def anna(place, home):
    return client_of(place, "anna", home / "anna")


@pytest.fixture(scope="module")
def bert(place, home):
    return client_of(place, "bert", home / "bert")


def order(client, folder, options=QUICK):
    from gradio_client import handle_file

    photo, style = handle_file(str(photo_file(folder))), handle_file(str(style_file(folder)))
    return client.predict(photo, [style], options, api_name="/paint")


def ended(client, name):
    def done():
        found = client.predict(name, api_name="/job")
        return found if found["state"] not in ("waiting", "running") else None

    return until(done)


def test_a_program_paints_and_fetches_its_own_bytes(place, anna, bert, tmp_path):
    job = order(anna, tmp_path)
    assert job["state"] in ("waiting", "running")
    found = ended(anna, job["job"])
    assert (found["state"], found["number"], found["title"]) == ("done", 2, "lake as stripes")
    assert found["losses"]["total"] > 0
    tiff = anna.predict(job["job"], "tiff", api_name="/result")
    studio = place[0]
    kept = read_picture(studio.shelf.folder(job["job"]) / "result.png")
    assert np.array_equal(read_picture(tiff).levels(16), kept.levels(16))
    path = Path(anna.predict(job["job"], "manifest", api_name="/result"))
    manifest = json.loads(path.read_text())
    assert manifest["options"]["steps"] == 2
    name = job["job"]
    for call in (("/job", name), ("/steer", name, "remove"), ("/result", name, "png")):
        with pytest.raises(Exception, match="no such job here, or it is not yours"):
            bert.predict(*call[1:], api_name=call[0])
    assert name not in [each["job"] for each in bert.predict(api_name="/jobs")]
    assert name in [each["job"] for each in anna.predict(api_name="/jobs")]


def test_steering_by_a_program(anna, tmp_path):
    name = order(anna, tmp_path, LONG)["job"]
    until(lambda: anna.predict(name, api_name="/job")["number"] > 2)
    anna.predict(name, json.dumps({"strength": 2}), api_name="/change")
    until(lambda: anna.predict(name, api_name="/job")["changes"])
    anna.predict(name, "keep", api_name="/steer")
    assert ended(anna, name)["state"] == "kept"
    anna.predict(name, "remove", api_name="/steer")
    with pytest.raises(Exception, match="no such job here, or it is not yours"):
        anna.predict(name, api_name="/job")


def test_at_once_by_a_program(anna, tmp_path):
    from gradio_client import handle_file

    photo = handle_file(str(photo_file(tmp_path)))
    result = anna.predict(photo, "starry-night:0.5,the-scream:0.5", None, "{}", api_name="/instant")
    assert read_picture(result).width == 64
    estimate = anna.predict(photo, QUICK, api_name="/estimate")["estimate"]
    assert estimate.startswith("32 × 24, 2 steps, about ")


def status_of(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_nothing_without_the_password(place, home):
    studio, address = place
    secret = studio.folder / "secret"
    assert secret.exists()
    assert status_of(f"{address}gradio_api/file={secret}") in (401, 403)
    assert status_of(f"{address}gradio_api/info") in (401, 403)


def fetched(client, path):
    """The status of an address for somebody who has logged in."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    request = urllib.request.Request(path, headers={"Cookie": cookies})
    return status_of(request)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "{run}/secret", "{run}/jobs", "{run}/page/../secret",
        "{run}/page/%2e%2e/secret", "pyproject.toml", "../../../etc/passwd",
        "http://127.0.0.1:1/x", "https://example.org/x.png",
    ],
)  # fmt: skip
def test_no_other_file_is_served(place, anna, path):
    studio, address = place
    for way in ("gradio_api/file=", "gradio_api/file/", "file="):
        code = fetched(anna, address + way + path.format(run=studio.folder))
        assert code in (400, 403, 404), (way, path, code)


def posted(client, address, *data):
    """What the server says to an order to paint, put together by hand; its status with it."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = {"Cookie": cookies, "Content-Type": "application/json"}
    body = json.dumps({"data": data, "session_hash": "by-hand"}).encode()
    request = urllib.request.Request(f"{address}gradio_api/run/paint", body, head)
    try:
        with urllib.request.urlopen(request, timeout=240) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_no_path_of_a_client_is_opened(place, anna, tmp_path):
    studio, address = place
    before = len(studio.shelf.jobs())
    style = str(style_file(tmp_path))
    for path in ("/etc/passwd", str(studio.folder / "secret"), style, "../secret", "data:,x"):
        sent = {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "x.png"}
        code, message = posted(anna, address, sent, [sent], QUICK)
        assert code >= 400, (path, message)
        assert "root:" not in message
    assert len(studio.shelf.jobs()) == before


def test_no_address_of_a_client_is_fetched(place, anna):
    asked = []

    class Trap(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

    with http.server.HTTPServer(("127.0.0.1", 0), Trap) as trap:
        thread = threading.Thread(target=trap.serve_forever, daemon=True)
        thread.start()
        place_of_it = f"http://127.0.0.1:{trap.server_port}/x.png"
        for name in ("path", "url"):
            sent = {"path": "x.png", "meta": {"_type": "gradio.FileData"}, name: place_of_it}
            assert posted(anna, place[1], sent, [sent], QUICK)[0] >= 400
        trap.shutdown()
    assert asked == []


def test_hostile_uploads_are_one_line(anna, tmp_path):
    from gradio_client import handle_file

    (tmp_path / "page.png").write_bytes(b"<html><script>alert(1)</script>")
    bomb = claimed_png(tmp_path / "bomb.png", 60000, 60000)
    style = handle_file(str(style_file(tmp_path)))
    cases = [
        (tmp_path / "page.png", "page: is damaged or no picture"),
        (bomb, "bomb: 60000 x 60000 is 3,600.0 megapixels, the limit here is 0.5"),
    ]
    for path, message in cases:
        with pytest.raises(Exception, match=message) as caught:
            anna.predict(handle_file(str(path)), [style], QUICK, api_name="/paint")
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(Exception, match="a JSON object"):
        order(anna, tmp_path, "[1")
    with pytest.raises(Exception, match="size: expected pixels from 32 to 256"):
        order(anna, tmp_path, json.dumps({"size": 100_000}))


def test_the_policy_is_sent_to_the_browser(place):
    request = urllib.request.Request(place[1] + "login_check")
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_clients_at_once_wait_their_turn(place, anna, tmp_path):
    names, failures = [], []

    def one(number):
        # Each has files of its own: they are written anew for each order.
        own = tmp_path / str(number)
        own.mkdir()
        try:
            names.append(order(anna, own)["job"])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({*names}) == 8
    studio = place[0]
    jobs = [studio.shelf.job(name) for name in names]
    assert sum(job.state == "running" for job in jobs) <= 1
    for name in names:
        until(lambda name=name: studio.shelf.job(name).state == "done")
    assert studio.line.place(names[0]) == 0


def test_an_address_that_is_taken_is_refused(place):
    from impasto.studio.page.server import _listening

    port = int(place[1].rstrip("/").rpartition(":")[2])
    with pytest.raises(RunError, match=f"127.0.0.1:{port}: cannot listen there"):
        _listening("127.0.0.1", port)
