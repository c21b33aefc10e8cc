"""Painting films: calm, going on after a break, in bounded memory."""

import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from film_clips import frames_of, moving_ground, moving_square, scenes, write_film
from impasto.errors import ModelError, OptionError, RunError, VideoError
from impasto.film import Frame, Place, film, networked, open_film
from impasto.film.film import Order, filmed, reading_of
from impasto.film.motion import motion_between, strengthened, warping_error
from impasto.film.networked import NetworkedPainter, change_of, smoothed
from impasto.film.parts import Parts
from impasto.film.pipeline import DEPTH, ahead
from impasto.film.scenes import with_motion
from impasto.networks.model import load_model
from impasto.options.video import VideoOptions
from trained_models import write_model

SCREAM = "the-scream"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = write_model(tmp_path_factory.mktemp("model"), metadata=(("impasto.grain", "0.3"),))
    return load_model(path, threads=1)


def as_frames(pictures):
    return (Frame(each, (n,), Place(n + 1, n)) for n, each in enumerate(pictures))


def painted(model, pictures, **options):
    painter = NetworkedPainter(model, VideoOptions(style_weights=SCREAM, **options), 24.0)
    moving = options.get("temporal", 0.7) > 0
    return [painter.paint(each) for each in with_motion(as_frames(pictures), moving=moving)]


def error_of(pictures, sources):
    pairs = zip(pictures, pictures[1:], sources, sources[1:], strict=False)
    return np.mean([
        warping_error(a.astype(np.float32) / 255, b.astype(np.float32) / 255, motion_between(c, d))
        for a, b, c, d in pairs
    ])  # fmt: skip


@pytest.mark.parametrize("clip", [moving_ground, moving_square])
def test_the_blend_lowers_the_warping_error(clip, model):
    pictures = clip(8, (128, 96))
    alone, calm = painted(model, pictures, temporal=0.0), painted(model, pictures)
    assert error_of(calm, pictures) < 0.5 * error_of(alone, pictures)


def test_the_first_frame_and_those_behind_cuts_stand_for_themselves(model):
    pictures = scenes(8)
    alone, calm = painted(model, pictures, temporal=0.0), painted(model, pictures)
    same = [np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(alone, calm, strict=True)]
    assert same == [number in (0, 4) for number in range(8)]


def test_temporal_0_is_what_apply_does(model):
    pictures = moving_square(3)
    for found, picture in zip(painted(model, pictures, temporal=0.0), pictures, strict=True):
        expected = np.asarray(model(picture, style_weights=SCREAM))
        assert np.abs(found.astype(int) - expected).max() <= 1


def test_strokes_stay_as_strong_as_they_were_painted():
    chance = np.random.default_rng(0)
    model, other = chance.normal(0.5, 0.1, (2, 64, 64, 3)).astype(np.float32)
    mean = (model + other) / 2
    found = strengthened(mean, model)
    inner = (slice(12, -12), slice(12, -12))
    assert mean[inner].std() < 0.75 * model[inner].std()
    assert found[inner].std() == pytest.approx(1.25 * mean[inner].std(), rel=0.03)
    assert found[inner].std() < 1.02 * model[inner].std()
    assert found.mean() == pytest.approx(mean.mean(), abs=1e-3)  # tones stay
    np.testing.assert_allclose(strengthened(model, model), model, atol=1e-5)
    assert strengthened(model, mean)[inner].std() > 0.75 * model[inner].std()
    faint = 0.5 + (model - 0.5) / 9
    assert strengthened(faint, model)[inner].std() < 1.5 * faint[inner].std()


def test_moving_strokes_are_not_washed_out(model):
    pictures = moving_ground(12, (128, 96))
    alone, calm = painted(model, pictures, temporal=0.0), painted(model, pictures)

    def detail(picture):
        return np.abs(np.diff(picture.astype(float), axis=1)).mean()

    assert detail(calm[-1]) > 0.85 * detail(alone[-1])


def test_the_blend_by_its_definition(model, monkeypatch):
    monkeypatch.setattr(networked, "strengthened", lambda mixed, _: mixed)
    # A still picture keeps all of its history, a share of the frame is let in: nothing changes.
    still = [moving_square(1)[0]] * 4
    found = painted(model, still)
    assert np.abs(found[3].astype(int) - found[0]).max() <= 1
    # And what the network paints otherwise comes in by its share.
    painter = NetworkedPainter(model, VideoOptions(style_weights=SCREAM, temporal=0.6), 24.0)
    first, second = list(with_motion(as_frames(still[:2])))
    painter.paint(first)
    before = painter._painted.copy()
    painter._painted = before * 0.5
    fresh = NetworkedPainter(model, VideoOptions(style_weights=SCREAM), 24.0)
    fresh.paint(first)
    painter.paint(second)
    share = 0.6 * second.trust[..., None]
    expected = fresh._painted + share * (before * 0.5 - fresh._painted)
    np.testing.assert_allclose(painter._painted, expected, atol=0.02)


