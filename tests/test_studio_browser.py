"""The page in a real browser: what somebody does who has never seen it."""

import numpy as np
import pytest

pytest.importorskip("starlette", reason="pip install 'impasto[studio]'")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.keys import Keys

from browser_parts import Late, Page, needs_browser, opened
from film_clips import moving_square, write_film
from impasto.image import read_picture
from impasto.studio.page import server
from impasto.studio.room import Limits
from impasto.studio.studio import Client, Studio
from studio_parts import Nearby, ended, ordered, photo_file, style_file, until

pytestmark = [pytest.mark.slow, needs_browser]
ME = Client()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A studio, its address, and what can hold its answers back."""
    with pytest.MonkeyPatch.context() as patch:
        late = []
        door = server.Door
        patch.setattr(server, "Door", lambda *given: late.append(Late(door(*given))) or late[-1])
        patch.setattr("impasto.studio.worker.started", Nearby)
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
    """The page as somebody finds it; nothing is being painted."""
    studio, _, late = place
    for job in studio.shelf.jobs():
        studio.line.end(job.id, "cancel")
    until(lambda: not any(job.is_open for job in studio.shelf.jobs()))
    yield browser.open()
    if late.gate is not None:
        late.gate.set()


def recipe(page, steps, size):
    page.put("#steps", steps)
    page.put("#size", size)


def given(page, folder):
    """A photograph of one's own."""
    page.upload("#file", photo_file(folder))
    page.wait(lambda: page.text("#title").startswith("lake"))


def newest(studio):
    return studio.shelf.jobs()[0]


def test_from_a_finished_example_to_a_picture_that_is_kept(place, page, tmp_path):
    studio = place[0]
    page.wait(lambda: "starry-night" in page.source() and "sample" in page.source("#before"))
    given(page, tmp_path)
    page.wait(lambda: not page.all(".tile[aria-busy=true]"))
    assert len(page.all(".tile img[src]")) == len(page.all(".tile")) > 15
    assert page.choose("udnie") == "lake as Udnie"  # answered at once
    page.wait(lambda: "style=udnie" in page.source())
    recipe(page, 4, 64)
    assert page.press("Paint this") == "Sending …"
    page.says("Finished")
    job = newest(studio)
    assert (job.state, job.number, job.title) == ("done", 4, "lake as Udnie")
    page.wait(lambda: "lake as Udnie" in page.text("#pictures"))
    page.press("Download")
    found = page.download("TIFF, 16 bits", tmp_path / "got")
    assert found.name == "lake-as-Udnie.tif"
    kept = read_picture(studio.shelf.folder(job.id) / "result.png")
    assert np.array_equal(read_picture(found).levels(16), kept.levels(16))
    file = page.download("Settings file", tmp_path / "settings")
    page.press("Close", "#download")
    page.driver.back()
    page.put("#steps", "")
    page.upload("#file", file)
    page.wait(lambda: page.script("return document.querySelector('#steps').value") == "4")
    assert page.complaints() == []


def test_steered_and_found_again_after_a_reload(place, page, tmp_path):
    studio = place[0]
    given(page, tmp_path)
    recipe(page, 2000, 192)
    page.press("Paint this")
    page.says("left")
    job = newest(studio).id
    page.wait(lambda: page.driver.title.endswith("left · impasto"))
    page.put("#strength", 2)
    found = until(lambda: (j := studio.shelf.job(job)).changes and j)
    assert found.changes[0]["asked"] == {"strength": 2}
    page.driver.refresh()
    page.ready().says("step")
    page.wait(lambda: job in page.source())
    page.press("Pause")
    page.says("Paused")
    assert studio.shelf.job(job).state == "paused"
    page.press("Go on")
    page.says("Painting")
    page.press("Stop here")
    page.says("Stopped here")
    assert studio.shelf.job(job).state == "kept"
    page.press("Use these settings")  # as they were changed
    page.wait(lambda: page.script("return document.querySelector('#strength').value") == "2")
    page.press("Paint this")
    page.press("Cancel")
    page.says("Cancelled")


