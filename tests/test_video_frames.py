"""Films in and out: time stamps, sound, rotation, odd sizes, colors."""

import re
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from film_clips import frames_of, moving_ground, moving_square, packets, write_film
from impasto.errors import OptionError, PictureError, VideoError
from impasto.film import Reading, open_film
from impasto.film.codecs import CODECS, codec_for, kind_of, settings
from impasto.film.joining import Source, joined
from impasto.film.segments import DecodingTimes, SegmentWriter, delay_of
from impasto.film.srgb import upright
from impasto.film.unpacking import gif_written, pictures_written

UNEVEN = [0, 40, 55, 120, 160, 161, 200, 290, 300, 340]
"""Time stamps of a phone that takes what it gets."""


def read(path, **wanted):
    reader = open_film(path, Reading(**wanted))
    return reader.film, list(reader.frames())


def near(first, second, most=9):
    assert first.shape == second.shape
    assert np.abs(first.astype(int) - second).mean() < most


def rewritten(path, output, *, codec="h264", every=4, source=True, **wanted):
    """Read a film and write it again in segments of a few frames."""
    reader = open_film(path, Reading(**wanted))
    segments, writer = [], None
    for number, frame in enumerate(reader.frames()):
        if number % every == 0:
            if writer is not None:
                segments.append(writer.close())
            name = f"{len(segments)}.{CODECS[codec].container}"
            writer = SegmentWriter(
                output.with_name(f"{output.stem}-{name}"), reader.film, codec, 75
            )
        writer.add(frame.pixels, frame.times)
    segments.append(writer.close())
    if output.suffix == ".gif":
        return gif_written(segments, reader.film, output)
    if not output.suffix:
        return pictures_written(segments, reader.film, output)
    origin = Source(path, Reading(**wanted), wanted.get("end")) if source else None
    return joined(segments, reader.film, output, origin, {"comment": "made by a test"})


def test_every_frame_is_read_at_its_time(tmp_path):
    pictures = moving_square()
    path = write_film(tmp_path / "a.mp4", pictures)
    film, frames = read(path)
    assert (film.width, film.height, film.frames, film.rate) == (64, 48, 10, 24)
    times = [frame.times[0] * film.time_base for frame in frames]
    assert times == [Fraction(number, 24) for number in range(10)]
    for frame, picture in zip(frames, pictures, strict=True):
        near(frame.pixels, picture)
    assert film.notices == ()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_uneven_times_stay_as_they_are(suffix, tmp_path):
    base = Fraction(1, 1000)
    path = write_film(tmp_path / f"a{suffix}", moving_square(), times=UNEVEN, time_base=base)
    rewritten(path, tmp_path / f"b{suffix}")
    before, after = frames_of(path), frames_of(tmp_path / f"b{suffix}")
    assert [time for time, _ in after] == [time for time, _ in before]
    assert [time for time, _ in after] == [each * base for each in UNEVEN]
    for (_, first), (_, second) in zip(before, after, strict=True):
        near(first, second)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_sound_is_copied_bit_by_bit(suffix, tmp_path):
    path = write_film(tmp_path / f"a{suffix}", moving_square(30), audio=2)
    assert rewritten(path, tmp_path / f"b{suffix}") == ()
    before, after = packets(path), packets(tmp_path / f"b{suffix}")
    assert len(after) == 2
    assert after == before
    with av.open(str(path)) as source, av.open(str(tmp_path / f"b{suffix}")) as file:
        languages = [each.language for each in file.streams.audio]
        assert languages == [each.language for each in source.streams.audio]
        assert languages[0] == "eng"
        assert {each.lower(): text for each, text in file.metadata.items()}["comment"]


def with_subtitles(path, source):
    """The streams of a film, and a line of text from second 0.5 to 1.3."""
    with av.open(str(source)) as before, av.open(str(path), "w") as file:
        streams = {
            each.index: file.add_stream_from_template(each)
            for each in before.streams
            if each.type in ("video", "audio")
        }
        text = file.add_mux_stream("subrip")
        line = av.Packet(b"Hello there")
        line.stream, line.time_base = text, Fraction(1, 1000)
        line.pts, line.dts, line.duration = 500, 500, 800
        file.mux(line)
        for packet in before.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                file.mux(packet)
    return path


def test_subtitles_are_copied_where_the_file_can_hold_them(tmp_path):
    plain = write_film(tmp_path / "plain.mkv", moving_square(30), audio=2)
    path = with_subtitles(tmp_path / "a.mkv", plain)
    assert rewritten(path, tmp_path / "b.mkv") == ()
    with av.open(str(tmp_path / "b.mkv")) as file:
        assert len(file.streams.audio) == 2
        [text] = file.streams.subtitles
        [line] = [each for each in file.demux(text) if each.size]
        assert bytes(line) == b"Hello there"
        assert (line.pts * line.time_base, line.duration * line.time_base) == (
            Fraction(1, 2),
            Fraction(4, 5),
        )
    [told] = rewritten(path, tmp_path / "b.mp4")
    assert told == "subtitles (srt) cannot be in a mp4 file: left out"


