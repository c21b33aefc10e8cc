"""The page in a real browser: what somebody does who has never seen it."""

import time
import warnings

import numpy as np
import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'impasto[studio]'")
pytest.importorskip("selenium", reason="selenium is not installed")

from browser_parts import Page, needs_browser, opened
from film_clips import moving_square, write_film
from impasto.image import read_picture
from impasto.studio.limits import Limits
from impasto.studio.studio import Studio
from studio_parts import photo_file, style_file, until

pytestmark = [pytest.mark.slow, needs_browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from impasto.studio.page.server import served

        limits = Limits(megabytes=2, megapixels=0.5, side=512)
        studio = Studio(tmp_path_factory.mktemp("studio") / "run", limits)
        with served(studio, "127.0.0.1", 0, {}) as address:
            yield studio, address


@pytest.fixture(scope="module")
def page(place):
    driver = opened()
    yield Page(driver, place[1]).open()
    driver.quit()


def recipe(page, steps, size="64"):
    """Choose a small and quick painting under More."""
    if not page.all("#steps input[type=number]"):
        page.script(
            "[...document.querySelectorAll('button.label-wrap')]"
            ".find(e => e.innerText.includes('More')).click()"
        )
        page.wait(lambda: page.all("#steps input[type=number]"))
    page.number("#steps", steps)
    page.number("#size", size)
    page.wait(lambda: f"{steps} steps" in page.text("#estimate"))


def given(page, folder):
    """A photograph and a style, uploaded."""
    page.upload("#photo", photo_file(folder))
    page.wait(lambda: page.all("#photo img"))
    page.upload("#style1", style_file(folder))
    page.wait(lambda: page.all("#style1 img"))


def newest(studio):
    return studio.shelf.jobs()[0]


def test_from_upload_to_a_picture_that_is_kept(place, page, tmp_path):
    studio, _ = place
    given(page, tmp_path)
    recipe(page, 4)
    page.click("#go")
    page.wait(lambda: page.all("#canvas img"))
    page.wait(lambda: "Finished" in page.text())
    job = newest(studio)
    assert (job.state, job.number, job.title) == ("done", 4, "lake as stripes")
    assert page.all("#curves polyline.total")
    page.wait(lambda: page.all("#strip .thumbnail-item"))
    found = page.download("#get-tiff", tmp_path / "got")
    assert found.name == "lake-as-stripes.tif"
    kept = read_picture(studio.shelf.folder(job.id) / "result.png")
    assert np.array_equal(read_picture(found).levels(16), kept.levels(16))


def test_a_change_on_the_way_changes_the_loss(place, page):
    studio, _ = place
    recipe(page, 2000)
    page.click("#go")
    job = until(lambda: (j := newest(studio)).state == "running" and j.number > 3 and j)
    page.slide("#strength", 2)
    found = until(lambda: (j := studio.shelf.job(job.id)).changes and j)
    at = found.changes[0]["step"]
    assert found.changes[0]["asked"] == {"strength": 2}
    view = until(lambda: (v := studio.line.live(job.id).view).steps[-1] > at + 1 and v)
    index = view.steps.index(at)
    assert view.losses["total"][index + 1] > 1.5 * view.losses["total"][index]
    page.wait(lambda: page.all("#curves line.mark"))


def test_a_reload_finds_the_picture_and_a_closed_page_does_not_stop_it(place, page):
    studio, _ = place
    job = newest(studio)
    assert job.state == "running"
    page.driver.get("about:blank")
    number = studio.shelf.job(job.id).number
    until(lambda: studio.shelf.job(job.id).number > number + 2)
    page.open()
    page.wait(lambda: "Painting" in page.text())
    assert "lake as stripes" in page.text()
    page.wait(lambda: page.all("#canvas img"))


def test_pause_go_on_and_cancel(place, page):
    studio, _ = place
    job = newest(studio)
    page.click("#do-pause")
    page.wait(lambda: "Paused" in page.text())
    assert studio.shelf.job(job.id).state == "paused"
    page.click("#do-go_on")
    page.wait(lambda: "Painting" in page.text())
    page.click("#do-cancel")
    page.wait(lambda: "Cancelled" in page.text())
    assert studio.shelf.job(job.id).state == "cancelled"


def test_an_earlier_picture_and_its_settings_come_back(place, page):
    # By its caption: the strip may still show the one that has just been cancelled.
    page.wait(lambda: page.script(
        "const e = [...document.querySelectorAll('#strip .thumbnail-item')]"
        ".find(e => e.innerText.trim() === 'lake as stripes'); if (e) e.click(); return !!e"
    ))  # fmt: skip
    page.wait(lambda: "Finished" in page.text())
    assert "manifest" in page.script("return document.querySelector('.manifest').className")
    page.click("#again")
    page.wait(lambda: page.all("#photo img") and page.all("#style1 img"))
    page.wait(lambda: page.script("return document.querySelector('#steps input').value") == "4")
    page.wait(lambda: compared(page))


def compared(page):
    """Whether the photograph lies over the picture; a late look at the job may have ended that."""
    if not page.script("return document.querySelector('#comparing input').checked"):
        page.click("#comparing input")
        page.wait(lambda: page.script("return document.querySelector('#comparing input').checked"))
    time.sleep(1)
    images = page.all("#compare img")
    return images and images[0].is_displayed()


def test_a_hostile_upload_is_one_clear_line(place, page, tmp_path):
    (tmp_path / "page.png").write_bytes(b"<html><script>document.title = 'owned'</script>")
    page.open()
    page.upload("#photo", tmp_path / "page.png")
    told = page.wait(lambda: page.text("#complaints"))
    assert "page: is damaged or no picture that impasto reads" in told
    assert page.driver.title == "impasto studio"


def test_what_is_missing_is_said(page):
    page.open()
    page.click("#go")
    assert "No photograph yet" in page.wait(lambda: page.text("#complaints"))


def test_a_style_at_once(page, tmp_path):
    page.open()
    page.tab("Instant")
    page.upload("#instant-photo", photo_file(tmp_path))
    page.wait(lambda: page.all("#instant-result img"))
    before = page.wait(lambda: sources(page))
    page.wait(lambda: len(page.all("#instant-gallery .thumbnail-item")) >= 3)
    page.script("document.querySelectorAll('#instant-gallery .thumbnail-item')[2].click()")
    page.wait(lambda: sources(page) != before)
    page.click("#instant-keep")
    page.wait(lambda: "lake as" in page.text("#strip"))


def test_a_photograph_as_a_painting_and_the_other_way(page):
    page.open()
    page.tab("Translate")
    page.wait(lambda: page.all("#translate-samples .thumbnail-item"))
    page.script("document.querySelector('#translate-samples .thumbnail-item').click()")
    images = "[...document.querySelectorAll('#translate-result img')].map(e => e.src)"
    page.wait(lambda: len(page.script(f"return {images}")) == 2)
    before = page.script(f"return {images}")
    page.script("document.querySelectorAll('#way input')[1].click()")
    page.wait(lambda: page.script(f"return {images}") != before)
    page.click("#translate-keep")
    page.wait(lambda: "Van Gogh to photograph" in page.text("#strip"))


def test_a_film_a_second_of_it_first_then_all_and_found_again(place, page, tmp_path):
    studio, _ = place
    page.open()
    page.tab("Video")
    page.wait(lambda: page.all("#film-go"))
    page.click("#film-go")
    assert "No film yet" in page.wait(lambda: page.text("#complaints"))
    write_film(tmp_path / "ball.mp4", moving_square(30))
    page.upload("#film", tmp_path / "ball.mp4")
    # Its length is known once it has been taken in; the player in the page is there before.
    end = "return document.querySelector('#film-end input').value"
    page.wait(lambda: page.script(end) == "1.3")
    page.click("#film-preview")
    page.wait(lambda: page.all("#film-result video"))
    job = newest(studio)
    assert (job.kind, job.state, job.order["preview"]) == ("film", "done", True)
    page.click("#film-go")
    job = until(lambda: (j := newest(studio)).state == "done" and not j.order["preview"] and j)
    assert job.number == 30
    # Among all pictures, by its first painted frame; a click shows it again.
    page.open()
    assert not page.all("#film-result video")
    page.wait(lambda: page.script(
        "const e = [...document.querySelectorAll('#strip .thumbnail-item')]"
        ".find(e => e.innerText.includes('ball as')); if (e) e.click(); return !!e"
    ))  # fmt: skip
    page.wait(lambda: [each for each in page.all("#film-result video") if each.is_displayed()])
    page.click("#remove")
    page.wait(lambda: job.id not in [each.id for each in studio.shelf.jobs()])
    page.wait(lambda: not page.all("#film-result video"))


def sources(page):
    images = "[...document.querySelectorAll('#instant-result img')]"
    return page.script(f"return {images}.map(e => e.src)")


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
