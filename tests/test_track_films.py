"""Snapshots and the films made of them."""

import av
import numpy as np
import pytest
import torch
from PIL import Image

from impasto.errors import OptionError, PictureError, RunError
from impasto.film.timelapse import write_gif, write_mp4
from impasto.step import Step
from impasto.track import Snapshots, snapshot_files, to_uint8

RED, BLUE, GREEN = (220, 30, 20), (20, 40, 200), (30, 160, 60)


def test_bytes_are_rounded_and_clipped():
    image = torch.tensor([-0.5, 0.0, 0.49 / 255, 0.51 / 255, 254.6 / 255, 1.7]).view(1, 1, 1, 6)
    image = torch.cat([image, torch.ones_like(image), torch.zeros_like(image)], dim=1)
    array = to_uint8(image.requires_grad_())
    assert array.shape == (1, 6, 3)
    assert array[0, :, 0].tolist() == [0, 0, 0, 1, 255, 255]
    assert array[0, 2].tolist() == [0, 255, 0]
    assert to_uint8(torch.full((1, 3, 2, 2), 0.5, dtype=torch.bfloat16)).max() == 128


def test_snapshots_every_so_often_and_at_the_end(tmp_path):
    asked = []

    def step(number):
        def image():
            asked.append(number)
            return torch.tensor([number / 255, 0.0, 1.0]).view(1, 3, 1, 1).expand(1, 3, 2, 3)

        return Step(number, 23, {"total": 1.0}, image)

    snapshots = Snapshots(tmp_path / "new" / "snapshots", every=10)
    for number in range(1, 24):
        snapshots(step(number))
    files = snapshot_files(tmp_path / "new" / "snapshots")
    assert [path.name for path in files] == ["000010.png", "000020.png", "000023.png"]
    assert asked == [10, 20, 23]
    with Image.open(files[1]) as image:
        assert (image.mode, image.size, image.getpixel((2, 1))) == ("RGB", (3, 2), (20, 0, 255))
    assert len(list(files[0].parent.iterdir())) == 3


def test_snapshots_of_chosen_steps_and_of_the_last(tmp_path):
    image = torch.zeros(1, 3, 2, 3)
    snapshots = Snapshots(tmp_path, every=10, steps=(1, 2, 20))
    for number in range(1, 24):
        snapshots(Step(number, 23, {}, lambda: image))
    names = [path.name for path in snapshot_files(tmp_path)]
    assert names == ["000001.png", "000002.png", "000020.png", "000023.png"]


def test_a_resumed_run_keeps_only_the_snapshots_it_goes_on_from(tmp_path):
    for name in ("000050.png", "000100.png", "000150.png", "1000000.png", "mine.png"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in snapshot_files(tmp_path)][-1] == "1000000.png"
    Snapshots(tmp_path, every=50, resume_from=100)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000050.png",
        "000100.png",
        "mine.png",
    ]
    Snapshots(tmp_path, every=50)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]


def test_snapshots_need_an_interval(tmp_path):
    with pytest.raises(OptionError, match="every"):
        Snapshots(tmp_path, every=0)