def test_length_stays_within_a_frame(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(30), audio=1)
    rewritten(path, tmp_path / "b.mp4")
    lengths = []
    for name in ("a.mp4", "b.mp4"):
        with av.open(str(tmp_path / name)) as file:
            stream = file.streams.video[0]
            lengths.append(stream.duration * stream.time_base)
    assert abs(lengths[0] - lengths[1]) <= Fraction(1, 24)


def test_a_part_keeps_its_sound_in_time(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(48), audio=1)
    rewritten(path, tmp_path / "b.mp4", start=0.5, end=1.5)
    assert len(frames_of(tmp_path / "b.mp4")) == 24
    [whole], [part] = packets(path), packets(tmp_path / "b.mp4")
    # The same packets half a second earlier; the first one reaches back before the beginning.
    later = dict(whole)
    assert all(abs(later[data] - time - Fraction(1, 2)) < Fraction(1, 1000) for data, time in part)
    assert -0.07 < part[0][1] <= 0
    assert 0.9 < part[-1][1] < 1


def test_what_the_file_cannot_hold_is_told(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(), audio=1)
    [told] = rewritten(path, tmp_path / "b.webm", codec="vp9")
    assert told == "sound (aac) cannot be in a webm file: left out"


@pytest.mark.parametrize(("degrees", "turn"), [(90, 1), (-90, 3), (180, 2)])
def test_rotation_is_applied(degrees, turn, tmp_path):
    pictures = moving_square(3)
    path = write_film(tmp_path / "a.mp4", pictures, rotation=degrees)
    film, frames = read(path)
    expected = np.rot90(pictures[0], turn)
    assert (film.height, film.width) == expected.shape[:2]
    near(frames[0].pixels, expected)
    rewritten(path, tmp_path / "b.mp4")
    near(frames_of(tmp_path / "b.mp4")[0][1], expected)


def test_upright_turns_counterclockwise():
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert (upright(picture, 90) == np.rot90(picture)).all()
    assert (upright(picture, -90) == np.rot90(picture, -1)).all()
    assert upright(picture, 0) is picture


def test_odd_sizes(tmp_path):
    pictures = [each[:47, :63] for each in moving_square()]
    film = write_film(tmp_path / "a.mkv", pictures, codec="ffv1", pixels="bgr0")
    rewritten(film, tmp_path / "b.mp4")
    found = frames_of(tmp_path / "b.mp4")[0][1]
    assert found.shape == (48, 64, 3)  # H.264 needs even sides
    near(found[:47, :63], pictures[0])
    rewritten(film, tmp_path / "c.webm", codec="vp9")
    assert frames_of(tmp_path / "c.webm")[0][1].shape == (47, 63, 3)
    rewritten(film, tmp_path / "d.gif", codec="lossless")
    assert frames_of(tmp_path / "d.gif")[0][1].shape == (47, 63, 3)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", ".mp4"), ("vp9", ".webm"), ("prores", ".mov"), ("lossless", ".mkv")],
)
def test_all_codecs(codec, suffix, tmp_path):
    pictures = moving_square()
    path = write_film(tmp_path / "a.mp4", pictures)
    rewritten(path, tmp_path / f"b{suffix}", codec=codec)
    found = frames_of(tmp_path / f"b{suffix}")
    assert len(found) == 10
    near(found[7][1], pictures[7], 10)


def test_ten_bits_are_told(tmp_path):
    path = write_film(
        tmp_path / "a.mkv", moving_square(), codec="ffv1", pixels="yuv420p10le", options={}
    )
    film, frames = read(path)
    assert film.notices == ("10 bits a channel become 8",)
    near(frames[0].pixels, moving_square()[0], 12)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_brought_to_a_usual_screen(transfer, name, tmp_path):
    gray = [np.full((48, 64, 3), level, np.uint8) for level in (40, 100, 148, 220)]
    path = write_film(
        tmp_path / "a.mkv", gray, codec="libx265", pixels="yuv420p10le",
        options={"x265-params": f"log-level=none:transfer={transfer}:colorprim=9:colormatrix=9"},
        color={"color_trc": transfer, "color_primaries": 9, "colorspace": 9},
    )  # fmt: skip
    film, frames = read(path)
    [told] = film.notices
    assert told == f"HDR ({name}, 10 bits) is tone-mapped to 8 bits for ordinary screens"
    levels = [frame.pixels.mean() for frame in frames]
    assert levels == sorted(levels)
    assert levels[0] < 60
    assert 130 < levels[2] < 250  # about paper white in PQ
    assert max(np.ptp(frame.pixels.mean((0, 1))) for frame in frames) < 4  # gray stays gray


