"""A folder over a Ray cluster: the same results as in this process, whatever the workers do."""

import dataclasses
import os
import pickle
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import impasto
from cli_pictures import impasto as run
from cli_pictures import write_photograph
from film_clips import frames_of, packets, scenes, write_film
from impasto.errors import ImpastoError, MissingExtraError, ModelError, OptionError, PictureError
from impasto.film import film
from impasto.networks import engine, ray_cluster, ray_crew, ray_engine
from impasto.networks.engine import Job
from impasto.networks.ray_crew import Crew, Lost
from impasto.networks.ray_engine import Painter, Task
from impasto.networks.resolve import Located
from impasto.options.apply import ApplyOptions
from trained_models import STYLES, write_model

OPTIONS = ApplyOptions(style_weights=f"{STYLES[0]}:0.3,{STYLES[1]}:0.7")


@pytest.fixture(scope="module")
def cluster():
    """Ray with two processors, as the engine itself starts it."""
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(ray_cluster.ADDRESS, raising=False)
        patch.setattr(ray_cluster, "physical_cores", lambda: 2)
        before = signal.getsignal(signal.SIGTERM)
        with ray_cluster.connected() as ray:
            session = Path(ray._private.worker._global_node.get_session_dir_path())
            assert session.is_dir()
            yield ray
    assert not ray.is_initialized()
    assert not session.exists()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.fixture
def model(tmp_path):
    return str(write_model(tmp_path / "model.onnx"))


def photographs(folder, count=6, broken=()):
    """Jobs with tiny pictures of different sizes, some of which are none."""
    jobs = []
    for number in range(count):
        path = write_photograph(folder / f"{number}.png", seed=number)
        if number in broken:
            path.write_bytes(b"no picture")
        jobs.append(Job(path, folder.parent / "results" / path.name))
    return jobs


def in_order(results):
    return sorted(results, key=lambda result: str(result.job.content))


def told(result):
    """All of a result but what differs from run to run."""
    manifest = None if result.manifest is None else {**result.manifest, "timings": None}
    return result.job, result.status, manifest, type(result.error), str(result.error)


def to(folder, jobs):
    return [Job(job.content, folder / job.output.name) for job in jobs]


@pytest.mark.slow
def test_results_are_those_of_the_local_engine(cluster, tmp_path, model):
    jobs = photographs(tmp_path / "photographs", broken={2})
    jobs.append(Job(jobs[0].content, jobs[0].content))  # no result of apply is there
    found = in_order(ray_engine.apply_all(jobs, model, OPTIONS))
    pictures = [job.output.read_bytes() for job in jobs if job.output.exists()]
    for job in jobs[:-1]:
        job.output.unlink(missing_ok=True)
    expected = in_order(engine.apply_all(jobs, model, OPTIONS, threads=1))
    assert sorted(map(told, found), key=str) == sorted(map(told, expected), key=str)
    assert [result.status for result in found].count("failed") == 2
    assert pictures == [job.output.read_bytes() for job in jobs if job.output.exists()]
    assert len(pictures) == 6


@pytest.mark.slow
def test_what_is_done_is_skipped_and_what_failed_is_told_again(
    cluster, tmp_path, model, monkeypatch
):
    photographs(tmp_path / "photographs", broken={5})
    monkeypatch.chdir(tmp_path)
    jobs = [Job(Path(f"photographs/{n}.png"), Path(f"results/{n}.png")) for n in range(6)]
    first = in_order(ray_engine.apply_all(jobs, model, OPTIONS, threads=2))
    assert [result.status for result in first] == ["applied"] * 5 + ["failed"]
    assert str(first[-1].error).startswith("photographs/5.png: ")
    made = [(job.output.stat().st_ino, job.output.stat().st_mtime_ns) for job in jobs[:5]]
    jobs[5].content.write_bytes(jobs[4].content.read_bytes())
    second = in_order(ray_engine.apply_all(jobs, model, OPTIONS))
    assert [result.status for result in second] == ["skipped"] * 5 + ["applied"]
    assert made == [(job.output.stat().st_ino, job.output.stat().st_mtime_ns) for job in jobs[:5]]


@pytest.mark.slow
def test_a_mistake_about_all_is_raised_before_work(cluster, tmp_path, model):
    jobs = photographs(tmp_path / "photographs", 1)
    with pytest.raises(ModelError, match="no such model"):
        next(ray_engine.apply_all(jobs, str(tmp_path / "none.onnx"), OPTIONS))
    with pytest.raises(OptionError, match=f"did you mean {STYLES[0]}"):
        next(ray_engine.apply_all(jobs, model, ApplyOptions(style_weights=STYLES[0][:-1])))
    with pytest.raises(OptionError, match="threads: expected at most 2"):
        next(ray_engine.apply_all(jobs, model, OPTIONS, threads=3))
    (tmp_path / "results").rmdir()
    (tmp_path / "results").write_bytes(b"")
    with pytest.raises(PictureError, match="results: cannot be made"):
        next(ray_engine.apply_all(jobs, model, OPTIONS))


