"""Films that are damaged: what can be read is a film, and what was put right is told."""

import itertools

import av
import numpy as np
import pytest
from PIL import Image

from film_clips import frames_of, hurt, moving_square, packets, write_film
from impasto.errors import VideoError
from impasto.film import Reading, open_film
from impasto.film.joining import Source, joined
from impasto.film.segments import SegmentWriter
from impasto.film.timing import MOST, Clock

FRAMES = 60


def read(path, **wanted):
    reader = open_film(path, Reading(**wanted))
    return list(reader.frames()), reader.repairs


def filmed(path, output):
    """A film written again, in one segment; frames, what is told, and the film's packets."""
    reader = open_film(path)
    writer = SegmentWriter(output.with_suffix(".mov"), reader.film, "h264", 75)
    frames = list(reader.frames())
    for frame in frames:
        writer.add(frame.pixels, frame.times)
    shifts = tuple(each * reader.base for each in frames[-1].place.shifts)
    told = joined([writer.close()], reader.film, output, Source(path, Reading(), None, shifts))
    return frames, (*reader.repairs, *told)


def go_on_alike(path, frames):
    """See that reading from any place on gives the frames behind it."""
    for number in range(0, len(frames), 7):
        rest = list(open_film(path).frames(frames[number].place))
        assert [each.place for each in rest] == [each.place for each in frames[number + 1 :]]
        pairs = zip(rest, frames[number + 1 :], strict=True)
        assert all((one.pixels == other.pixels).all() for one, other in pairs)


@pytest.mark.parametrize(
    ("numbers", "left", "told"),
    [
        ([20], 59, "1 frame at 0.8 s could not be read: left out"),
        ([20, 21, 50], 57, "3 frames from 0.8 to 2.0 s could not be read: left out"),
        ([59], 59, "1 frame at 2.4 s could not be read: left out"),
        ([0], 48, "12 frames at 0.0 s could not be read: left out"),  # no key for the first dozen
    ],
)
def test_bad_packets_are_left_out_and_told(numbers, left, told, tmp_path):
    settings = {"g": "12", "sc_threshold": "0", "bf": "0"}
    path = write_film(tmp_path / "a.mp4", moving_square(FRAMES), options=settings, audio=1)
    whole, _ = read(path)
    hurt(path, numbers)
    frames, repairs = filmed(path, tmp_path / "b.mp4")
    assert (len(frames), repairs) == (left, (told,))
    assert len(frames_of(tmp_path / "b.mp4")) == left
    # Those that are there are shown when they were before.
    assert {each.times for each in frames} <= {each.times for each in whole}
    assert packets(tmp_path / "b.mp4") == packets(path)
    go_on_alike(path, frames)


def test_a_film_of_no_good_packet_is_refused(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(6))
    with pytest.raises(VideoError, match="no frame in it can be decoded"):
        open_film(hurt(path, range(6)))


def test_frames_that_are_missing_in_between_are_told(tmp_path):
    path = write_film(tmp_path / "a.ts", moving_square(FRAMES), codec="mpeg2video", rate=25)
    frames, told = read(hurt(path, [30, 31]))
    assert len(frames) < FRAMES
    assert len(told) == 1
    assert told[0].endswith("could not be read: left out")


def test_pauses_of_an_uneven_film_are_not_damage(tmp_path):
    times = list(np.cumsum([3, 1, 40, 2, 2, 90, 1, 5, 1, 60]))
    path = write_film(tmp_path / "a.mkv", moving_square(10), times=times)
    assert read(path)[1] == ()


def test_bad_packets_of_sound_lose_no_film(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(FRAMES), audio=1)
    frames, told = filmed(hurt(path, [0], "audio", 0xFF), tmp_path / "b.mp4")
    assert len(frames) == FRAMES
    assert told == ("1 packet of sound could not be copied: left out",)
    assert len(packets(tmp_path / "b.mp4")[0]) == len(packets(path)[0]) - 1


@pytest.fixture(params=["ts", "mkv", "mpg"])
def clip(request, tmp_path):
    """A clip of 48 frames with sound, whose file can be joined to others by cat."""
    codec = "mpeg2video" if request.param == "mpg" else "libx264"
    path = tmp_path / f"clip.{request.param}"
    return write_film(path, moving_square(48), codec=codec, rate=25, audio=request.param != "mpg")