def save(path, size, ground, corner=RED):
    """A ground of one color with a corner, a quarter of each side, of another at the top left."""
    image = Image.new("RGB", size, ground)
    image.paste(corner, (0, 0, size[0] // 4, size[1] // 4))
    image.save(path)
    return path


@pytest.fixture
def frames(tmp_path):
    """From coarse to fine, and of odd size at last."""
    sizes = [(16, 12), (16, 12), (32, 24), (33, 25), (65, 49), (65, 49)]
    grounds = [BLUE, (60, 60, 160), (90, 90, 120), (90, 120, 90), (60, 140, 70), GREEN]
    pairs = enumerate(zip(sizes, grounds, strict=True), 1)
    return [save(tmp_path / f"{n:06d}.png", size, ground) for n, (size, ground) in pairs]


def near(pixel, color, tolerance):
    return np.abs(np.asarray(pixel, dtype=int) - color).max() <= tolerance


def gif_frames(path):
    with Image.open(path) as gif:
        for index in range(gif.n_frames):
            gif.seek(index)
            yield gif.info["duration"], np.asarray(gif.convert("RGB"))


def test_gif_frames_durations_and_colors(frames, tmp_path):
    path = tmp_path / "film.gif"
    write_gif(frames, path, seconds=3.0)
    durations, pictures = zip(*gif_frames(path), strict=True)
    assert durations == (500, 500, 500, 500, 500, 2500)
    assert {picture.shape for picture in pictures} == {(49, 65, 3)}
    for picture, ground in ((pictures[0], BLUE), (pictures[-1], GREEN)):
        assert near(picture[2:8, 2:10].mean((0, 1)), RED, 6)
        assert near(picture[20:, 30:].mean((0, 1)), ground, 6)
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0


def test_gif_is_made_smaller_but_not_larger(frames, tmp_path):
    path = tmp_path / "film.gif"
    write_gif(frames, path, max_side=26)
    assert {picture.shape for _, picture in gif_frames(path)} == {(20, 26, 3)}


def test_gif_keeps_many_colors(tmp_path):
    """A smooth ramp has 240 greys; dithering keeps its means, and the palette most of them."""
    ramp = np.repeat(np.arange(8, 248, dtype=np.uint8)[None, :, None], 24, 0).repeat(3, 2)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    write_gif([tmp_path / "ramp.png"], tmp_path / "film.gif")
    ((_, shown),) = gif_frames(tmp_path / "film.gif")
    blocks = [a.reshape(3, 8, 30, 8, 3).mean((1, 3)) for a in (shown, ramp)]
    assert np.abs(blocks[0] - blocks[1]).max() < 4


@pytest.mark.parametrize(("count", "kept", "seconds"), [(1, 1, 4), (8, 8, 4), (60, 50, 4.2)])
def test_gif_lasts_from_four_seconds(tmp_path, count, kept, seconds):
    frames = [save(tmp_path / f"{n:06d}.png", (8, 8), (4 * n, 99, 9)) for n in range(count)]
    write_gif(frames, tmp_path / "film.gif")
    durations, pictures = zip(*gif_frames(tmp_path / "film.gif"), strict=True)
    assert len(durations) == kept
    assert sum(durations) == pytest.approx(1000 * seconds + 2000, abs=10 * kept)
    assert near(pictures[-1][4:, 4:].mean((0, 1)), (4 * (count - 1), 99, 9), 6)


def decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return stream.codec_context, stream.average_rate, pictures


def test_mp4_frames_size_and_colors(frames, tmp_path):
    path = tmp_path / "film.mp4"
    write_mp4(frames, path, fps=5)
    context, rate, pictures = decoded(path)
    assert (context.name, context.pix_fmt, rate) == ("h264", "yuv420p", 5)
    assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
    assert len(pictures) == 6 + 10
    assert {picture.shape for picture in pictures} == {(50, 66, 3)}
    for picture, ground in ((pictures[0], BLUE), (pictures[5], GREEN), (pictures[-1], GREEN)):
        assert near(picture[3:9, 3:12].mean((0, 1)), RED, 6)
        assert near(picture[20:, 30:].mean((0, 1)), ground, 6)
        assert near(picture[-1, 30:].mean(0), ground, 8)  # padded with its edge, not with black
        assert near(picture[20:, -1].mean(0), ground, 8)


def test_mp4_can_be_played_while_it_loads(frames, tmp_path):
    write_mp4(frames, tmp_path / "film.mp4")
    content = (tmp_path / "film.mp4").read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_mp4_without_x264(frames, tmp_path, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", {"mpeg4", "png"})
    write_mp4(frames, tmp_path / "film.mp4", fps=7.5)
    context, rate, pictures = decoded(tmp_path / "film.mp4")
    assert (context.name, float(rate), len(pictures)) == ("mpeg4", 7.5, 6 + 15)
    assert near(pictures[0][3:9, 3:12].mean((0, 1)), RED, 12)
    assert near(pictures[-1][20:, 30:].mean((0, 1)), GREEN, 12)


@pytest.mark.parametrize(("count", "rate", "shown"), [(1, 0.25, 1), (8, 2, 12), (330, 30, 360)])
def test_mp4_lasts_from_four_to_ten_seconds(tmp_path, count, rate, shown):
    frames = [save(tmp_path / f"{n:06d}.png", (8, 8), (n % 250, 99, 9)) for n in range(count)]
    write_mp4(frames, tmp_path / "film.mp4")
    _, fps, pictures = decoded(tmp_path / "film.mp4")
    assert (float(fps), len(pictures)) == (rate, shown)


@pytest.mark.parametrize("write", [write_gif, write_mp4])
def test_a_film_needs_frames(tmp_path, write):
    with pytest.raises(RunError, match="no snapshots"):
        write([], tmp_path / "film")


@pytest.mark.parametrize(("write", "name"), [(write_gif, "film.gif"), (write_mp4, "film.mp4")])
def test_a_broken_frame_is_named_and_leaves_the_old_film(frames, tmp_path, write, name):
    film = tmp_path / name
    film.write_bytes(b"old")
    frames[3].write_bytes(b"no picture")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(PictureError, match=frames[3].name):
        write(frames, film)
    assert film.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("write", "options"),
    [(write_gif, {"max_side": 0}), (write_gif, {"seconds": -1.0}), (write_mp4, {"fps": 0})],
)
def test_options_are_checked(frames, tmp_path, write, options):
    (option,) = options
    with pytest.raises(OptionError, match=option):
        write(frames, tmp_path / "film", **options)