@pytest.mark.slow
def test_without_a_worker_the_run_ends(cluster, tmp_path, model):
    jobs = photographs(tmp_path / "photographs", 3)
    task = dataclasses.replace(task_of(model, tmp_path), version="0.0.1")
    painter = cluster.remote(num_cpus=1)(Painter)
    crew = Crew(cluster, lambda: painter.remote(task, b""), 2, jobs)
    with pytest.raises(ImpastoError) as caught:
        next(crew.results())
    host, version = socket.gethostname(), impasto.__version__
    reason = f"{host}: impasto 0.0.1 is needed, it has {version}"
    assert str(caught.value) == f"--engine ray: no worker can start ({reason})"


@pytest.mark.slow
def test_pieces_of_a_film_are_painted_side_by_side(cluster, tmp_path, monkeypatch):
    write_film(tmp_path / "a.mp4", scenes(20), audio=2)
    monkeypatch.setitem(film.SEGMENT, "apply", 6)
    # By its file, as workers have the bundled models of their own.
    model = write_model(tmp_path / "m.onnx", styles=("one",))
    given = ("video", "a.mp4", "--model", model, "--threads", 1, "--json")
    [alone] = run(*given, "-o", "b.mp4", at=tmp_path).results
    [result] = run(*given, "-o", "c.mp4", "--engine", "ray", at=tmp_path).results
    assert (result["status"], result["frames"], result["cuts"]) == ("filmed", 20, [10])
    assert packets(tmp_path / "c.mp4") == packets(tmp_path / "a.mp4")
    first, second = frames_of(tmp_path / "b.mp4"), frames_of(tmp_path / "c.mp4")
    assert [time for time, _ in second] == [time for time, _ in first]
    for (_, one), (_, other) in zip(first, second, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 6
    assert alone["frames"] == 20


SCRIPT = """
import os, signal, sys, threading, time
from pathlib import Path
from impasto.networks.ray_cluster import connected
from impasto.networks.ray_crew import Crew, Lost

class Mortal:
    def __init__(self, folder):
        self.folder = Path(folder)

    def load(self):
        pass

    def paint(self, job):
        marks = self.folder / f"{job}.marks"
        with marks.open("a") as file:
            file.write("x")
        lives = {"always": 9, "once": 2}.get(job, 1)
        if marks.stat().st_size < lives:
            os._exit(1)
        while job == "stuck":
            time.sleep(1)
        return "done"

jobs = ["always", "once", "well", "stuck"]
left = {"always", "once", "well"}
interrupt = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
with connected() as ray:
    mortal = ray.remote(num_cpus=1)(Mortal)
    try:
        for job, result in Crew(ray, lambda: mortal.remote(sys.argv[1]), 2, jobs).results():
            print(job, "lost" if isinstance(result, Lost) else result, flush=True)
            left.remove(job)
            if not left:
                interrupt.start()
    except KeyboardInterrupt:
        sys.exit(130)
"""
"""A crew that meets all that may happen, until it is interrupted."""


@pytest.mark.slow
def test_workers_that_die_are_replaced_and_nothing_else_is_said(cluster, tmp_path):
    address = cluster.get_runtime_context().gcs_address
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={**os.environ, **ray_cluster.OWN, "RAY_AUTH_MODE": "token", "RAY_ADDRESS": address},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (130, "")
    assert sorted(done.stdout.splitlines()) == ["always lost", "once done", "well done"]
    assert (done.returncode, done.stderr) == (130, "")
    begun = {path.stem: path.stat().st_size for path in tmp_path.glob("*.marks")}
    assert begun == {"always": 2, "once": 2, "well": 1, "stuck": 1}


ADDRESSES = """
import os, sys
from impasto.errors import ImpastoError
from impasto.networks.ray_cluster import connected

for address in sys.argv[1:]:
    os.environ["RAY_ADDRESS"] = address
    try:
        with connected():
            pass
    except ImpastoError as error:
        print(error)
"""


@pytest.mark.slow
def test_an_address_without_a_cluster_is_named():
    pytest.importorskip("ray")
    with socket.socket() as bound:  # but not listening
        bound.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{bound.getsockname()[1]}"
        addresses = [host, f"ray://{host}", "nonsense", "host:port"]
        command = [sys.executable, "-c", ADDRESSES, *addresses]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    told = done.stdout.splitlines()
    starts = [f"--engine ray: no cluster at {address} (" for address in addresses]
    assert [line[: len(start)] for line, start in zip(told, starts, strict=True)] == starts


def test_a_missing_extra_is_named(tmp_path, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    results = ray_engine.apply_all(photographs(tmp_path / "photographs", 1), model, OPTIONS)
    with pytest.raises(MissingExtraError, match=r"--engine ray needs .*impasto\[ray\]"):
        next(results)


def machine(processors, alive=True):
    return {"Alive": alive, "Resources": {"CPU": processors} if processors else {"GPU": 1.0}}


def test_room_is_counted_by_machine():
    nodes = [machine(8.0), machine(3.0), machine(64.0, alive=False), machine(None)]
    assert [ray_cluster.room_for(threads, nodes) for threads in (1, 2, 3, 4, 8)] == [11, 5, 3, 2, 1]
    with pytest.raises(OptionError, match="threads: expected at most 8"):
        ray_cluster.room_for(9, nodes)
    with pytest.raises(ImpastoError, match="no processors"):
        ray_cluster.room_for(1, nodes[2:])


def task_of(model, folder, **changes):
    return Task(Located("masters", Path(model)), OPTIONS, False, 1, str(folder), **changes)


@pytest.fixture
def painter(tmp_path, model, monkeypatch):
    """A worker in this process, on a machine that has not the model file."""
    monkeypatch.chdir(tmp_path)  # back to where we are, when the worker has gone elsewhere
    data = Path(model).read_bytes()
    Path(model).unlink()
    painter = Painter(task_of(model, tmp_path), data)
    painter.load()
    return painter


def test_a_worker_needs_no_model_file_but_tells_of_the_users(painter, tmp_path, model):
    [job] = photographs(tmp_path / "photographs", 1)
    job.output.parent.mkdir()
    assert painter.paint(job).status == "applied"
    assert painter._model.network.name == model
    assert painter.paint(job).status == "skipped"
    painter._task = dataclasses.replace(painter._task, overwrite=True)
    assert painter.paint(job).status == "applied"


def test_a_worker_that_sees_other_files_says_so(painter, tmp_path):
    [job] = photographs(tmp_path / "photographs", 1)
    for seen in (job, dataclasses.replace(job, content=tmp_path / "elsewhere.png")):
        result = painter.paint(seen)
        assert (result.status, type(result.error)) == ("failed", PictureError)
        assert f"not there on {socket.gethostname()}" in str(result.error)
    assert not job.output.parent.exists()


def test_a_mistake_of_ours_costs_one_picture(painter, tmp_path, monkeypatch):
    [job] = photographs(tmp_path / "photographs", 1)
    job.output.parent.mkdir()
    monkeypatch.setattr(type(painter._model), "stylize", lambda *_: 1 / 0)
    result = painter.paint(job)
    assert result.status == "failed"
    assert str(result.error) == f"{job.content}: ZeroDivisionError: division by zero"


def test_errors_of_every_kind_travel(painter, tmp_path, monkeypatch):
    [job] = photographs(tmp_path / "photographs", 1)
    job.output.parent.mkdir()
    for error in (OptionError("tile", "at least 96", 64), PictureError("a.png: torn"),
                  MissingExtraError("reading HEIC", "heic")):  # fmt: skip

        def fail(*_, error=error):
            raise error

        monkeypatch.setattr(type(painter._model), "stylize", fail)
        result = pickle.loads(pickle.dumps(painter.paint(job)))
        assert (result.job, result.status, result.manifest) == (job, "failed", None)
        assert (type(result.error), str(result.error)) == (type(error), str(error))


class FakeRay:
    """A cluster of workers whose answers are known; their promises are the answers' names."""

    class exceptions:  # noqa: N801
        RayError = RuntimeError

    def __init__(self, **answers):
        self.answers, self.hired, self.asked = answers, 0, 0

    def hire(self):
        self.hired += 1
        started = SimpleNamespace(remote=lambda name=f"start{self.hired}": name)
        return SimpleNamespace(load=started, paint=SimpleNamespace(remote=lambda job: "painted"))

    def wait(self, promises, *, timeout=None, num_returns=1):
        self.asked += 1
        return (promises[:1], promises[1:]) if self.asked > 1 else ([], promises)  # busy at first

    def get(self, promise):
        answer = self.answers[promise]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self, worker):
        raise ValueError("it is gone already")


WAITING = "--engine ray: the cluster has no processor free yet, waiting"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(ray_crew, "PATIENCE", 0.0)


def test_a_worker_that_cannot_start_is_done_without(caplog, impatient):
    ray = FakeRay(
        start1=RuntimeError("Traceback\n\nno onnxruntime\n"), start2=None, painted="picture"
    )
    assert [*Crew(ray, ray.hire, 2, "ab").results()] == [("a", "picture"), ("b", "picture")]
    less = "--engine ray: one worker less, it cannot start (no onnxruntime)"
    assert caplog.messages == [WAITING, less]
    assert ray.hired == 2


def test_when_all_workers_are_gone_the_run_ends(caplog, impatient):
    ray = FakeRay(start1=None, painted=RuntimeError("killed"), start2=RuntimeError(" "))
    with pytest.raises(ImpastoError, match=r"no worker can start \(RuntimeError\)"):
        list(Crew(ray, ray.hire, 1, "ab").results())
    assert caplog.messages == [WAITING]


def test_a_job_that_workers_die_of_is_given_up_and_a_crew_may_be_stopped():
    ray = FakeRay(start1=None, start2=None, start3=None, painted=RuntimeError("killed"))
    assert [*Crew(ray, ray.hire, 1, "a").results()] == [("a", Lost("killed"))]
    assert ray.hired == 2
    assert [*Crew(ray, ray.hire, 1, "a", stop=lambda: True).results()] == []
