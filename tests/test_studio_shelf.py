"""The folder of all jobs."""

import json
import threading

import pytest

from impasto.errors import RunError
from impasto.studio.job import BROKEN, DONE, PAUSED, RUNNING, WAITING
from impasto.studio.shelf import Shelf
from impasto.studio.studio import Studio

PAINTED = {"asked": {"size": 3}, "options": {}, "preset": "quick", "styles": 1, "titles": ["s"]}
FILMED = {"asked": {}, "source": "source.mp4"}


def waiting(shelf, kind="paint", order=PAINTED, **values):
    """A job that is whole."""
    return shelf.change(shelf.new(kind, order=order, **values).id, state=WAITING)


def test_jobs_are_found_again(tmp_path):
    shelf = Shelf(tmp_path)
    first = waiting(shelf, owner="anna", title="a")
    second = waiting(shelf, "film", FILMED, owner="bert")
    shelf.change(first.id, state=DONE, result="result.png", changes=({"step": 3, "asked": {}},))
    again = Shelf(tmp_path)
    assert again.job(first.id) == shelf.job(first.id)
    assert [job.id for job in again.jobs()] == [second.id, first.id]
    assert [job.id for job in again.jobs("anna")] == [first.id]


def test_what_was_open_when_the_server_ended_is_broken_off(tmp_path):
    shelf = Shelf(tmp_path)
    states = (WAITING, RUNNING, PAUSED, DONE)
    names = [shelf.change(waiting(shelf).id, state=state).id for state in states]
    again = Shelf(tmp_path)
    assert [again.job(name).state for name in names] == [BROKEN, BROKEN, PAUSED, DONE]


@pytest.mark.parametrize("name", ["../x", "..", "", "/etc", "20200101-000000-0000000000000000"])
def test_an_id_is_looked_up_and_never_becomes_a_path(tmp_path, name):
    (tmp_path / "x").mkdir()
    shelf = Shelf(tmp_path / "jobs")
    for use in (shelf.job, shelf.folder, shelf.remove):
        with pytest.raises(RunError, match="no such job"):
            use(name)


def test_records_that_cannot_be_read_are_left_aside(tmp_path, caplog):
    shelf = Shelf(tmp_path)
    good, torn, other = (waiting(shelf) for _ in range(3))
    (tmp_path / torn.id / "job.json").write_text("{")
    (tmp_path / other.id / "job.json").write_text(json.dumps({"color": 1}))
    (tmp_path / "notes").mkdir()
    again = Shelf(tmp_path)
    assert [job.id for job in again.jobs()] == [good.id]
    assert caplog.text.count("left aside") == 2


def test_a_job_whose_pictures_were_not_all_there_yet_never_was(tmp_path):
    Shelf(tmp_path).new("paint", order=PAINTED)
    assert Shelf(tmp_path).jobs() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("film", FILMED | {"source": "../../../etc/passwd"}),
        ("film", FILMED | {"source": "/etc/passwd"}),
        ("film", {"asked": {}}),
        ("film", FILMED | {"asked": 5}),
        ("paint", {}),
        ("paint", PAINTED | {"styles": 10**15}),
        ("paint", PAINTED | {"styles": "x"}),
        ("paint", PAINTED | {"titles": 5}),
        ("dance", {}),
    ],
)
def test_orders_that_mean_nothing_are_left_aside(tmp_path, caplog, kind, order):
    waiting(Shelf(tmp_path), kind, order)
    assert Shelf(tmp_path).jobs() == []
    assert "left aside" in caplog.text


def test_a_record_of_another_folder_is_not_believed(tmp_path):
    shelf = Shelf(tmp_path)
    job = waiting(shelf)
    (tmp_path / job.id).rename(tmp_path / "elsewhere")
    assert Shelf(tmp_path).jobs() == []


def test_a_job_that_is_removed_is_gone(tmp_path):
    shelf = Shelf(tmp_path)
    job = shelf.new("paint")
    shelf.remove(job.id)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RunError):
        shelf.job(job.id)


def test_one_studio_in_a_folder_at_a_time(tmp_path):
    first = Studio(tmp_path)
    with pytest.raises(RunError, match="another studio is open here"):
        Studio(tmp_path)
    closing = threading.Thread(target=first.close)  # by another than has opened it
    closing.start()
    closing.join()
    Studio(tmp_path).close()