def test_smoothing_by_its_definition():
    chance = np.random.default_rng(0)
    before, own = chance.uniform(0.5, 2, (2, 7, 2))
    found = smoothed(before, own, 0.3)
    for channel in range(7):
        assert found[channel, 0] == pytest.approx(0.7 * before[channel, 0] + 0.3 * own[channel, 0])
        expected = before[channel, 1] ** 0.7 * own[channel, 1] ** 0.3
        assert found[channel, 1] == pytest.approx(expected)
    # The pace is kept: of a change of c, share s of the way is a change of s c.
    change = change_of(before, smoothed(before, own, 0.3))
    assert change == pytest.approx(0.3 * change_of(before, own))
    assert change_of(own, own) == 0


def test_what_comes_into_view_does_not_change_the_tone_at_once(model, monkeypatch):
    plain = moving_square(1, (128, 96))[0]
    lit = plain.copy()
    lit[20:70, 10:50] = (255, 240, 120)
    pictures = [plain] * 3 + [lit] * 12
    away = (slice(None), slice(90, None))

    def steps():
        tones = [each[away].mean() for each in painted(model, pictures, temporal=0.001)]
        return np.abs(np.diff(tones))

    monkeypatch.setattr(networked, "LEAP", 9.0)
    monkeypatch.setattr(networked, "PACE", 9e9)
    at_once = steps()
    monkeypatch.setattr(networked, "PACE", 0.25)
    calm = steps()
    assert calm.max() < 0.7 * at_once.max()
    assert np.abs(calm[:2]).max() < 0.1  # nothing happens before


def test_a_leap_is_followed_at_once(model, monkeypatch):
    monkeypatch.setattr(networked, "LEAP", 0.0)
    pictures = [moving_square(1)[0], np.full((48, 64, 3), 90, np.uint8)]
    painter = NetworkedPainter(model, VideoOptions(style_weights=SCREAM), 24.0)
    for seen in with_motion(as_frames(pictures)):
        painter.paint(seen)
        np.testing.assert_array_equal(painter._statistics, painter._through(seen, None)[1])


def test_strength_0_is_the_film(model):
    pictures = moving_square(3)
    found_all = painted(model, pictures, strength=0.0, temporal=0.0)
    for found, picture in zip(found_all, pictures, strict=True):
        assert np.abs(found.astype(int) - picture).max() <= 1


def test_an_unknown_style_is_told(model):
    with pytest.raises(OptionError, match="style_weights: expected one of"):
        NetworkedPainter(model, VideoOptions(style_weights="none"), 24.0)


def test_stages_give_all_in_order_and_never_run_far_ahead():
    made, used, most = 0, 0, 0
    lock = threading.Lock()

    def making():
        nonlocal made, most
        for number in range(40):
            with lock:
                made += 1
                most = max(most, made - used)
            yield number

    found = []
    with ahead(making()) as items:
        for each in items:
            time.sleep(0.002)
            with lock:
                used += 1
            found.append(each)
    assert found == list(range(40))
    assert most <= DEPTH + 2  # those that wait, one in hand at either end


def test_a_stage_tells_its_error_where_it_is_used():
    def failing():
        yield 1
        raise ModelError("broken")

    with ahead(failing()) as items:
        assert next(items) == 1
        with pytest.raises(ModelError, match="broken"):
            next(items)


def test_a_stage_ends_with_its_block():
    before = threading.active_count()

    def endless():
        number = 0
        while True:
            number += 1
            yield number

    with ahead(ahead_of := endless()) as items:
        assert next(items) == 1
    assert threading.active_count() == before
    ahead_of.close()


def order_of(source, output, **options):
    given = VideoOptions(style_weights=SCREAM, **options)
    return Order(source, output, given, "h264", {"a": 1})


def run(model, order, parts, stop=lambda: False, report=lambda *_: None):
    reader = open_film(order.source, reading_of(order.options))
    painter = NetworkedPainter(model, order.options, 24.0)
    try:
        return filmed(order, reader, painter, parts, stop=stop, report=report)
    finally:
        reader.close()


def parts_of(folder, *, resume=False, recipe=None):
    parts = Parts(folder, {"a": 1} if recipe is None else recipe, "h264")
    parts.begin(resume=resume)
    return parts


@pytest.fixture
def short_segments(monkeypatch):
    monkeypatch.setitem(film.SEGMENT, "apply", 6)


