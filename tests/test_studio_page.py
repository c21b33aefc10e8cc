"""The interface for programs, which is the page's own too."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="pip install 'impasto[studio]'")

from film_clips import frames_of, moving_square, write_film
from impasto.image import read_picture
from impasto.studio.page.server import served
from impasto.studio.room import Limits
from impasto.studio.studio import Studio
from studio_parts import Nearby, photo_file, style_file, until
from test_studio_intake import claimed_png

QUICK = {"preset": "quick", "size": 32, "steps": 2}
LONG = {"preset": "quick", "size": 32, "steps": 2000}
USERS = {"anna": "apple", "bert": "birch"}
LOOK = {"styles": {"starry-night": 1}}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A studio with two users, and its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impasto.studio.worker.started", Nearby)
        limits = Limits(megabytes=2, megapixels=0.5, side=256)
        studio = Studio(tmp_path_factory.mktemp("studio") / "run", limits)
        with served(studio, "127.0.0.1", 0, USERS) as address:
            yield studio, address


class Program:
    """A program of a user's."""

    def __init__(self, address, name):
        login = (name, USERS[name])
        self.http = httpx.Client(base_url=f"{address}api/", auth=login, timeout=240)

    def __call__(self, path, **values):
        answer = self.http.post(path, json=values) if values else self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, path, kind="picture"):
        with path.open("rb") as file:
            answer = self.http.post("upload", files={"files": file}, params={"as": kind})
        assert answer.status_code == 200, answer.text
        return answer.json()[0]

    def refused(self, path, **values):
        answer = self.http.post(path, json=values)
        assert 400 <= answer.status_code < 500, answer.text
        assert "\n" not in answer.json()["error"]
        return answer.json()["error"]

    def ended(self, name):
        open_ = ("waiting", "running")
        return until(lambda: (job := self(f"job/{name}")) and job["state"] not in open_ and job)


@pytest.fixture(scope="module")
def anna(place):
    program = Program(place[1], "anna")
    yield program
    program.http.close()


@pytest.fixture(scope="module")
def bert(place):
    program = Program(place[1], "bert")
    yield program
    program.http.close()


@pytest.fixture(scope="module")
def photo(anna, tmp_path_factory):
    return anna.upload(photo_file(tmp_path_factory.mktemp("photo")))["name"]


@pytest.fixture(scope="module")
def style(anna, tmp_path_factory):
    return anna.upload(style_file(tmp_path_factory.mktemp("style")))["name"]


def test_a_program_paints_and_fetches_its_own_bytes(place, anna, bert, photo, style, tmp_path):
    job = anna("paint", photo=photo, styles=[style], options=QUICK)
    assert job["state"] in ("waiting", "running")
    name = job["job"]
    found = anna.ended(name)
    assert (found["state"], found["number"], found["title"]) == ("done", 2, "lake as stripes")
    assert found["losses"]["total"] > 0
    assert len(anna(f"job/{name}?curves")["curves"]["total"]) == 2
    tiff = anna.http.get(f"result/{name}/tiff")
    assert 'filename="lake-as-stripes.tif"' in tiff.headers["content-disposition"]
    (tmp_path / "got.tif").write_bytes(tiff.content)
    kept = read_picture(place[0].shelf.folder(name) / "result.png")
    assert np.array_equal(read_picture(tmp_path / "got.tif").levels(16), kept.levels(16))
    for ask in (
        f"job/{name}",
        f"result/{name}/png",
        f"shown/{name}",
        f"picture?name=job:{name}:photo",
    ):
        assert "not yours" in bert.http.get(ask).json()["error"], ask
    assert "not yours" in bert.refused("steer", job=name, action="remove")
    assert bert("jobs")["jobs"] == []
    assert name in [each["job"] for each in anna("jobs")["jobs"]]


def test_steering_and_changes_by_a_program(anna, bert, photo, style):
    name = anna("paint", photo=photo, styles=[style], options=LONG)["job"]
    until(lambda: anna(f"job/{name}")["number"] > 2)
    anna("change", job=name, changes={"strength": 2})
    until(lambda: anna(f"job/{name}")["changes"])
    anna("steer", job=name, action="keep")
    assert anna.ended(name)["state"] == "kept"
    assert anna("steer", job=name, action="favor")["favorite"]
    anna("steer", job=name, action="remove")
    assert "no such job" in anna.refused("steer", job=name, action="pause")
    still = {"name": f"job:{name}:photo"}  # for what began from it
    assert [who.http.get("picture", params=still).status_code for who in (anna, bert)] == [200, 400]
    assert anna("steer", job=name, action="restore")["state"] == "kept"


