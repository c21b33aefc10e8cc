"""Faces: found in photographs, and painted so that they keep their likeness."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from cli_pictures import EXACT, impasto, pixels, write_photograph, write_style
from impasto.film.frame_style import frame_style_of
from impasto.film.frames import Frame, Place
from impasto.film.scenes import with_motion
from impasto.image import Picture, read_picture, write_picture
from impasto.methods.gatys.objective import content_gains, made_up
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.methods.subject import Style, Subject
from impasto.networks.faces import _each_once, _windows, face_mask, found_faces
from impasto.options.gatys import GatysOptions
from impasto.options.presets import preset
from impasto.options.video import StyleRequest, VideoOptions
from impasto.samples import sample
from painting_parts import begin, shallow
from trained_models import write_model

FACE = np.s_[77:175, 176:275]
"""Rows and columns of the face of the bundled astronaut."""


@pytest.fixture(scope="module")
def astronaut():
    return read_picture(sample("content", "astronaut").path)


def found(picture):
    return [(each.left, each.top, each.right, each.bottom) for each in found_faces(picture)]


def test_a_face_is_found_wherever_it_is(astronaut):
    [box] = found(astronaut)
    np.testing.assert_allclose(box, (176, 77, 275, 175), atol=6)
    wide = np.full((600, 1400, 3), 0.5, np.float32)  # too small to be seen in the whole
    wide[60:572, 800:1312] = astronaut.pixels
    [box] = found(Picture(wide))
    np.testing.assert_allclose(np.subtract(box, (800, 60, 800, 60)), (176, 77, 275, 175), atol=12)


def test_where_there_is_no_face_none_is_found():
    assert found(read_picture(sample("content", "coffee").path)) == []
    assert not face_mask(Picture(np.zeros((20, 300, 3), np.float32))).any()


def test_how_sure_it_must_be_can_be_told(astronaut):
    [face] = found_faces(astronaut)
    assert found_faces(astronaut, face.certainty + 0.01) == []
    assert any(each.certainty < 0.8 for each in found_faces(astronaut, 0.1))


def test_a_mask_covers_the_face_and_fades(astronaut):
    mask = face_mask(astronaut)
    assert mask[100:160, 190:260].min() > 0.7
    assert mask[:, 330:].max() == mask[260:].max() == 0
    assert np.abs(np.diff(mask, axis=1)).max() < 0.1


def test_boxes_of_one_face_become_one():
    boxes = np.array([[0, 0, 10, 10, 0.9], [1, 0, 11, 10, 0.9], [40, 0, 50, 10, 0.95]], np.float32)
    first, second = _each_once(boxes)
    assert (first.left, first.certainty) == (40, pytest.approx(0.95))
    assert (second.left, second.right) == (pytest.approx(0.5), pytest.approx(10.5))


@pytest.mark.parametrize("size", [(512, 512), (512, 100), (90, 512), (300, 400)])
def test_every_place_is_looked_at(size):
    seen = np.zeros(size[::-1], int)
    for left, top, side in _windows(*size):
        assert side == max(size) or side >= 128
        seen[max(0, top) : top + side, max(0, left) : left + side] += 1
    assert seen.min() >= 1 + (max(size) >= 256)


def test_the_word_face_is_a_mask(tmp_path, astronaut):
    write_photograph(tmp_path / "a.png")
    astronaut.save(tmp_path / "b.png")
    assert impasto("mask", "b.png", "--of", "face", at=tmp_path).code == 0
    np.testing.assert_allclose(pixels(tmp_path / "b-face.png")[..., 0] / 255, face_mask(astronaut),
                               atol=0.003)  # fmt: skip
    complaint = impasto("mask", "a.png", "--of", "face", at=tmp_path).complaint
    assert complaint == "face: no face is found in the photograph, so there is no mask"


def halves():
    """A photograph with a face at its left, and a style of other colors."""
    chance = torch.Generator().manual_seed(0)
    content, style = (torch.rand(1, 3, 32, 32, generator=chance) for _ in range(2))
    faces = torch.zeros(1, 1, 32, 32)
    faces[..., :16] = 1
    return Subject(content, (Style(style * torch.tensor([0.2, 0.4, 1]).view(1, 3, 1, 1)),)), faces


def test_the_content_counts_more_in_a_face():
    subject, faces = halves()
    options = GatysOptions(content_layers=("conv3_1", "conv4_2"))
    assert content_gains(subject, options, "vgg16") == {}
    for share, strokes, forms in ((1, 9.617, 67.88), (0.5, 3.5222, 21.833)):
        with_faces = dataclasses.replace(subject, faces=share * faces)
        gains = content_gains(with_faces, options, "vgg16")
        inside, outside = np.s_[0, 0, 0, 0], np.s_[0, 0, 0, -1]
        assert gains["relu4_2"].shape == (1, 1, 4, 4)
        assert float(gains["relu3_1"][inside]) == pytest.approx(strokes, rel=1e-3)
        assert float(gains["relu4_2"][inside]) == pytest.approx(forms, rel=1e-3)
        assert gains["relu3_1"][outside] == gains["relu4_2"][outside] == 1
    kept = dataclasses.replace(subject, keep=faces)
    gain = content_gains(kept, options, "vgg16")["relu4_2"]
    assert gain[0, 0, 0].tolist() == [10, 10, 1, 1]


def test_the_rest_makes_up_for_faces():
    subject, faces = halves()
    assert made_up(subject) == 1
    small = torch.zeros_like(faces)
    small[..., :8, :8] = 1
    assert made_up(dataclasses.replace(subject, faces=small)) == pytest.approx((16 / 15) ** 4)
    assert made_up(dataclasses.replace(subject, faces=torch.ones_like(faces))) == 8


def test_steps_are_shorter_in_a_face_by_what_the_content_counts_more(vgg16_weights):
    subject, faces = halves()
    for each, expected in ((faces, [1 / 67.88, 1]), (None, None)):
        options = shallow(content_layers=("conv4_2",), first_step=0.2)
        stages = begin(vgg16_weights, subject.content, subject.styles[0].image, options, faces=each)
        scale = stages.canvas.optimizer.scale
        found = None if scale is None else scale[0, 0, 0, [0, -1]].square().tolist()
        assert found == (expected and pytest.approx(expected, rel=1e-3))


def test_a_painted_face_is_more_like_itself(tmp_path, astronaut):
    Image.fromarray(astronaut.levels(8)[:260, 90:350]).save(tmp_path / "a.png")
    write_style(tmp_path / "s.png")
    small = ("--size", 130, "--steps", 8, "--coarsest", 0, *EXACT)
    distances = []
    for share in (0, 1):
        given = ("--style", "s.png", "--faces", share, "-o", f"{share}.png")
        assert impasto("paint", "a.png", *given, *small, at=tmp_path).code == 0
        before, after = (
            read_picture(tmp_path / name).pixels.mean(-1) for name in ("a.png", f"{share}.png")
        )
        face = before[::2, ::2][45:80, 50:85], after[45:80, 50:85]
        distances.append(1 - np.corrcoef(*(each.ravel() for each in face))[0, 1])
    assert distances[1] < 0.75 * distances[0]


def test_faces_are_kept_by_default_but_not_by_the_presets_of_courses():
    painted, courses = ("quick", "default", "fine"), ("classic", "cs20", "blog", "gatys")
    assert {preset(name).faces for name in painted} == {1.0}
    assert {preset(name).faces for name in courses} == {0.0}


@pytest.fixture
def network(tmp_path):
    return str(write_model(tmp_path / "models"))


def test_apply_is_weaker_in_a_face_only(tmp_path, astronaut, network):
    write_picture(astronaut, tmp_path / "a.png")
    found = {}
    for name, given in {
        "0": (), "1": ("--faces", 1), "half": ("--strength", 0.5), "masked": (
            "--faces", 1, "--masks", "face"),
    }.items():  # fmt: skip
        given = ("--model", network, "--style-weights", "the-scream", *given, "-o", f"{name}.png")
        [told] = impasto("apply", "a.png", *given, "--json", at=tmp_path).results
        found[name] = pixels(tmp_path / f"{name}.png").astype(int)
        assert told["options"]["faces"] == (name in ("1", "masked"))
    face, beside = np.s_[115:145, 210:245], np.s_[260:]
    np.testing.assert_allclose(found["1"][face], found["half"][face], atol=2)
    np.testing.assert_allclose(found["masked"][face], found["half"][face], atol=2)
    np.testing.assert_array_equal(found["1"][beside], found["0"][beside])
    assert np.abs(found["0"][face] - found["half"][face]).mean() > 4
    complaint = impasto("apply", "a.png", "--model", network, "--faces", 2, at=tmp_path).complaint
    assert complaint == "--faces: expected a number from 0 to 1, got 2.0"


def moving(astronaut):
    """The astronaut's head, moving to the right."""
    levels = astronaut.levels(8)
    return [levels[40:220, 130 - 4 * n : 330 - 4 * n] for n in range(3)]


