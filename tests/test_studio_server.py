"""The page behind its door, on a real address."""

import json
import socket
import stat
import urllib.error
import urllib.request
import warnings

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'impasto[studio]'")

from impasto.studio.room import Limits
from impasto.studio.studio import Studio
from studio_parts import ANNA, QUICK, ended, ordered

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of Gradio and its server are not ours to mend
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A studio of nobody's in particular, and its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from impasto.studio.page.server import served

        studio = Studio(tmp_path_factory.mktemp("studio") / "run", Limits(patience=0.5))
        with served(studio, "127.0.0.1", 0, {}) as address:
            yield studio, address


def asked(address, path, value=None, **headers):
    """Status and text of the answer; a value is sent as JSON."""
    body = None if value is None else json.dumps(value).encode()
    named = {"Content-Type": "application/json", **headers}
    try:
        request = urllib.request.Request(address + path, body, named)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_foreign_name_or_page_gets_nothing(place):
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        status, text = asked(place[1], "gradio_api/run/jobs", {"data": []}, **headers)
        assert (status, "title" in text) == (403, False)
    assert asked(place[1], "gradio_api/run/jobs", {"data": []})[0] == 200


def test_no_event_of_the_page_takes_an_address_for_any_component(place):
    config = json.loads(asked(place[1], "config")[1])
    assert len(config["dependencies"]) > 20
    sent = {"path": "http://127.0.0.1:9/x.png", "meta": {"_type": "gradio.FileData"}}
    for each in config["dependencies"]:
        body = {"data": [sent] * len(each["inputs"]), "fn_index": each["id"]}
        if each["inputs"]:
            assert asked(place[1], "gradio_api/run/predict", body)[0] == 403


def test_what_no_page_sends_is_one_line_and_no_error_of_ours(place, caplog):
    config = json.loads(asked(place[1], "config")[1])
    selects = [e for e in config["dependencies"] if any(t[1] == "select" for t in e["targets"])]
    values = {part["id"]: part["props"].get("value") for part in config["components"]}
    assert len(selects) > 4
    for each in selects:
        for event in (None, 5, {"index": "x", "value": 1}, {"index": 10**6, "value": 1}):
            data = [values[part] for part in each["inputs"]]
            body = {"data": data, "fn_index": each["id"], "event_data": event}
            status, text = asked(place[1], "gradio_api/run/predict", body)
            assert (status, "unexpectedly" in text) == (500, False)
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


@pytest.mark.parametrize("left", ["", "abc", "ü" * 48])
def test_a_secret_that_is_none_is_made_anew(tmp_path, left):
    from impasto.studio.page.server import secret_of

    (tmp_path / "secret").write_text(left, encoding="latin-1")
    found = secret_of(tmp_path)
    assert (len(found), secret_of(tmp_path)) == (48, found)
    assert found.isascii()
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_gradio_itself_fetches_nothing(place):
    import asyncio

    import gradio as gr
    from gradio.processing_utils import async_move_files_to_cache

    sent = {"path": "http://127.0.0.1:9/x.png", "meta": {"_type": "gradio.FileData"}}
    for component in (gr.Textbox(), gr.Radio(["a"]), gr.Slider(), gr.Number(), gr.Image()):
        with pytest.raises(gr.Error, match="Give a file, not an address"):
            asyncio.run(async_move_files_to_cache(sent, component))


@pytest.mark.parametrize("value", [{"meta": 5, "path": ""}, {}, [[]], None, [5, None, "x"]])
def test_values_of_the_wrong_type_are_one_line(place, capfd, value):
    studio, address = place
    config = json.loads(asked(address, "config")[1])
    ours = [each for each in config["dependencies"] if each["inputs"] and each["backend_fn"]]
    for each in ours[::5]:
        body = {"data": [value] * len(each["inputs"]), "fn_index": each["id"], "session_hash": "a"}
        status, text = asked(address, "gradio_api/run/predict", body)
        if status != 200:
            assert json.loads(text)["error"]
        assert str(studio.folder) not in text
    assert "Traceback" not in capfd.readouterr().err


def test_what_is_half_sent_is_dropped(place):
    host, port = place[1].removeprefix("http://").rstrip("/").split(":")
    head = b"POST /gradio_api/run/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    kind = b"Content-Type: application/json\r\nContent-Length: 20\r\n\r\n"
    for begun in (b"", b"GET / HT", head + kind + b"{"):
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(begun)
            message = b""
            while piece := connection.recv(4096):  # the other side ends it
                message += piece
        assert (b" 408 " in message) == (b"{" in begun)


def test_all_that_is_kept_is_its_owners_alone(place, tmp_path):
    studio, address = place
    job = ordered(studio, tmp_path, asked=QUICK)
    assert ended(studio, ANNA, job.id).state == "done"
    asked(address, "config")
    paths = [path for path in studio.folder.rglob("*") if path.name != "lock"]
    assert len(paths) > 10
    for path in paths:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_no_answer_tells_a_folder_of_this_machine(place):
    studio, address = place
    for path in ("", "config", "gradio_api/info"):
        status, text = asked(address, path)
        assert status == 200
        assert str(studio.folder.parent) not in text
        assert "/studio/page/" in text or path == "gradio_api/info"
