"""One worker and the jobs that wait for it, with work that is made up."""

import threading

import pytest

from impasto.errors import PictureError, RunError
from impasto.studio.job import (
    BROKEN,
    CANCEL,
    CANCELLED,
    DONE,
    FAILED,
    KEEP,
    KEPT,
    PAUSE,
    PAUSED,
    RUNNING,
    Requests,
)
from impasto.studio.line import Line
from impasto.studio.live import Live
from impasto.studio.room import Limits
from impasto.studio.shelf import Shelf
from studio_parts import until


class Bench:
    """A line whose work goes on until it is let go or asked to end."""

    def __init__(self, folder, waiting=64):
        self.shelf = Shelf(folder / "jobs")
        self.begun, self.go = [], threading.Event()
        self.failure = None
        self.line = Line(self.shelf, self.work, folder / "live", Limits(waiting=waiting))

    def work(self, job, folder, requests, live):
        self.begun.append(job.title)
        if self.failure is not None:
            raise self.failure
        self.shelf.count(job.id, 1, 9)
        while not (requests.ending or self.go.wait(0.005)):
            pass
        return "" if requests.ending in (PAUSE, CANCEL) else "result.png"

    def add(self, title):
        job = self.shelf.new("instant", title=title)
        self.line.add(job)
        return job.id

    def state(self, name):
        return self.shelf.job(name).state

    def wait(self, name, state):
        until(lambda: self.state(name) == state)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.line.close()


def test_jobs_are_done_in_their_order_and_know_their_places(bench):
    names = [bench.add(title) for title in "abc"]
    bench.wait(names[0], RUNNING)
    assert [bench.line.place(name) for name in names] == [0, 1, 2]
    bench.go.set()
    bench.wait(names[2], DONE)
    assert bench.begun == ["a", "b", "c"]
    assert bench.shelf.job(names[0]).result == "result.png"


def test_one_that_waits_can_be_cancelled(bench):
    names = [bench.add(title) for title in "abc"]
    bench.wait(names[0], RUNNING)
    bench.line.end(names[1], "cancel")
    assert bench.state(names[1]) == CANCELLED
    assert bench.line.place(names[2]) == 1
    bench.go.set()
    bench.wait(names[2], DONE)
    assert bench.begun == ["a", "c"]


@pytest.mark.parametrize(("how", "state"), [(CANCEL, CANCELLED), (KEEP, KEPT)])
def test_one_that_is_being_done_ends_as_asked(bench, how, state):
    name = bench.add("a")
    bench.wait(name, RUNNING)
    bench.line.end(name, how)
    bench.wait(name, state)


def test_a_paused_job_leaves_the_worker_and_comes_next_when_it_goes_on(bench):
    names = [bench.add(title) for title in "abc"]
    bench.wait(names[0], RUNNING)
    bench.line.end(names[0], "pause")
    bench.wait(names[1], RUNNING)
    assert bench.state(names[0]) == PAUSED
    bench.line.go_on(names[0])
    assert bench.line.place(names[0]) == 1
    bench.go.set()
    bench.wait(names[2], DONE)
    assert bench.begun == ["a", "b", "a", "c"]


def test_going_on_at_once_is_not_lost(bench):
    name = bench.add("a")
    bench.wait(name, RUNNING)
    bench.line.end(name, "pause")
    bench.line.go_on(name)
    until(lambda: bench.begun == ["a", "a"])
    bench.go.set()
    bench.wait(name, DONE)


def test_a_pause_after_going_on_at_once_is_not_lost_either(bench):
    name = bench.add("a")
    bench.wait(name, RUNNING)
    with bench.line._changed:  # the worker cannot leave in between
        bench.line.end(name, PAUSE)
        bench.line.go_on(name)
        bench.line.end(name, PAUSE)
    bench.wait(name, PAUSED)
    bench.go.set()
    bench.wait(bench.add("b"), DONE)
    assert bench.begun == ["a", "b"]


def test_an_ended_job_does_not_go_on(bench):
    bench.go.set()
    name = bench.add("a")
    bench.wait(name, DONE)
    with pytest.raises(RunError, match="has ended"):
        bench.line.go_on(name)


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (PictureError("lake: is\ndamaged"), "lake: is damaged"),
        (MemoryError(), "the memory ran out: choose a smaller size"),
        (ZeroDivisionError("secret"), "it failed unexpectedly: ZeroDivisionError"),
    ],
)
def test_the_worker_outlives_a_job_that_fails(bench, failure, message):
    bench.failure = failure
    name = bench.add("a")
    bench.wait(name, FAILED)
    assert bench.shelf.job(name).told == message
    bench.failure = None
    bench.go.set()
    bench.wait(bench.add("b"), DONE)


def test_a_full_line_refuses(tmp_path):
    bench = Bench(tmp_path, waiting=2)
    first = bench.add("a")
    bench.wait(first, RUNNING)
    bench.add("b"), bench.add("c")
    with pytest.raises(RunError, match="2 pictures are waiting already"):
        bench.add("d")
    bench.line.close()


def test_closing_leaves_what_is_open_to_be_resumed(tmp_path):
    bench = Bench(tmp_path)
    names = [bench.add(title) for title in "ab"]
    bench.wait(names[0], RUNNING)
    bench.line.close()
    shelf = Shelf(tmp_path / "jobs")
    assert [shelf.job(name).state for name in names] == [BROKEN, BROKEN]


def test_the_stronger_of_two_requests_holds():
    requests = Requests()
    requests.end(KEEP)
    requests.end(PAUSE)
    assert requests.ending == KEEP
    requests.change({"strength": 1})
    requests.change({"strength": 2, "colors": "none"})
    assert requests.changes() == {"strength": 2, "colors": "none"}
    assert requests.changes() == {}


def test_previews_have_a_pace_and_few_stay(tmp_path):
    now = [0.0]
    live = Live(tmp_path / "live", clock=lambda: now[0])
    import numpy as np

    assert live.due
    for _ in range(6):
        live.show(np.zeros((8, 8, 3), np.uint8))
        assert not live.due
        now[0] += 0.6
    assert live.view.version == 6
    assert len(list((tmp_path / "live").iterdir())) == 3
    assert live.view.preview.exists()


def test_losses_of_a_way_not_gone_are_dropped(tmp_path):
    live = Live(tmp_path, clock=lambda: 0.0)
    for number in (1, 2, 3):
        live.stepped(number, {"total": 10.0 - number})
    live.stepped(2, {"total": 5.0})
    assert live.view.steps == (1, 2)
    assert live.view.losses["total"] == (9.0, 5.0)