def filmed(request, pictures):
    painter = frame_style_of(request).painter(24.0)
    frames = (Frame(each, (n,), Place(n + 1, n)) for n, each in enumerate(pictures))
    return [painter.paint(each).astype(int) for each in with_motion(frames)], painter


def test_faces_in_a_film_are_weaker_and_hold_still(astronaut, network, monkeypatch):
    pictures = moving(astronaut)
    half = VideoOptions(style_weights="the-scream", strength=0.5)
    whole = dataclasses.replace(half, strength=1.0)
    kept = dataclasses.replace(whole, faces=1.0)
    requests = [StyleRequest(each, network, threads=1) for each in (half, whole, kept)]
    found = [filmed(each, pictures)[0] for each in requests]
    for number, (weak, strong, mixed) in enumerate(zip(*found, strict=True)):
        face = np.s_[80:100, 85 + 4 * number : 105 + 4 * number]
        np.testing.assert_allclose(mixed[face], weak[face], atol=8)
        np.testing.assert_array_equal(mixed[:, -20:], strong[:, -20:])
    # A face that is lost for a frame is not let go at once.
    masks = [face_mask(Picture(each / np.float32(255))) for each in pictures]
    missed = iter([masks[0], np.zeros_like(masks[1]), masks[2]])
    monkeypatch.setattr("impasto.film.masked.face_mask", lambda _: next(missed))
    again, painter = filmed(requests[2], pictures[:2])
    assert painter.state()["face"].max() > 0.4
    assert np.abs(again[1] - found[1][1])[80:100, 89:109].mean() > 2


def test_a_painted_film_keeps_faces(astronaut, tmp_path, monkeypatch):
    write_style(tmp_path / "s.png")
    seen = []

    class Stylizer(GatysStylizer):
        def painting(self, content, *, faces=None, **others):
            seen.append(faces)
            return super().painting(content, faces=faces, **others)

    monkeypatch.setattr("impasto.film.optimized.GatysStylizer", Stylizer)
    options = VideoOptions(method="paint", faces=0.5, steps=1, first_steps=1)
    small = [each[::2, ::2] for each in moving(astronaut)[:2]]
    _, painter = filmed(StyleRequest(options, styles=(str(tmp_path / "s.png"),)), small)
    assert [float(each.max()) for each in seen] == pytest.approx([0.5, 0.5], abs=0.02)
    assert painter.state()["faces"].shape == (90, 100)