def test_colors_are_not_exchanged(tmp_path):
    red = [np.full((48, 64, 3), (230, 20, 30), np.uint8)] * 3
    path = write_film(tmp_path / "a.mp4", red)
    rewritten(path, tmp_path / "b.mp4")
    near(frames_of(tmp_path / "b.mp4")[1][1], red[0], 14)
    near(read(tmp_path / "b.mp4")[1][1].pixels, red[0], 14)


def test_going_on_from_a_place_gives_the_same_frames(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(20))
    reader = open_film(path)
    frames = list(reader.frames())
    for index in (3, 4, 5, 13, 19):
        rest = list(reader.frames(frames[index].place))
        assert len(rest) == 19 - index
        for found, expected in zip(rest, frames[index + 1 :], strict=True):
            assert found.times == expected.times
            assert found.place == expected.place
            assert (found.pixels == expected.pixels).all()


@pytest.mark.parametrize(
    ("fps", "expected"),
    [(12, [0, 2, 4, 6, 8, 10]), (48, [n // 2 for n in range(24)]), (8, [0, 3, 6, 9])],
)
def test_even_rates(fps, expected, tmp_path):
    pictures = moving_square(12)
    path = write_film(tmp_path / "a.mp4", pictures)
    film, frames = read(path, fps=fps)
    assert film.time_base == Fraction(1, fps)
    shown = [frame for frame in frames for _ in frame.times]
    assert [time for frame in frames for time in frame.times] == list(range(len(expected)))
    for frame, number in zip(shown, expected, strict=True):
        near(frame.pixels, pictures[number])


def test_an_even_rate_goes_on_from_a_place(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(20))
    reader = open_film(path, Reading(fps=30))
    frames = list(reader.frames())
    for index in (2, 9, 15):
        rest = list(reader.frames(frames[index].place))
        assert [each.times for each in rest] == [each.times for each in frames[index + 1 :]]


def test_size_and_part(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(24))
    film, frames = read(path, size=32, start=0.25, end=0.5)
    assert (film.width, film.height, len(frames), film.frames) == (32, 24, 6, 6)
    assert frames[0].pixels.shape == (24, 32, 3)
    times = [frame.times[0] * film.time_base for frame in frames]
    assert times == [Fraction(number, 24) for number in range(6)]


def test_pictures_are_a_film(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    pictures = moving_square(12)
    for number, each in enumerate(pictures):
        Image.fromarray(each).save(folder / f"frame-{number}.png")  # without leading zeros
    film, frames = read(folder)
    assert (film.frames, film.rate) == (12, 24)
    assert all((a.pixels == b).all() for a, b in zip(frames, pictures, strict=True))
    again = list(open_film(folder).frames(frames[4].place))
    assert (again[0].pixels == pictures[5]).all()
    _, pattern = read(folder / "frame-%d.png", fps=10, end=0.5)
    assert len(pattern) == 5
    assert rewritten(folder, tmp_path / "out", codec="lossless", source=False) == 12
    written = sorted((tmp_path / "out").iterdir())
    assert written[0].name == "frame-00001.png"
    assert (np.asarray(Image.open(written[7])) == pictures[7]).all()


def test_pictures_are_of_one_size(tmp_path):
    for number, each in enumerate(moving_square(3)):
        Image.fromarray(each[: 48 - number]).save(tmp_path / f"{number}.png")
    with pytest.raises(VideoError, match=r"1\.png: is 64 x 47, the first is 64 x 48"):
        read(tmp_path)


def test_gif_in_and_out(tmp_path):
    pictures = moving_square(8)
    images = [Image.fromarray(each) for each in pictures]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=[70] * 8)
    _, frames = read(tmp_path / "a.gif")
    assert len(frames) == 8
    rewritten(tmp_path / "a.gif", tmp_path / "b.gif", codec="lossless")
    with Image.open(tmp_path / "b.gif") as gif:
        assert gif.n_frames == 8
        assert gif.info["loop"] == 0
        assert gif.info["duration"] == 70
        gif.seek(5)
        near(np.asarray(gif.convert("RGB")), pictures[5], 14)


def test_decoding_times_rise_and_come_before_showing():
    first, second = [0, 30, 10, 20, 60, 50], [70, 100, 80, 90]
    delay = max(delay_of(first), delay_of(second))
    times = DecodingTimes(delay, 0, 10)
    decoded = times.of(first) + times.of(second)
    assert decoded == sorted(set(decoded))
    assert all(a <= b for a, b in zip(decoded, first + second, strict=True))
    assert delay == 1
    assert delay_of([0, 1, 2]) == 0


def test_outputs_by_their_names(tmp_path):
    names = {"a.mp4": "film", "a.GIF": "gif", "frames": "pictures", "f/%04d.png": "pictures"}
    assert {name: kind_of(tmp_path / name) for name in names} == names
    assert codec_for(tmp_path / "a.webm") == "vp9"
    assert codec_for(tmp_path / "a.mov", "prores") == "prores"
    for name, codec in [("a.webm", "h264"), ("a.mp4", "nothing"), ("a.gif", "h264")]:
        with pytest.raises(OptionError, match="codec: expected"):
            codec_for(tmp_path / name, codec)
    for name in ("a.txt", "-", "f%s.png", "%d-%d.png", "100%.png", "%099d.png", "%d"):
        with pytest.raises(OptionError, match="output: expected a film"):
            kind_of(tmp_path / name)


def test_quality_goes_to_the_encoder(tmp_path):
    assert settings(CODECS["h264"], 100)["crf"] == "10"
    assert settings(CODECS["h264"], 0)["crf"] == "40"
    assert settings(CODECS["prores"], 75)["profile"] == "3"
    film, frames = read(write_film(tmp_path / "a.mp4", moving_ground(10, (128, 96))))
    sizes = []
    for quality in (20, 90):
        writer = SegmentWriter(tmp_path / f"{quality}.nut", film, "h264", quality)
        for frame in frames:
            writer.add(frame.pixels, frame.times)
        sizes.append(writer.close().path.stat().st_size)
    assert sizes[1] > 2 * sizes[0]


def test_a_film_goes_on_behind_its_sound(tmp_path):
    # Matroska tells only one length for all streams; longer sound is no truncated film.
    path = write_film(tmp_path / "a.mkv", moving_square(10), audio=1, seconds=4)
    assert len(read(path)[1]) == 10


def bad_films(folder):
    whole = write_film(folder / "whole.mp4", moving_square(30), audio=1).read_bytes()
    index = whole.index(b"moov")
    assert index > len(whole) // 2  # at the end, so that half of the file has none
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("no film " * 400)
    (folder / "half.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "codec.mp4").write_bytes(whole.replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC"))
    with av.open(str(folder / "sound.mp4"), "w") as file:
        track = file.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 16000, 0
        file.mux(track.encode(frame))
        file.mux(track.encode(None))
    write_film(folder / "small.mkv", [np.zeros((8, 8, 3), np.uint8)] * 2)
    (folder / "folder").mkdir()


BAD = {
    "none.mp4": "no such file",
    "empty.mp4": "is empty",
    "text.mp4": "not a film, or damaged or truncated",
    "half.mp4": "not a film, or damaged or truncated",
    "codec.mp4": "its video codec is not supported here",
    "sound.mp4": "holds no video, only audio",
    "small.mkv": "is 8 x 8: sides from 16 pixels can be painted",
    "folder": "holds no pictures",
}


def test_bad_films(tmp_path):
    bad_films(tmp_path)
    for name, message in BAD.items():
        with pytest.raises((VideoError, PictureError), match=message) as caught:
            open_film(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_what_breaks_off_is_told_before_anything_is_painted(tmp_path):
    path = write_film(tmp_path / "a.mp4", moving_square(120), options={"g": "10", "crf": "12"})
    with (
        av.open(str(path)) as source,
        av.open(str(tmp_path / "fast.mp4"), "w", options={"movflags": "+faststart"}) as file,
    ):
        stream = file.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    data = (tmp_path / "fast.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(VideoError, match=r"is truncated, it breaks off after [\d.]+ s") as caught:
        open_film(tmp_path / "cut.mp4")
    end = float(str(caught.value).split("--end ")[1].split()[0])
    assert len(list(open_film(tmp_path / "cut.mp4", Reading(end=end)).frames())) > 60


def test_what_breaks_off_without_an_index_is_painted_as_far_as_it_goes(tmp_path):
    path = write_film(tmp_path / "a.mkv", moving_square(120), options={"g": "10", "crf": "12"})
    data = path.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) // 2])
    reader = open_film(tmp_path / "cut.mkv")
    assert 40 < len(list(reader.frames())) < 80
    assert any(re.match(r"cannot be read after \d\.\d s", told) for told in reader.repairs)


def test_parts_that_make_no_sense(tmp_path):
    parts = [("start", -1), ("end", -1), ("fps", 0), ("fps", 1e-9), ("size", 5)]
    for option, value in parts:
        with pytest.raises(OptionError, match=f"{option}: expected"):
            open_film(tmp_path / "a.mp4", Reading(**{option: value}))
