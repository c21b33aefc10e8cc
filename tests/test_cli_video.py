"""``impasto video``: from the arguments to the film."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import av
import numpy as np
import pytest

from cli_pictures import impasto, listing, write_style
from film_clips import frames_of, hurt, moving_square, packets, scenes, write_film
from impasto import files
from impasto.commands.window import show
from impasto.errors import VideoError
from impasto.film import Frame, Place, film, networked, open_film
from impasto.film.camera import Camera
from impasto.film.cluster import pieces_of
from impasto.film.pipeline import Painted
from impasto.lock import held
from trained_models import write_assets


@pytest.fixture(autouse=True)
def assets(tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", write_assets(tmp_path / "assets"))


@pytest.fixture(scope="module")
def film_file(tmp_path_factory):
    return write_film(tmp_path_factory.mktemp("film") / "a.mp4", scenes(20), audio=2)


@pytest.fixture
def folder(tmp_path, film_file):
    desk = tmp_path / "desk"
    desk.mkdir()
    shutil.copy(film_file, desk)
    return desk


def video(*arguments, at):
    """Paint with the-scream for programs; arguments may differ."""
    model = () if {"--model", "--style"} & set(arguments) else ("--model", "the-scream")
    return impasto("video", *model, "--json", "--threads", 1, *arguments, at=at)


def test_a_film_becomes_a_painted_film(folder):
    outcome = impasto("video", "a.mp4", "--model", "the-scream", at=folder)
    assert outcome.code == 0
    assert outcome.out.startswith("a-the-scream.mp4: 64 x 48, 20 frames, 2 scenes, 0:0")
    assert listing(folder) == ["a-the-scream.mp4", "a.mp4"]
    before, after = frames_of(folder / "a.mp4"), frames_of(folder / "a-the-scream.mp4")
    assert [time for time, _ in after] == [time for time, _ in before]
    assert np.abs(after[3][1].astype(int) - before[3][1]).mean() > 10
    assert packets(folder / "a-the-scream.mp4") == packets(folder / "a.mp4")


def test_results_for_programs(folder):
    [result] = video("a.mp4", "-o", "b.mp4", at=folder).results
    assert result["status"] == "filmed"
    assert (result["input"], result["output"]) == ("a.mp4", "b.mp4")
    assert (result["size"], result["frames"], result["cuts"]) == ([64, 48], 20, [10])
    assert result["options"]["codec"] == "h264"
    assert result["network"]["styles"] == {"the-scream": 1.0}
    with av.open(str(folder / "b.mp4")) as file:
        manifest = json.loads(file.metadata["comment"])
    assert manifest["network"] == result["network"]
    assert manifest["whole"] is True


def test_a_dry_run_tries_some_frames_and_writes_nothing(folder):
    before = listing(folder)
    outcome = impasto("video", "a.mp4", "--model", "the-scream", "--dry-run", at=folder)
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("a-the-scream.mp4: 64 x 48, about 0:0")
    [result] = video("a.mp4", "--dry-run", at=folder).results
    assert (result["status"], result["size"], result["frames"]) == ("planned", [64, 48], 20)
    assert result["memory"] == 460 * 64 * 48
    assert result.keys() >= {"seconds"}
    assert listing(folder) == before
    told = video("a.mp4", "--dry-run", "--engine", "ray", at=folder).complaint
    assert told == "--dry-run cannot be combined with --show or --engine"


def test_what_is_there_is_skipped_or_not_touched(folder):
    video("a.mp4", "-o", "b.mp4", at=folder)
    data = (folder / "b.mp4").read_bytes()
    assert video("a.mp4", "-o", "b.mp4", at=folder).results[0]["status"] == "skipped"
    other = video("a.mp4", "-o", "b.mp4", "--size", 32, at=folder)
    assert "already exists, with other values of " in other.complaint
    assert (folder / "b.mp4").read_bytes() == data
    again = video("a.mp4", "-o", "b.mp4", "--size", 32, "--overwrite", at=folder)
    assert again.results[0]["size"] == [32, 24]
    (folder / "c.mp4").write_text("mine")
    assert "was not made by video" in video("a.mp4", "-o", "c.mp4", at=folder).complaint
    assert (folder / "c.mp4").read_text() == "mine"


def test_outputs(folder):
    outputs = ["b.gif", "b.mkv", "b.mov", "b.webm"]
    for output in outputs:
        [result] = video("a.mp4", "-o", output, at=folder).results
        assert result["status"] == "filmed"
        assert len(frames_of(folder / output)) == 20
    assert listing(folder) == ["a.mp4", *outputs]


def test_pictures_out_and_in_again(folder):
    video("a.mp4", "-o", "out/%03d.png", at=folder)
    assert listing(folder / "out") == [f"{n:03}.png" for n in range(1, 21)]
    video("out", "-o", "b.mp4", "--temporal", 0, at=folder)
    assert len(frames_of(folder / "b.mp4")) == 20
    assert "already exists" in video("a.mp4", "-o", "out/%03d.png", at=folder).complaint
    video("a.mp4", "-o", "frames", "--end", 0.25, at=folder)
    assert len(listing(folder / "frames")) == 6


def test_a_part_of_another_rate_and_size(folder):
    given = ("--start", 0.25, "--end", 0.75, "--fps", 12, "--size", 32)
    [result] = video("a.mp4", "-o", "b.mp4", *given, at=folder).results
    assert (result["frames"], result["size"]) == (6, [32, 24])


def stopped(folder, monkeypatch, at_frame=9, output="b.mp4"):
    """Stop a film as Ctrl-C does, by a signal to this process."""
    monkeypatch.setitem(film.SEGMENT, "apply", 6)
    whole = film.SegmentWriter.add_painted

    def add(self, painted, number):
        whole(self, painted, number)
        if painted.frame.place.number == at_frame:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(film.SegmentWriter, "add_painted", add)
        given = ("--model", "the-scream", "--threads", 1, "-o", output)
        return impasto("video", "a.mp4", *given, at=folder)


def test_ctrl_c_leaves_a_film_that_plays_and_says_how_to_go_on(folder, monkeypatch):
    outcome = stopped(folder, monkeypatch)
    assert outcome.code == 130
    assert "9 frames" in outcome.out
    assert outcome.out.endswith(
        "stopped before the end: the same command with --resume continues\n"
    )
    assert len(frames_of(folder / "b.mp4")) == 9
    assert "b.mp4.parts" in listing(folder)


def test_resume_ends_as_if_never_broken(folder, monkeypatch):
    stopped(folder, monkeypatch)
    refused = impasto("video", "a.mp4", "--model", "the-scream", "-o", "b.mp4", at=folder)
    assert "made from something else" in refused.complaint or "--resume" in refused.complaint
    [result] = video("a.mp4", "-o", "b.mp4", "--resume", at=folder).results
    assert (result["status"], result["frames"]) == ("filmed", 20)
    video("a.mp4", "-o", "c.mp4", at=folder)
    assert (folder / "b.mp4").read_bytes() == (folder / "c.mp4").read_bytes()
    assert listing(folder) == ["a.mp4", "b.mp4", "c.mp4"]


@pytest.mark.parametrize("output", ["b.gif", "f%d.png"])
def test_a_film_that_was_stopped_early_goes_on_too(output, folder, monkeypatch):
    outcome = stopped(folder, monkeypatch, 2, output)
    assert outcome.code == 130
    assert "the same command with --resume continues" in outcome.out
    assert "already exists" in video("a.mp4", "-o", output, at=folder).complaint
    [result] = video("a.mp4", "-o", output, "--resume", at=folder).results
    assert (result["status"], result["frames"]) == ("filmed", 20)
    assert not list(folder.glob("*.parts"))


def test_two_films_of_pictures_can_be_in_the_making_in_one_folder(folder, monkeypatch):
    stopped(folder, monkeypatch, 2, "out/f%d.png")
    [result] = video("a.mp4", "-o", "out/g%d.png", at=folder).results
    assert result["status"] == "filmed"
    assert not list(folder.glob("*.parts"))


def test_a_stopped_film_without_its_parts_begins_again(folder, monkeypatch):
    stopped(folder, monkeypatch)
    shutil.rmtree(folder / "b.mp4.parts")
    told = video("a.mp4", "-o", "b.mp4", at=folder).complaint
    assert told.endswith("stopped before its end: --resume continues, --overwrite starts again")
    [result] = video("a.mp4", "-o", "b.mp4", "--resume", at=folder).results
    assert (result["status"], result["frames"]) == ("filmed", 20)


def test_pictures_into_the_current_folder(folder):
    here = folder / "here"
    here.mkdir()
    (here / "other.png").write_text("not of this film")
    for output, first in (("f%d.png", "f1.png"), (".", "frame-00001.png")):
        before = len(listing(here))
        video("../a.mp4", "-o", output, "--end", 0.2, at=here)
        assert first in listing(here)
        assert len(listing(here)) == before + 5


def test_damage_is_told_in_a_line(folder):
    write_film(folder / "bad.mp4", moving_square(20), options={"g": "5", "bf": "0"})
    hurt(folder / "bad.mp4", [11])
    outcome = impasto("video", "bad.mp4", "--model", "the-scream", "-o", "b.mp4", at=folder)
    assert "bad.mp4: 1 frame at 0.4 s could not be read: left out\n" in outcome.err
    assert len(frames_of(folder / "b.mp4")) == 19
    [result] = video("bad.mp4", "-o", "c.mp4", at=folder).results
    assert result["notices"] == ["1 frame at 0.4 s could not be read: left out"]


def test_another_film_is_not_gone_on_with(folder, monkeypatch):
    stopped(folder, monkeypatch)
    outcome = video("a.mp4", "-o", "b.mp4", "--resume", "--size", 32, at=folder)
    assert "was begun with another size" in outcome.complaint


@pytest.mark.parametrize("output", ["b.mp4", "b.gif"])
@pytest.mark.parametrize("room", [4, 20])
def test_a_full_disk_is_one_line_and_loses_nothing(output, room, folder, small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(bytes((64 - room) << 10))
    given = ("a.mp4", "--end", 0.7, "-o", small_disk / output)
    outcome = impasto("video", *given, "--model", "the-scream", at=folder)
    assert (outcome.code, outcome.err.count("No space left on device")) == (2, 1)
    assert "Traceback" not in outcome.err
    assert not (small_disk / output).exists()
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    [result] = video(*given, "--resume", at=folder).results
    assert result["status"] == "filmed"
    assert listing(small_disk) == [output]


@pytest.mark.parametrize("wrong", [1, 16])
def test_a_frame_that_is_no_picture_is_an_error(wrong, folder, monkeypatch):
    """A network with damaged weights gives values that are no numbers, always or at times."""
    monkeypatch.setitem(film.SEGMENT, "apply", 6)
    painted, calls = networked.painted, itertools.count(1)

    def damaged(*given):
        pixels, own = painted(*given)
        pixels[0, 0] = np.nan if next(calls) >= wrong else pixels[0, 0]
        return pixels, own

    with monkeypatch.context() as patch:
        patch.setattr(networked, "painted", damaged)
        told = video("a.mp4", "-o", "b.mp4", at=folder).complaint
    assert told.startswith("the-scream: a painted frame has values that are not finite")
    assert not (folder / "b.mp4").exists()
    assert (folder / "b.mp4.parts").exists() == (wrong > 1)  # where there is a whole segment
    assert video("a.mp4", "-o", "b.mp4", "--resume", at=folder).results[0]["frames"] == 20


def test_one_run_a_film_at_a_time(folder):
    with held(folder / "b.mp4.parts"):
        told = video("a.mp4", "-o", "b.mp4", at=folder).complaint
    assert "b.mp4.parts: another run uses this folder" in told
    assert not (folder / "b.mp4").exists()
    video("a.mp4", "-o", "b.mp4", at=folder)
    assert listing(folder) == ["a.mp4", "b.mp4"]


def test_what_a_killed_run_left_goes_with_the_next(folder, monkeypatch):
    stopped(folder, monkeypatch)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    files._sweep_once.cache_clear()  # as in another process
    left = files.temporary_prefix().replace(str(os.getpid()), str(gone.pid)) + "left.mp4"
    for place in (folder, folder / "b.mp4.parts"):
        (place / left).write_bytes(b"half")
    video("a.mp4", "-o", "b.mp4", "--resume", at=folder)
    assert sorted(each.name for each in folder.iterdir()) == ["a.mp4", "b.mp4"]


@pytest.mark.slow
def test_a_killed_program_leaves_nothing_broken(folder):
    write_film(folder / "long.mp4", moving_square(400))
    command = [sys.executable, "-m", "impasto", "video", "long.mp4", "--model", "starry-night"]
    with subprocess.Popen([*command, "-o", "k.mp4", "--size", "640"], cwd=folder) as run:
        while run.poll() is None and not (folder / "k.mp4.parts" / "recipe.json").exists():
            time.sleep(0.05)
        run.kill()
    assert run.returncode == -signal.SIGKILL
    assert not (folder / "k.mp4").exists()


def test_pieces_end_with_scenes_and_warm_up():
    frames = [Frame(each, (n,), Place(n + 1, n)) for n, each in enumerate(scenes(60))]
    pieces = pieces_of(iter(frames), 20)
    assert [(each.first, each.kept) for each in pieces] == [(0, 30), (30, 20), (50, 10)]
    assert [each.skipped for each in pieces] == [0, 0, 12]
    assert [each.begin.number for each in pieces] == [0, 30, 38]
    assert [each.final for each in pieces] == [False, False, True]


def write_bad(folder):
    whole = (folder / "a.mp4").read_bytes()
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("no film " * 400)
    (folder / "half.mp4").write_bytes(whole[: len(whole) // 2])
    codec = whole.replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC")
    (folder / "codec.mp4").write_bytes(codec)
    (folder / "file").write_text("")
    (folder / "pictures").mkdir()


BAD = [
    (["none.mp4"], "none.mp4: no such file"),
    (["empty.mp4"], "empty.mp4: is empty"),
    (["text.mp4"], "text.mp4: not a film, or damaged or truncated"),
    (["half.mp4"], "half.mp4: not a film, or damaged or truncated"),
    (["codec.mp4"], "codec.mp4: its video codec is not supported here"),
    (["pictures"], "pictures: holds no pictures"),
    (["a.mp4", "--start", 90], "no frame in this part"),
    (["a.mp4", "--start", 2, "--end", 1], "--end: expected seconds after --start, 2, got 1"),
    (["a.mp4", "-o", "nowhere/b.mp4"], "nowhere/b.mp4: cannot be written"),
    (["a.mp4", "-o", "file/b.mp4"], "file/b.mp4: cannot be written (file: is not a folder)"),
    (["a.mp4", "-o", "b.txt"], "--output: expected a film (.mp4"),
    (["a.mp4", "-o", "a.mp4"], "--output: expected another file than the film itself"),
    (["a.mp4", "-o", "b.webm", "--codec", "h264"], "--codec: expected vp9 in .webm"),
    (["a.mp4", "--temporal", 2], "--temporal: expected a number from 0 to 1, got 2"),
    (["a.mp4", "--model", "starry-nihgt"], "did you mean starry-night?"),
    (["a.mp4", "--method", "paint", "--model", "x"], "--method paint takes pictures"),
    (["a.mp4", "--engine", "none"], "--engine: expected local or ray, got 'none'"),
    (["a.mp4", "--resume", "--overwrite"], "--resume continues, --overwrite starts again"),
    (["0"], "0: a camera needs --show"),
    ([], "no video: name INPUT"),
]  # fmt: skip


def test_bad_input(folder):
    write_bad(folder)
    before = listing(folder)
    for given, message in BAD:
        output = () if "-o" in given else ("-o", "out.mp4")
        assert message in video(*given, *output, at=folder).complaint, given
        assert listing(folder) == before, given


def test_a_style_is_needed(folder):
    assert impasto("video", "a.mp4", at=folder).complaint.startswith("no model: name a style")
    paint = impasto("video", "a.mp4", "--method", "paint", at=folder)
    assert paint.complaint == "--method paint needs --style PICTURE"


def test_no_display_is_told(folder, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    given = ("video", "0", "--show", "--model", "the-scream")
    told = impasto(*given, at=folder).complaint
    assert told == "--show: there is no display here: name a file with --output"


class Device:
    """A camera that shows a clip, blue first."""

    def __init__(self, pictures):
        self.pictures, self.released = list(pictures), False

    def read(self):
        if not self.pictures:
            return False, None
        return True, self.pictures.pop(0)[:, :, ::-1]

    def release(self):
        self.released = True


def test_a_camera_s_frames(monkeypatch):
    pictures = moving_square(4)
    camera = Camera(0, device=Device(pictures))
    assert (camera.film.width, camera.film.height, camera.film.frames) == (64, 48, None)
    frames = camera.frames()
    found = [next(frames) for _ in pictures]
    for frame, picture in zip(found, pictures, strict=True):
        assert (frame.pixels == picture).all()
    times = [frame.times[0] for frame in found]
    assert times == sorted(set(times))
    with pytest.raises(VideoError, match="camera 0: gives no picture"):
        next(frames)
    camera.close()
    assert camera._device.released
    small = Camera(0, size=32, device=Device(pictures))
    assert (small.film.width, small.film.height) == (32, 24)


def test_frames_are_shown_until_the_window_is_closed(tmp_path):
    film = open_film(write_film(tmp_path / "a.mp4", moving_square(3), rate=500)).film
    shown = []

    class Shown:
        def show(self, pixels):
            shown.append(pixels)
            return len(shown) < 4

        def close(self):
            shown.append("closed")

    frames = (
        Painted(Frame(each, (n,), Place(n)), each, False, None)
        for n, each in enumerate(moving_square(8))
    )
    assert show(frames, film, Shown(), lambda: False) == 3
    assert len(shown) == 5
    assert shown[-1] == "closed"


def test_a_painted_film_is_scored(folder):
    video("a.mp4", "-o", "calm.mp4", at=folder)
    video("a.mp4", "-o", "alone.mp4", "--temporal", 0, at=folder)
    found = {}
    for name in ("calm", "alone", "a"):
        outcome = impasto("score", "--video", "a.mp4", f"{name}.mp4", "--json", at=folder)
        [found[name]] = outcome.results
    assert found["calm"]["frames"] == 18  # 19 pairs, one of them over the cut
    assert found["calm"]["warping_error"] < 0.8 * found["alone"]["warping_error"]
    assert found["a"]["warping_error"] == found["a"]["source_warping_error"]
    assert all(each["content_distance"] == 0 for each in found["a"]["samples"])
    assert all(each["content_distance"] > 0.05 for each in found["calm"]["samples"])
    assert found["calm"]["samples"][0]["style_distance"] is None


def test_scores_of_style_over_time(folder):
    write_style(folder / "s.png")
    video("a.mp4", "-o", "b.mp4", "--end", 0.4, at=folder)
    outcome = impasto("score", "--video", "a.mp4", "b.mp4", "--style", "s.png", at=folder)
    assert outcome.code == 0
    assert "warping error" in outcome.out
    assert outcome.out.count("style ") == outcome.out.count("at ")


def test_films_that_have_nothing_in_common_are_told(folder):
    write_film(folder / "one.mp4", moving_square(1))
    outcome = impasto("score", "--video", "a.mp4", "one.mp4", at=folder)
    assert outcome.complaint == "one.mp4: has no two frames in common with a.mp4"
    assert "FILM and PAINTED are missing" in impasto("score", "--video", at=folder).complaint


def test_a_film_by_optimization(tmp_path):
    write_style(tmp_path / "s.png")
    write_film(tmp_path / "a.mp4", scenes(6))
    given = ("--method", "paint", "--style", "s.png", "--steps", 1, "--first-steps", 1)
    [result] = video("a.mp4", *given, "--size", 32, "-o", "b.mp4", at=tmp_path).results
    assert (result["frames"], result["cuts"]) == (6, [3])
    assert len(frames_of(tmp_path / "b.mp4")) == 6
    assert [each["name"] for each in result["styles"]] == ["s.png"]