def test_an_earlier_picture_its_settings_and_a_removal_that_is_undone(place, page, tmp_path):
    studio = place[0]
    job = ended(studio, ME, ordered(studio, tmp_path, ME, {"size": 48, "steps": 7}).id)
    link = f"document.querySelector('#pictures a[href=\"#job/{job.id}\"]')"
    page.wait(lambda: page.script(f"return !!{link}"))
    page.script(f"{link}.click()")
    page.says("Finished")
    page.wait(lambda: job.id in page.source() and job.id in page.source("#before"))
    page.press("☆ Favorite")
    page.wait(lambda: studio.shelf.job(job.id).favorite)
    page.press("Details")
    page.wait(lambda: "7 of 7" in page.text("#facts") and page.all("#curves polyline"))
    page.press("Close", "#about")
    page.press("Use these settings")
    page.wait(lambda: page.script("return location.hash") == "#picture")
    assert page.script("return document.querySelector('#steps').value") == "7"
    assert page.text("#title") == "lake as s0"
    page.driver.back()
    page.says("Finished")
    page.press("Remove")
    page.says("is removed", "#lines")
    assert job.id not in [each.id for each in studio.shelf.jobs()]
    page.press("Undo", "#lines")
    page.wait(lambda: job.id in [each.id for each in studio.shelf.jobs()])
    page.says("Finished")
    page.choose("udnie")  # for the photograph that is seen
    page.wait(lambda: f"job%3A{job.id}%3Aphoto" in page.source() and "udnie" in page.source())


def test_of_two_choices_the_later_is_shown_whichever_arrives_first(place, page):
    late = place[2]
    page.wait(lambda: "starry-night" in page.source())
    page.wait(lambda: not page.all(".tile[aria-busy=true]"))
    gate = late.hold("style=the-scream")
    page.choose("the-scream")
    visited = page.script("return history.length")
    page.wait(lambda: any("side=1024" in address for address in late.held))
    page.choose("udnie")
    assert page.script("return history.length") == visited  # Back leads to another page
    page.wait(lambda: "udnie" in page.source())
    gate.set()
    arrived = "performance.getEntriesByType('resource').filter(e => e.name.includes('the-scream'))"
    page.wait(lambda: page.script(f"return {arrived}.some(e => e.name.includes('side=1024'))"))
    assert "udnie" in page.source()


def test_a_picture_of_ones_own_is_a_style_and_styles_blend(place, page, tmp_path):
    page.upload("#style-file", style_file(tmp_path))
    page.wait(lambda: page.text("#title") == "Cat as stripes")
    page.wait(lambda: "style=%40" in page.source())
    page.choose("starry-night")
    page.script("document.querySelector('#blend').click()")
    page.choose("udnie")
    page.wait(lambda: "starry-night" in page.source() and "udnie" in page.source())
    assert len(page.all("#shares input")) == 2
    page.choose("@sample:dots")
    page.says("Blend trained styles with trained styles", "#lines")
    for style in ("starry-night", "udnie", "@sample:dots", "@sample:mosaic"):
        page.choose(style)
    recipe(page, 2000, 64)
    page.press("Paint this")
    page.says("step")
    page.put("#shares input", 0.5)
    job = newest(place[0]).id
    [change] = until(lambda: place[0].shelf.job(job).changes)
    assert change["asked"] == {"style_weights": [0.5, 1]}


def test_only_the_subject_by_the_keyboard_and_as_brushed(place, page, tmp_path):
    given(page, tmp_path)
    page.wait(lambda: "starry-night" in page.source())
    page.press("More …")
    page.all("#where input[value=subject]")[0].send_keys(Keys.SPACE)
    page.wait(lambda: "where=subject" in page.source())
    page.press("Show and brush …")
    shown = (
        "return document.querySelector('#canvas').getContext('2d').getImageData(0, 0, 1, 1).data[3]"
    )
    page.wait(lambda: page.script(shown) > 200)  # a corner stays a photograph
    page.all("#brushes input")[-1].send_keys(Keys.SPACE)  # is painted
    canvas = page.all("#canvas")[0]
    canvas.send_keys(*[Keys.ARROW_LEFT] * 5, *[Keys.ARROW_UP] * 5, Keys.SPACE)
    page.wait(lambda: page.script(shown) == 0)
    page.press("Undo", "#brushing")
    page.wait(lambda: page.script(shown) > 200)
    canvas.send_keys(Keys.SPACE)
    page.press("Done", "#brushing")
    page.wait(lambda: "brushed=" in page.source())
    page.press("Done", "#painting")
    recipe(page, 2, 64)
    page.press("Paint this")
    page.says("Finished")
    folder = place[0].shelf.folder(newest(place[0]).id)
    assert read_picture(folder / "keep.png").levels(8)[0, 0, 0] == 0
    assert read_picture(folder / "keep.png").levels(8)[47, 63, 0] > 200