def test_a_settings_file_gives_the_same_picture_again(place, anna, photo):
    order = {
        "photo": photo,
        "look": {**LOOK, "strength": 1.4},
        "options": QUICK | {"strength": 0.5},
    }
    name = anna.ended(anna("paint", **order)["job"])["job"]
    manifest = anna(f"result/{name}/manifest")
    found = anna("settings", manifest=manifest)
    assert (found["begin"], found["look"]["styles"]) == ("look", {"starry-night": 1})
    again = {"photo": found["photo"]["name"], "look": found["look"], "options": found["asked"]}
    other = anna.ended(anna("paint", **again)["job"])["job"]
    first, second = (
        read_picture(place[0].shelf.folder(each) / "result.png").levels(16)
        for each in (name, other)
    )
    assert np.array_equal(first, second)
    assert "not in this studio" in anna.refused("settings", manifest={**manifest, "command": "x"})
    assert "no settings" in anna.refused("settings", manifest={"command": "paint"})


def test_at_once_by_a_program(anna, photo, style):
    done = anna(
        "instant",
        photo=photo,
        style="starry-night:0.5,the-scream:0.5",
        options={"size": 32, "faces": 1},
    )
    found = anna("settings", job=done["job"])
    assert (found["begin"], found["look"]["faces"]) == ("look", 1)
    assert (done["state"], done["title"]) == ("done", "lake as The Starry Night + The Scream")
    assert anna("instant", photo=photo, style=f"@{style}")["title"] == "lake as stripes"
    way = anna("translate", photo=photo, style="photo-to-van-gogh")
    assert way["title"] == "lake as Photograph to Van Gogh"
    look = anna.http.get("look", params={"photo": photo, "style": f"@{style}~1", "side": 48})
    assert (look.status_code, look.headers["content-type"]) == (200, "image/jpeg")
    estimate = anna("estimate", photo=photo, options=QUICK, look=LOOK)["estimate"]
    assert estimate.startswith("32 x 24 (0.0 megapixels): 2 steps, about ")
    assert "GB of memory, about 0:0" in estimate


def test_a_part_of_the_picture_by_a_program(place, anna, photo, tmp_path):
    part = {"photo": photo, "look": LOOK, "where": "subject"}
    done = anna.ended(anna("paint", options=QUICK | {"faces": 0.5}, **part)["job"])
    manifest = anna(f"result/{done['job']}/manifest")
    assert (manifest["inputs"]["content_mask"]["name"], done["where"]) == ("background", "subject")
    assert manifest["options"]["faces"] == 0.5
    at_once = anna("instant", options={"size": 48}, **part)["job"]
    inputs = anna(f"result/{at_once}/manifest")["inputs"]
    assert inputs["content_mask"]["sha256"] == manifest["inputs"]["content_mask"]["sha256"]
    veil = Image.open(io.BytesIO(anna.http.get("veil", params=part | {"look": ""}).content))
    corner, middle = (veil.getpixel(each)[3] for each in ((0, 0), (32, 24)))
    assert corner > 200 > 50 > middle  # the photograph stays around its middle
    look = {"photo": photo, "style": "starry-night~1", "side": 64}
    whole, subject, nothing = (
        np.asarray(Image.open(io.BytesIO(anna.http.get(where, params=asked).content)), int)
        for where, asked in (("look", look), ("look", look | {"where": "subject"}),
                             ("picture", {"name": photo, "side": 64}))
    )  # fmt: skip
    assert np.abs(subject - nothing)[:4, :4].mean() < 6 < np.abs(whole - nothing)[:4, :4].mean()
    assert np.abs(subject - whole)[20:28, 28:36].mean() < 6
    strokes = Image.new("RGBA", (64, 48))
    strokes.paste("#ffffff", (0, 0, 32, 48))
    strokes.save(tmp_path / "strokes.png")
    brushed = anna.upload(tmp_path / "strokes.png")["name"]
    done = anna.ended(anna("paint", options=QUICK, **part, brushed=brushed)["job"])["job"]
    keep = read_picture(place[0].shelf.folder(done) / "keep.png").levels(8)
    assert (keep[0, 0, 0], keep[0, 63, 0]) == (255, 0)
    found = anna("settings", job=done)
    assert (found["where"], found["brushed"]) == ("subject", f"job:{done}:brushed")
    assert anna.http.get("veil", params={"brushed": found["brushed"]}).status_code == 200
    assert "where: expected subject or background" in anna.refused(
        "instant", photo=photo, look=LOOK, where="sky"
    )


