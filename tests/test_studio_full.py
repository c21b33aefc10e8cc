"""A full disk costs no job, and nothing ends the worker."""

import pytest

from impasto.errors import ImpastoError, RunError
from impasto.studio.job import DONE, FAILED, PAUSED, RUNNING, WAITING
from impasto.studio.shelf import Shelf
from impasto.studio.studio import Studio
from studio_parts import ANNA, QUICK, ended, filled, ordered, reached, small_disk, until
from test_studio_line import Bench


def test_a_painting_goes_on_after_a_full_disk(tmp_path, nearby):
    with small_disk(tmp_path / "disk", 8) as disk:
        studio = Studio(disk / "run")
        name = ordered(studio, tmp_path, asked={**QUICK, "steps": 60}).id
        reached(studio, ANNA, name, 3)
        studio.steer(ANNA, name, "pause")
        assert ended(studio, ANNA, name).state == PAUSED
        with filled(disk):
            studio.steer(ANNA, name, "go_on")
            failed = ended(studio, ANNA, name)
            assert failed.state == FAILED
            assert "\n" not in failed.told
            assert str(disk) not in failed.told
            with pytest.raises(ImpastoError, match=r"^lake: cannot be written"):
                ordered(studio, tmp_path)
            assert [job.id for job in studio.jobs(ANNA)] == [name]
        studio.steer(ANNA, name, "go_on")
        assert ended(studio, ANNA, name).state == DONE
        assert ended(studio, ANNA, ordered(studio, tmp_path).id).state == DONE
        studio.close()


def test_records_outlive_a_full_disk(tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk:
        shelf = Shelf(disk / "jobs")
        first, second = (shelf.change(shelf.new("instant").id, state=WAITING) for _ in "ab")
        with filled(disk):
            shelf.change(first.id, state=DONE)
            assert shelf.job(first.id).state == DONE
            assert {job.id for job in Shelf(disk / "jobs").jobs()} == {first.id, second.id}
            with pytest.raises(RunError, match="there is no room for another job"):
                shelf.new("instant")
        shelf.change(second.id, state=PAUSED)
        assert [Shelf(disk / "jobs").job(each.id).state for each in (first, second)] == [
            DONE,
            PAUSED,
        ]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.line.close()


@pytest.mark.parametrize("failure", [OSError(28, "No space left"), SystemExit(3), RecursionError()])
def test_the_worker_outlives_whatever_a_job_does(bench, failure):
    bench.failure = failure
    name = bench.add("a")
    bench.wait(name, FAILED)
    bench.failure = None
    bench.go.set()
    bench.line.go_on(name)
    bench.wait(name, DONE)


def test_the_worker_outlives_a_shelf_that_lost_the_job(bench, monkeypatch):
    kept = bench.shelf.change

    def gone(name, **values):
        if values.get("state") == RUNNING:
            monkeypatch.undo()
            raise RunError("there is no such job here, or it is not yours")
        return kept(name, **values)

    monkeypatch.setattr(bench.shelf, "change", gone)
    bench.add("a")
    bench.go.set()
    bench.wait(bench.add("b"), DONE)


def test_what_is_being_painted_cannot_be_removed_and_what_waits_can(bench):
    first, second, third = (bench.add(title) for title in "abc")
    bench.wait(first, RUNNING)
    with pytest.raises(RunError, match="is being painted, cancel it first"):
        bench.line.remove(first)
    bench.line.remove(second)
    bench.go.set()
    bench.wait(third, DONE)
    assert bench.begun == ["a", "c"]
    assert [job.title for job in bench.shelf.jobs()] == ["c", "a"]


def test_one_user_cannot_fill_the_line(tmp_path):
    bench = Bench(tmp_path, waiting=4)

    def add(owner):
        job = bench.shelf.new("instant", title="a", owner=owner)
        bench.line.add(job)
        return job

    begun = add("anna")
    bench.wait(begun.id, RUNNING)
    waiting = [add("anna"), add("anna")]
    with pytest.raises(RunError, match="2 pictures of yours are waiting already"):
        add("anna")
    waiting += [add("bert"), add("bert"), add("carl")]  # who has none gets a place
    with pytest.raises(RunError, match="5 pictures are waiting already"):
        add("carl")
    assert bench.line.place(waiting[-1].id) == 5
    bench.line.close()


def test_a_job_that_cannot_be_begun_leaves_nothing(tmp_path):
    studio = Studio(tmp_path / "run")
    with pytest.raises(RunError), studio.new("paint", ANNA, "a", {}):
        raise OSError(28, "No space left on device")
    assert studio.jobs(ANNA) == []
    assert until(lambda: [*(tmp_path / "run" / "jobs").iterdir()] == [])
    studio.close()