def test_time_that_begins_again_goes_on(clip, tmp_path):
    path = tmp_path / f"two{clip.suffix}"
    path.write_bytes(2 * clip.read_bytes())
    frames, told = filmed(path, tmp_path / "b.mp4")
    assert told == ("its time jumps once at 1.9 s: the rest follows directly",)
    assert len(frames) == 96
    times = [time for time, _ in frames_of(tmp_path / "b.mp4")]
    assert all(0.03 < after - before < 0.05 for before, after in itertools.pairwise(times))
    for sound in packets(tmp_path / "b.mp4"):
        starts = [float(time) for _, time in sound]
        assert all(after - before < 0.1 for before, after in itertools.pairwise(starts))
        assert 3.7 < starts[-1] < 3.9
    go_on_alike(path, frames)


def test_what_ffmpeg_does_not_read_is_told(tmp_path):
    """Of Matroska it reads two clips that were joined, and no third."""
    clip = write_film(tmp_path / "a.mkv", moving_square(24))
    (tmp_path / "b.mkv").write_bytes(3 * clip.read_bytes())
    frames, told = read(tmp_path / "b.mkv")
    assert len(frames) == 72 or told[-1].startswith("cannot be read after 2.0 s")


def test_time_that_jumps_ahead_goes_on(tmp_path):
    late = write_film(tmp_path / "b.ts", moving_square(24), times=range(9000, 9024))
    data = write_film(tmp_path / "a.ts", moving_square(24)).read_bytes() + late.read_bytes()
    (tmp_path / "c.ts").write_bytes(data)
    frames, told = read(tmp_path / "c.ts")
    assert len(frames) == 48
    assert frames[-1].times[0] / 90000 < 2.1
    assert told == ("its time jumps once at 1.0 s: the rest follows directly",)
    even, _ = read(tmp_path / "c.ts", fps=24)  # and no frame is shown for six minutes
    assert sum(len(each.times) for each in even) == 48


def test_a_clock_goes_on_where_its_file_jumps():
    clock = Clock(step=10, longest=100)
    assert [clock(each) for each in (0, 10, 20, 0, 10)] == [0, 10, 20, 30, 40]
    assert (clock.shifts, clock.jumps) == ([0, 30], 1)
    clock = Clock(step=10, longest=100)  # a single wrong one, behind which the time before goes on
    assert [clock(each) for each in (0, 10, 5000, 30, 40)] == [0, 10, 20, 30, 40]
    clock = Clock(step=10, longest=100)
    assert [clock(each) for each in (None, None, 20)] == [0, 10, 20]
    for number in range(3 * MOST):
        clock(number % 2)
    assert len(clock.shifts) <= MOST


def test_a_damaged_picture_among_frames_is_left_out(tmp_path):
    for number, each in enumerate(moving_square(6)):
        Image.fromarray(each).save(tmp_path / f"{number}.png")
    (tmp_path / "3.png").write_bytes(b"no picture")
    frames, [told] = read(tmp_path)
    assert [each.times for each in frames] == [(0,), (1,), (2,), (4,), (5,)]
    assert str(tmp_path / "3.png") in told
    assert told.endswith(": left out")


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_cover_is_not_the_film(suffix, tmp_path):
    """A cover without a mark is a stream of one picture, before the film's."""
    path = tmp_path / f"a{suffix}"
    film, cover = moving_square(12), [np.full((96, 96, 3), 200, np.uint8)]
    with av.open(str(path), "w") as file:
        streams = []
        for codec, pixels, pictures in (
            ("mjpeg", "yuvj420p", cover),
            ("libx264", "yuv420p", film),
        ):
            stream = file.add_stream(codec, rate=24)
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt = pixels
            streams.append((stream, pixels, pictures))
        for stream, pixels, pictures in streams:
            for number, each in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(each, format="rgb24").reformat(format=pixels)
                frame.pts = number
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    frames, _ = read(path)
    assert (len(frames), frames[0].pixels.shape) == (12, (48, 64, 3))