def test_everything_goes_by_the_keyboard(page):
    page.wait(lambda: "starry-night" in page.source())
    page.all("#strength")[0].send_keys(Keys.ARROW_RIGHT)
    page.wait(lambda: "strength=1.05" in page.source())
    page.all("#compare")[0].send_keys(Keys.HOME)
    assert page.script("return document.querySelector('#compare').value") == "0"
    page.all('.tile[data-style="udnie"]')[0].send_keys(Keys.ENTER)
    page.wait(lambda: page.text("#title") == "Cat as Udnie")
    page.all("#zoom")[0].send_keys(Keys.SPACE)
    page.wait(lambda: page.all("#sheet.whole"))
    ring = "const e = document.activeElement; return getComputedStyle(e).outlineStyle"
    for selector in ("#strength", "#colors", "#zoom", "nav a"):
        page.all(selector)[0].send_keys(Keys.SHIFT)
        assert page.script(ring) == "solid", selector


def test_what_is_wrong_is_one_clear_line(page, tmp_path):
    (tmp_path / "page.png").write_bytes(b"<html><script>document.title = 'owned'</script>")
    page.upload("#file", tmp_path / "page.png")
    page.says("page: is damaged or no picture that impasto reads", "#lines")
    assert page.text("#title").startswith("Cat")
    (tmp_path / "settings.json").write_text("{}")
    page.upload("#file", tmp_path / "settings.json")
    page.says("no settings of a picture", "#lines")
    assert page.driver.title == "impasto studio"
    page.script("location.hash = '#job/gone'")
    page.says("This picture is not here any more", "#lines")


def test_a_film_by_its_first_frame(place, page, tmp_path):
    studio = place[0]
    write_film(tmp_path / "ball.mp4", moving_square(10))
    page.script("location.hash = '#film'")
    page.says("Choose a film")
    page.upload("#file", tmp_path / "ball.mp4")
    page.wait(lambda: page.text("#title").startswith("ball as"))
    assert 0 < float(page.script("return document.querySelector('#end').value")) < 1
    page.press("One second first")
    page.says("Finished")
    assert (newest(studio).kind, newest(studio).order["preview"]) == ("film", True)
    page.wait(lambda: page.all("#film-shown[src]"))
    assert page.all(".tile[data-style=starry-night][aria-pressed=true]")


def test_ten_tabs_of_one_browser(page, tmp_path):
    first = page.driver.current_window_handle
    for _ in range(9):
        page.driver.switch_to.new_window("tab")
        page.driver.get(page.address)
        page.ready()
    given(page, tmp_path)
    for handle in page.driver.window_handles:
        if handle != first:
            page.driver.switch_to.window(handle)
            page.driver.close()
    page.driver.switch_to.window(first)


def test_logged_in_and_out(browser, tmp_path):
    with server.served(Studio(tmp_path / "run"), "127.0.0.1", 0, {"anna": "apple"}) as address:
        page = Page(browser.driver, address)
        page.driver.get(address)
        for password, words in (("pear", "wrong"), ("apple", "Log out anna")):
            page.wait(lambda: page.all("[name=password]"))
            page.put("[name=username]", "anna")
            page.put("[name=password]", password)
            assert page.violations() == []
            page.all("button.go")[0].click()
            page.says(words, "body")
        page.all("#logout button")[0].click()
        page.wait(lambda: page.all("[name=password]"))


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_nobody_is_left_out(place, tmp_path, width, dark):
    studio = place[0]
    job = ended(studio, ME, ordered(studio, tmp_path, ME, {"size": 48, "steps": 2}).id)
    driver = opened(width, 844, dark=dark)
    try:
        page = Page(driver, place[1])
        for where in ("", "#film", f"#job/{job.id}"):
            page.open(where)
            page.wait(lambda: page.text("#title") or page.text())
            assert page.violations() == [], where
            assert page.script("return document.documentElement.scrollWidth") <= width
        for opener, dialog in (("Download", "#download"), ("Details", "#about")):
            page.press(opener)
            page.wait(lambda name=dialog: page.all(f"{name}[open]"))
            assert page.violations() == [], dialog
            page.press("Close", dialog)
        page.open()
        for opener, dialog in (("More …", "#painting"), ("Show and brush …", "#brushing")):
            page.press(opener)
            page.wait(lambda name=dialog: page.all(f"{name}[open]"))
            assert page.violations() == [], dialog
        small = (
            "const kinds = ['button', 'select', 'nav a', '.check', '[type=range]'];"
            "return [...document.querySelectorAll(kinds)]"
            ".filter(e => e.type !== 'range' || innerWidth < 600)"
            ".filter(e => e.checkVisibility()).filter(e => e.getBoundingClientRect().height < 44)"
            ".map(e => e.outerHTML)"
        )
        assert page.script(small) == []
        ground = page.script("return getComputedStyle(document.body).backgroundColor")
        assert (max(map(int, ground[4:-1].split(",")[:3])) < 80) == dark
    finally:
        driver.quit()
