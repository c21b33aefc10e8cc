"""Nothing that is pressed in the page is lost, however late the answers come."""

import random
import time
import warnings

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'impasto[studio]'")

from impasto.studio.job import CANCELLED, PAUSED
from impasto.studio.studio import Studio
from studio_hand import Hand
from studio_parts import photo_file, until

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from impasto.studio.page.server import served

        studio = Studio(tmp_path_factory.mktemp("studio") / "run")
        with served(studio, "127.0.0.1", 0, {}) as address:
            yield studio, address


@pytest.fixture
def hand(place):
    hand = Hand(place[1])
    yield hand
    hand.http.close()


def begun(studio, hand, folder):
    """A long painting, shown in the page."""
    hand.press("sample-styles", "select", data={"index": 0, "value": None})
    hand.until(lambda: hand.value("style1"))
    hand.upload("photo", photo_file(folder))
    sent = hand.value("photo")["path"]
    hand.until(lambda: hand.value("photo")["path"] != sent)  # the page shows one of its own
    for name, value in (("quality", "quick"), ("size", 160), ("steps", 2000)):
        hand.set(name, value)
    hand.press("go")
    hand.until(lambda: hand.is_shown("do-pause"))
    job = studio.shelf.jobs()[0]
    assert job.title.startswith("lake as ")
    return job.id


def test_forty_presses_with_answers_that_come_late(place, hand, tmp_path):
    studio, _ = place
    job = begun(studio, hand, tmp_path)
    chance = random.Random(7)
    moments = sorted(chance.uniform(0, 5) for _ in range(40))
    begin, steered, strength = time.monotonic(), "go_on", 0.0
    while moments:
        hand.look()
        hand.receive()
        time.sleep(0.01)  # the moments are what is tested: nothing is waited for here
        if time.monotonic() < begin + moments[0]:
            continue
        moments.pop(0)
        ways = [way for way in ("pause", "go_on") if hand.is_shown(f"do-{way}")]
        if ways and chance.random() < 0.5:
            steered = chance.choice(ways)
            hand.press(f"do-{steered}")
        else:
            strength = round(chance.uniform(-2, 2), 1)
            hand.press("strength", "release", value=strength)
    if steered == "pause":
        until(lambda: studio.shelf.job(job).state == PAUSED)
        hand.until(lambda: hand.is_shown("do-go_on") and not hand.is_shown("do-pause"))
        hand.press("do-go_on")
    hand.until(lambda: hand.is_shown("do-pause") and not hand.is_shown("do-go_on"))
    until(lambda: (found := asked(studio, job)) and found["strength"] == strength)
    hand.press("do-cancel")
    until(lambda: studio.shelf.job(job).state == CANCELLED)
    hand.until(lambda: not any(hand.is_shown(f"do-{way}") for way in ("pause", "go_on", "cancel")))
    assert hand.failures == []


def asked(studio, job):
    """The last of what was changed on the way."""
    changes = studio.shelf.job(job).changes
    return changes[-1]["asked"] if changes else None


def test_what_a_page_has_seen_is_its_own(place, hand, tmp_path):
    """An answer that gets lost takes nothing with it: the next look brings what was in it."""
    studio, _ = place
    job = begun(studio, hand, tmp_path)
    studio.line.end(job, "pause")
    until(lambda: studio.shelf.job(job).state == PAUSED)
    hand.receive()
    hand.look()
    hand.on_the_way.clear()  # lost
    hand.until(lambda: hand.is_shown("do-go_on"))
    studio.line.go_on(job)  # by a program: the looks go on after an end, too
    hand.until(lambda: hand.is_shown("do-pause"))
    studio.line.end(job, "cancel")


def test_no_event_waits_in_a_queue_and_nothing_is_kept_on_the_server(hand):
    events, parts = hand.config["dependencies"], hand.config["components"]
    assert [each["id"] for each in events if each["queue"] and each["backend_fn"]] == []
    assert [each["id"] for each in parts if each["type"] == "state"] == []