def test_a_film_by_a_program(anna, tmp_path):
    write_film(tmp_path / "ball.mp4", moving_square(10))
    film = anna.upload(tmp_path / "ball.mp4", "film")
    assert film["seconds"] == pytest.approx(0.4, abs=0.11)
    assert anna.http.get("picture", params={"name": film["frame"]["name"]}).status_code == 200
    order = {"film": film["name"], "style": "udnie", "options": {"end": 5, "size": 64}}
    done = anna.ended(anna("film", **order)["job"])
    assert (done["state"], done["number"]) == ("done", 10)
    part = anna.http.get(f"result/{done['job']}/mp4?inline", headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    (tmp_path / "got.mp4").write_bytes(anna.http.get(f"result/{done['job']}/mp4").content)
    assert len(frames_of(tmp_path / "got.mp4")) == 10


def test_news_are_what_has_changed_since(anna, photo, style):
    before = anna("jobs")
    assert before["whole"]
    assert anna(f"jobs?since={before['version']}")["jobs"] == []
    name = anna("paint", photo=photo, styles=[style], options=QUICK)["job"]
    anna.ended(name)
    news = anna(f"jobs?since={before['version']}")
    assert ([each["job"] for each in news["jobs"]], news["whole"]) == ([name], False)
    anna("steer", job=name, action="remove")
    after = anna(f"jobs?since={news['version']}")
    assert (after["whole"], name in [each["job"] for each in after["jobs"]]) == (True, False)
    for unknown in ("x", "0.0", "deadbeef.99", f"{before['version']}999999999999999999"):
        assert anna(f"jobs?since={unknown}")["whole"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "https://x.org/x", "", 5, None,
                                  "sample:x", "job:x:photo", "job:", ["x"], {}])  # fmt: skip
def test_only_what_was_uploaded_can_be_named(anna, photo, name):
    anna.refused("paint", photo=name, styles=[photo], options=QUICK)
    anna.refused("instant", photo=photo, look={"styles": {f"@{name}": 1}})
    anna.refused("film", film=name, style="udnie")
    assert anna.http.get("picture", params={"name": str(name)}).status_code == 400


@pytest.mark.parametrize("value", [5, [[]], "x", {"a": {}}, True, {"styles": 5}])
@pytest.mark.parametrize(
    "action", ["paint", "instant", "film", "steer", "change", "settings", "print"]
)
def test_values_of_the_wrong_type_are_one_line(anna, photo, action, value):
    names = ("styles", "options", "look", "brushed", "changes", "job", "manifest", "style")
    anna.refused(action, photo=photo, film=photo, **dict.fromkeys(names, value))


@pytest.mark.parametrize("body", [b"[", b"[]", b"5", b'{"job": NaN}', b"[" * 100_000, b"\xff", b""])
def test_what_is_no_json_is_refused(anna, body):
    head = {"Content-Type": "application/json"}
    answer = anna.http.post("steer", content=body, headers=head)
    assert (answer.status_code, "expected" in answer.json()["error"]) == (400, True)
    assert anna.http.post("steer", content=body).status_code == 415


def test_uploads_are_checked(anna, tmp_path):
    (tmp_path / "page.png").write_bytes(b"<html><script>alert(1)</script>")
    for path, told in (
        (tmp_path / "page.png", "page: is damaged or no picture"),
        (
            claimed_png(tmp_path / "bomb.png", 60000, 60000),
            "bomb: 60000 x 60000 is 3,600.0 megapixels",
        ),
    ):
        with path.open("rb") as file:
            answer = anna.http.post("upload", files={"files": file})
        assert (answer.status_code, told in answer.json()["error"]) == (400, True)


def test_logging_in_and_out(place):
    with httpx.Client(base_url=place[1], timeout=240) as browser:
        assert browser.get("/").headers["location"] == "/login"
        wrong = browser.post("login", data={"username": "anna", "password": "birch"})
        assert (wrong.status_code, "password is wrong" in wrong.text) == (401, True)
        right = browser.post("login", data={"username": "anna", "password": "apple"})
        assert "HttpOnly" in right.headers["set-cookie"]
        assert "SameSite=strict" in right.headers["set-cookie"]
        assert browser.get("api/start").json()["user"] == "anna"
        browser.post("logout")
        assert browser.get("api/start").status_code == 401
