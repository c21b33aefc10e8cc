"""The page in a real browser: what somebody does who has never seen it."""

import warnings

import numpy as np
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'impasto[studio]'")
pytest.importorskip("selenium", reason="selenium is not installed")

from browser_parts import Late, Page, needs_browser, opened
from film_clips import moving_square, write_film
from impasto.image import read_manifest, read_picture
from impasto.studio.room import Limits
from impasto.studio.studio import Client, Studio
from studio_parts import ended, ordered, photo_file, style_file, until

pytestmark = [pytest.mark.slow, needs_browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A studio, its address, and what can hold its answers back."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        from impasto.studio.page import server

        late = []
        door = server.Door
        patch.setattr(server, "Door", lambda *given: late.append(Late(door(*given))) or late[0])
        limits = Limits(megabytes=2, megapixels=0.5, side=512)
        studio = Studio(tmp_path_factory.mktemp("studio") / "run", limits)
        with server.served(studio, "127.0.0.1", 0, {}) as address:
            yield studio, address, late[0]


@pytest.fixture(scope="module")
def browser(place):
    driver = opened()
    yield Page(driver, place[1])
    driver.quit()


@pytest.fixture
def page(place, browser):
    """The page as it is after a reload; nothing is being painted."""
    studio, _, late = place
    for job in studio.shelf.jobs():
        studio.line.end(job.id, "cancel")
    until(lambda: not any(job.is_open for job in studio.shelf.jobs()))
    yield browser.open()
    late.release()


def recipe(page, steps, size):
    """Choose another size and number of steps under More."""
    page.wait(lambda: page.all("#steps input") or page.click("button.label-wrap", "More"))
    page.number("#steps", steps)
    page.number("#size", size)
    page.wait(lambda: f"{steps} steps" in page.text("#estimate"))


def given(page, folder):
    """A photograph and a style, uploaded."""
    page.upload("#photo", photo_file(folder))
    page.upload("#style1", style_file(folder))
    page.wait(lambda: page.all("#photo img") and page.all("#style1 img"))


def newest(studio):
    return studio.shelf.jobs()[0]


def kept_options(studio):
    return read_manifest(studio.shelf.folder(newest(studio).id) / "result.png")["options"]


def test_from_upload_to_a_picture_that_is_kept(place, page, tmp_path):
    studio = place[0]
    given(page, tmp_path)
    recipe(page, 4, 64)
    page.click("#go")
    page.wait(lambda: "Finished" in page.text() and page.all("#canvas img"))
    job = newest(studio)
    assert (job.state, job.number, job.title) == ("done", 4, "lake as stripes")
    assert page.all("#curves polyline.total")
    page.wait(lambda: "lake as stripes" in page.text("#strip"))
    found = page.download("#get-tiff", tmp_path / "got")
    assert found.name == "lake-as-stripes.tif"
    kept = read_picture(studio.shelf.folder(job.id) / "result.png")
    assert np.array_equal(read_picture(found).levels(16), kept.levels(16))


def test_steered_and_found_again_after_a_reload(place, page, tmp_path):
    studio = place[0]
    given(page, tmp_path)
    recipe(page, 2000, 192)
    page.click("#go")
    page.wait(lambda: "Painting" in page.text())
    job = newest(studio).id
    page.slide("#strength", 2)
    found = until(lambda: (j := studio.shelf.job(job)).changes and j)
    assert found.changes[0]["asked"] == {"strength": 2}
    page.wait(lambda: page.all("#curves line.mark"))
    page.driver.get("about:blank")
    number = studio.shelf.job(job).number
    until(lambda: studio.shelf.job(job).number > number + 2)
    page.open()
    page.wait(lambda: "Painting" in page.text() and "lake as stripes" in page.text())
    page.wait(lambda: page.all("#canvas img"))
    page.click("#do-pause")
    page.wait(lambda: "Paused" in page.text())
    assert studio.shelf.job(job).state == "paused"
    page.click("#do-go_on")
    page.wait(lambda: "Painting" in page.text())
    page.click("#do-cancel")
    page.wait(lambda: "Cancelled" in page.text())
    assert studio.shelf.job(job).state == "cancelled"


def test_an_earlier_picture_and_its_settings_come_back(place, page, tmp_path):
    studio = place[0]
    mine = Client()
    ended(studio, mine, ordered(studio, tmp_path, mine, {"size": 48, "steps": 7}).id)
    page.open()
    page.click("#strip .thumbnail-item", "lake as s0")
    page.wait(lambda: "Finished" in page.text())
    page.wait(lambda: page.all(".manifest"))
    page.click("#again")
    page.wait(lambda: page.all("#photo img") and page.all("#style1 img"))
    page.wait(lambda: page.script("return document.querySelector('#steps input').value") == "7")
    page.click("#comparing input")
    page.wait(lambda: len(page.all("#compare img")) == 2 and not page.all("#canvas img"))


def test_a_press_waits_for_what_is_on_its_way(place, page, tmp_path):
    studio, _, late = place
    given(page, tmp_path)
    recipe(page, 3, 48)
    gate = late.hold()
    page.upload("#photo", photo_file(tmp_path, "shore.png"))
    page.wait(lambda: any(b"shore" in sent for sent in late.held))
    page.click("#go")
    gate.set()
    until(lambda: "shore as stripes" in [job.title for job in studio.shelf.jobs()])


def test_of_two_presses_the_later_is_shown_whichever_answer_comes_first(place, page, tmp_path):
    studio, _, late = place
    page.tab("Instant")
    page.upload("#instant-photo", photo_file(tmp_path))
    first = page.wait(lambda: page.sources("#instant-result"))
    gate = late.hold()
    gallery = "#instant-gallery .gallery-item:nth-child({}) .thumbnail-item"
    page.click(gallery.format(2))
    page.wait(lambda: any(b'"index":1' in sent for sent in late.held))
    late.gate = None
    page.click(gallery.format(3))
    later = page.wait(lambda: (now := page.sources("#instant-result")) != first and now)
    gate.set()
    page.click("#instant-keep")
    page.wait(lambda: "is among your pictures now" in page.text(".easel .hint:not(:empty)"))
    assert newest(studio).title.endswith(studio.instant.styles[2].title)
    assert page.sources("#instant-result") == later
    page.slide("#instant-strength", 1.5)
    stronger = page.wait(lambda: (now := page.sources("#instant-result")) != later and now)
    page.slide("#instant-scale", 2)
    page.wait(lambda: page.sources("#instant-result") != stronger)
    page.click("#instant-keep")
    until(lambda: newest(studio).result and kept_options(studio)["style_scale"] == 2)
    assert kept_options(studio)["strength"] == 1.5


def test_a_hostile_upload_is_one_clear_line(page, tmp_path):
    (tmp_path / "page.png").write_bytes(b"<html><script>document.title = 'owned'</script>")
    page.upload("#photo", tmp_path / "page.png")
    message = page.wait(lambda: page.text("#complaints"))
    assert "page: is damaged or no picture that impasto reads" in message
    assert page.driver.title == "impasto studio"


def test_what_is_missing_is_said(page):
    page.click("#go")
    assert "No photograph yet" in page.wait(lambda: page.text("#complaints"))


def test_a_photograph_as_a_painting_and_the_other_way(page):
    page.tab("Translate")
    page.click("#translate-samples .thumbnail-item")
    before = page.wait(lambda: len(now := page.sources("#translate-result")) == 2 and now)
    page.script("document.querySelectorAll('#way input')[1].click()")
    page.wait(lambda: page.sources("#translate-result") != before)
    page.click("#translate-keep")
    page.wait(lambda: "Van Gogh to photograph" in page.text("#strip"))


def test_a_film_a_second_of_it_first_then_all_and_found_again(place, page, tmp_path):
    studio = place[0]
    page.tab("Video")
    page.click("#film-go")
    assert "No film yet" in page.wait(lambda: page.text("#complaints"))
    write_film(tmp_path / "ball.mp4", moving_square(10))
    page.upload("#film", tmp_path / "ball.mp4")
    # Its length is known once it has been taken in; the player in the page is there before.
    end = "return document.querySelector('#film-end input').value"
    page.wait(lambda: page.script(end) == "0.5")
    page.click("#film-preview")
    page.wait(lambda: page.all("#film-result video"))
    job = newest(studio)
    assert (job.kind, job.state, job.order["preview"]) == ("film", "done", True)
    page.click("#film-go")
    job = until(lambda: (j := newest(studio)).state == "done" and not j.order["preview"] and j)
    assert job.number == 10
    # Among all pictures, by its first painted frame; a click shows it again.
    page.open()
    assert not page.all("#film-result video")
    page.click("#strip .thumbnail-item", "ball as")
    page.wait(lambda: [each for each in page.all("#film-result video") if each.is_displayed()])
    page.click("#remove")
    page.wait(lambda: job.id not in [each.id for each in studio.shelf.jobs()])
    page.wait(lambda: not page.all("#film-result video"))


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_is_wide_enough(place, dark):
    driver = opened(390, 844, dark=dark)
    try:
        page = Page(driver, place[1]).open()
        for name in ("Instant", "Paint"):
            page.tab(name)
            assert page.script("return document.documentElement.scrollWidth") <= 390
        ground = page.script("return getComputedStyle(document.body).backgroundColor")
        assert (max(map(int, ground[4:-1].split(",")[:3])) < 80) == dark
        assert page.complaints() == []
    finally:
        driver.quit()
