"""Files are whole or not there, a fault is one line, and a folder is held by one run."""

import os
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from PIL import Image

from impasto.checkpoint import save_checkpoint
from impasto.errors import PictureError, RunError
from impasto.files import temporary_prefix, write_fault, write_json, write_text, written_whole
from impasto.film.timelapse import write_mp4
from impasto.image import Picture
from impasto.lock import held
from impasto.step import Step
from impasto.track import EventFile, LossTable, PaintingLog, Snapshots

NOISE = np.random.default_rng(0).random((300, 300, 3), np.float32)


def _checkpoint(disk):
    save_checkpoint(disk / "a.pt", "painting", {"state": torch.from_numpy(NOISE)})


def _loss_table(disk):
    table = LossTable(disk / "losses.csv")
    for number in range(1, 3000):
        table(Step(number, 3000, {"total": 1 / 3}, lambda: torch.zeros(1, 3, 4, 4)))


def _snapshots(disk):
    image = torch.from_numpy(NOISE).permute(2, 0, 1)[None]
    Snapshots(disk / "s", 1)(Step(1, 1, {}, lambda: image))


def _event_file(disk):
    with EventFile(disk / "t") as events:
        PaintingLog(events)(Step(1, 1, {}, lambda: torch.from_numpy(NOISE).permute(2, 0, 1)[None]))


def _film(disk):
    frames = [disk.parent / f"{number}.png" for number in (1, 2)]
    for number, path in enumerate(frames):
        Image.fromarray((NOISE * (200 + number)).astype(np.uint8)).save(path)
    write_mp4(frames, disk / "a.mp4")


WRITERS = {
    "a picture": lambda disk: Picture(NOISE).save(disk / "a.png"),
    "a photograph": lambda disk: Picture(NOISE).save(disk / "a.jpg"),
    "a large TIFF": lambda disk: Picture(NOISE).save(disk / "a.tif"),
    "AVIF": lambda disk: Picture(np.tile(NOISE, (2, 1, 1))).save(disk / "a.avif"),
    "a checkpoint": _checkpoint,
    "a table": _loss_table,
    "snapshots": _snapshots,
    "an event file": _event_file,
    "a film": _film,
    "a record": lambda disk: write_json(disk / "a.json", {"a": "x" * 100_000}),
}


@pytest.mark.parametrize("what", WRITERS)
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(what, small_disk):
    with pytest.raises((RunError, PictureError)) as caught:
        WRITERS[what](small_disk)
    assert str(caught.value).startswith(str(small_disk))
    assert "cannot be written (No space left on device)" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(small_disk.rglob(".impasto-*"))


def test_a_checkpoint_outlives_a_full_disk(small_disk):
    save_checkpoint(small_disk / "a.pt", "painting", {"state": torch.zeros(3)})
    before = (small_disk / "a.pt").read_bytes()
    with pytest.raises(RunError):
        _checkpoint(small_disk)
    assert before == (small_disk / "a.pt").read_bytes()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (RuntimeError("unexpected pos 64 vs 0\nframe #0"), "unexpected pos 64 vs 0"),
        (ValueError("cannot write mode"), "cannot write mode"),
        (KeyError(), "KeyError"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_whatever_a_library_raises_is_one_line(tmp_path, fault, message):
    with pytest.raises(PictureError) as caught, written_whole(tmp_path / "a.png", PictureError):
        raise fault
    assert str(caught.value) == f"{tmp_path / 'a.png'}: cannot be written ({message})"
    assert not list(tmp_path.iterdir())


def test_the_reason_behind_a_library_s_own_words_is_reported():
    fault = RuntimeError("unexpected pos 64 vs 0")
    fault.__context__ = OSError(28, "No space left on device")
    assert write_fault(fault) == "No space left on device"


@contextmanager
def _umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_files_have_the_mode_of_any_new_file_and_the_mask_is_never_touched(tmp_path, monkeypatch):
    with _umask(0o027):
        with monkeypatch.context() as patched:
            patched.setattr(os, "umask", lambda _mask: pytest.fail("a race with other threads"))
            write_text(tmp_path / "a.txt", "a")
        assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def _killed(code, folder):
    """Run a program that ends as by kill -9; give its process number."""
    program = f"import os, signal\nfrom pathlib import Path\n{code}\nos.kill(os.getpid(), 9)"
    running = subprocess.Popen([sys.executable, "-c", program], cwd=folder)
    running.wait()
    return running.pid


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can ask there")
def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(tmp_path):
    process = _killed(
        "from impasto.files import written_whole\n"
        "writing = written_whole(Path('run/snapshots/a.png'))\nwriting.__enter__()", tmp_path
    )  # fmt: skip
    [left] = (tmp_path / "run" / "snapshots").iterdir()
    assert f"-{process}-" in left.name
    mine = tmp_path / "run" / f"{temporary_prefix()}1.png"
    other = tmp_path / "run" / ".impasto-00000000-1-other-machine.png"
    mine.touch()
    other.touch()
    with held(tmp_path / "run"):
        assert not left.exists()
        assert mine.exists()
        assert other.exists()
    left.touch()
    write_text(left.with_name("b.txt"), "")
    assert not left.exists()


def test_a_name_that_is_not_utf_8_is_written_as_its_bytes(tmp_path):
    write_text(tmp_path / "a.txt", os.fsdecode(b"b\xff.jpg"))
    assert (tmp_path / "a.txt").read_bytes() == b"b\xff.jpg"


def test_two_runs_never_share_a_folder(tmp_path):
    with held(tmp_path / "run"), pytest.raises(RunError, match="another run uses this folder"):
        _in_a_thread(lambda: held(tmp_path / "run").__enter__())
    with held(tmp_path / "run"):
        pass


def _in_a_thread(work):
    faults = []

    def run():
        try:
            work()
        except RunError as error:
            faults.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]


def test_a_killed_run_does_not_hold_its_folder(tmp_path):
    _killed(
        "from impasto.lock import held\nholding = held(Path('run'))\nholding.__enter__()", tmp_path
    )
    with held(tmp_path / "run"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="run: cannot be written"), held(tmp_path / "file" / "run"):
        pass
