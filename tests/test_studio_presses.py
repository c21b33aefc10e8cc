"""Nothing that is pressed in the page is lost, however late the answers come."""

import random

import pytest

pytest.importorskip("starlette", reason="pip install 'impasto[studio]'")
pytest.importorskip("selenium", reason="selenium is not installed")

from browser_parts import Late, Page, needs_browser, opened
from impasto.studio.job import CANCELLED, PAUSED
from impasto.studio.page import server
from impasto.studio.studio import Studio
from studio_parts import Nearby, photo_file, until

pytestmark = [pytest.mark.slow, needs_browser]

PRESSES = """
const [presses, done] = arguments;
const told = [];
const all = () => [...document.querySelectorAll('#actions button')];
for (const [moment, kind, value] of presses) setTimeout(() => {
  const found = kind === 'steer' && all().find(e => ['Pause', 'Go on'].includes(e.textContent));
  if (found) {
    told.push(found.textContent);
    found.click();
  } else {
    const slider = document.querySelector('#strength');
    slider.value = value;
    slider.dispatchEvent(new Event('change', {bubbles: true}));
    told.push(value);
  }
  if (told.length === presses.length) done(told);
}, moment);
"""


def test_forty_presses_with_answers_that_come_late(tmp_path, monkeypatch):
    late = []
    door = server.Door
    monkeypatch.setattr(server, "Door", lambda *given: late.append(Late(door(*given))) or late[0])
    monkeypatch.setattr("impasto.studio.worker.started", Nearby)
    studio = Studio(tmp_path / "run")
    with server.served(studio, "127.0.0.1", 0, {}) as address:
        driver = opened()
        try:
            page = Page(driver, address).open()
            begin(page, tmp_path)
            late[0].seconds = 0.3
            press(page, studio)
        finally:
            driver.quit()


def begin(page, folder):
    """A long painting, shown in the page."""
    page.upload("#file", photo_file(folder))
    page.wait(lambda: page.text("#title").startswith("lake as"))
    page.put("#steps", 2000)
    page.put("#size", 160)
    page.press("Paint this")
    page.says("step")


def press(page, studio, count=40, milliseconds=5000):
    """Press at random moments; give how many presses that were."""
    [job] = studio.shelf.jobs()
    chance = random.Random(7)
    moments = sorted(chance.uniform(0, milliseconds) for _ in range(count))
    presses = [
        (moment, chance.choice(["steer", "change"]), round(20 * chance.uniform(0, 2)) / 20)
        for moment in moments
    ]
    told = page.driver.execute_async_script(PRESSES, presses)
    steered = [each for each in told if isinstance(each, str)]
    moved = [each for each in told if not isinstance(each, str)]
    assert min(len(steered), len(moved)) > 5
    if steered[-1] == "Pause":
        until(lambda: studio.shelf.job(job.id).state == PAUSED)
        page.press("Go on")
        count += 1
    page.says("Painting")
    until(lambda: asked(studio, job.id) == moved[-1])
    page.press("Cancel")
    until(lambda: studio.shelf.job(job.id).state == CANCELLED)
    page.says("Cancelled")
    assert page.text("#lines") == ""
    assert page.complaints() == []
    return count + 1


def asked(studio, job):
    """The strength of the last change."""
    changes = studio.shelf.job(job).changes
    return changes[-1]["asked"].get("strength") if changes else None