def test_a_film_that_was_broken_ends_with_the_same_bytes(model, short_segments, tmp_path):
    source = write_film(tmp_path / "a.mp4", scenes(20), audio=1)
    whole = run(model, order_of(source, tmp_path / "whole.mp4"), parts_of(tmp_path / "w"))
    assert (whole.status, whole.frames, whole.cuts) == ("filmed", 20, (10,))
    done = 0

    def stop():
        nonlocal done
        done += 1
        return done == 15

    order = order_of(source, tmp_path / "b.mp4")
    stopped = run(model, order, parts_of(tmp_path / "p"), stop=stop)
    assert (stopped.status, stopped.frames) == ("stopped", 15)
    assert len(frames_of(tmp_path / "b.mp4")) == 15
    told = []
    rest = run(
        model, order, parts_of(tmp_path / "p", resume=True), report=lambda *it: told.append(it)
    )
    assert told[0] == (13, 20)  # on behind the second whole segment
    assert (rest.status, rest.frames, rest.cuts) == ("filmed", 20, (10,))
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_a_crash_leaves_what_is_whole(model, short_segments, tmp_path):
    source = write_film(tmp_path / "a.mp4", moving_square(20))

    def report(frames, of):
        if frames == 9:
            raise MemoryError

    order = order_of(source, tmp_path / "b.mp4")
    with pytest.raises(MemoryError):
        run(model, order, parts_of(tmp_path / "p"), report=report)
    assert not (tmp_path / "b.mp4").exists()
    parts = parts_of(tmp_path / "p", resume=True)
    assert parts.painted == 6
    run(model, order, parts)
    run(model, order_of(source, tmp_path / "c.mp4"), parts_of(tmp_path / "q"))
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "c.mp4").read_bytes()


@pytest.mark.parametrize("frames", [12, 13])
def test_a_film_that_is_painted_is_only_put_together(frames, model, short_segments, tmp_path):
    source = write_film(tmp_path / "a.mp4", moving_square(frames))
    order = order_of(source, tmp_path / "b.mp4")
    run(model, order, parts_of(tmp_path / "p"))
    data = (tmp_path / "b.mp4").read_bytes()
    (tmp_path / "b.mp4").unlink()
    told = []
    run(model, order, parts_of(tmp_path / "p", resume=True), report=lambda *it: told.append(it))
    assert told == []
    assert (tmp_path / "b.mp4").read_bytes() == data


def test_parts_of_another_film_are_not_gone_on_with(model, short_segments, tmp_path):
    source = write_film(tmp_path / "a.mp4", moving_square(8))
    run(model, order_of(source, tmp_path / "b.mp4"), parts_of(tmp_path / "p"))
    with pytest.raises(RunError, match="was begun with another a: use --overwrite"):
        parts_of(tmp_path / "p", resume=True, recipe={"a": 2})
    with pytest.raises(RunError, match="--resume continues with it, --overwrite starts again"):
        parts_of(tmp_path / "p")
    parts = Parts(tmp_path / "p", {"a": 1}, "h264")
    (tmp_path / "p" / "mine.txt").write_text("stays")
    parts.clear()
    assert [each.name for each in (tmp_path / "p").iterdir()] == ["mine.txt"]


def test_a_part_without_frames_is_told(model, tmp_path):
    source = write_film(tmp_path / "a.mp4", moving_square(8))
    order = order_of(source, tmp_path / "b.mp4", start=50.0)
    with pytest.raises(VideoError, match="no frame in this part"):
        run(model, order, parts_of(tmp_path / "p"))
    assert not (tmp_path / "b.mp4").exists()


def test_the_sound_of_a_stopped_film_ends_with_it(model, tmp_path):
    source = write_film(tmp_path / "a.mp4", moving_square(48), audio=1)
    count = iter(range(100))
    order = order_of(source, tmp_path / "b.mp4")
    run(model, order, parts_of(tmp_path / "p"), stop=lambda: next(count) == 11)
    import av

    with av.open(str(tmp_path / "b.mp4")) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert video.duration * video.time_base == Fraction(12, 24)
        assert abs(audio.duration * audio.time_base - Fraction(12, 24)) < Fraction(1, 10)


def test_options_check_themselves():
    values = {
        "temporal": 1.5, "strength": -0.1, "method": "magic", "quality": 101, "steps": 0,
        "first_steps": 0, "end": -1.0, "start": -1.0, "fps": 0.0, "size": 3, "tile": 2,
        "keep_color": "histogram",
    }  # fmt: skip
    for option, value in values.items():
        with pytest.raises(OptionError, match=f"^{option}: expected"):
            VideoOptions(**{option: value})


def test_no_frame_is_kept(model, tmp_path):
    """Memory is bounded: however long the film, few frames are alive at a time."""
    alive, most = 0, 0

    class Counted(np.ndarray):
        def __del__(self):
            nonlocal alive
            if self.base is None or not isinstance(self.base, Counted):
                alive -= 1

    def counted(pictures):
        nonlocal alive, most
        for number, each in enumerate(pictures):
            alive += 1
            most = max(most, alive)
            yield Frame(each.copy().view(Counted), (number,), Place(number + 1, number))

    class Reader:
        film = open_film(write_film(Path(tmp_path) / "a.mp4", moving_square(3))).film

        def frames(self, place):
            return counted(moving_square(60))

    from impasto.film.pipeline import painted_frames

    painter = NetworkedPainter(model, VideoOptions(style_weights=SCREAM), 24.0)
    with painted_frames(Reader(), painter, place=Place(), state={}, every=10) as frames:
        assert sum(1 for _ in frames) == 60
    assert most <= 3 * (DEPTH + 2) + 4
