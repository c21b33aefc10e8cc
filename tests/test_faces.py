"""Faces: found in photographs, and painted so that they keep their likeness."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from cli_pictures import EXACT, impasto, pixels, write_photograph, write_style
from impasto.image import Picture, read_picture
from impasto.methods.gatys.objective import content_gains
from impasto.methods.gatys.stages import kept_content
from impasto.methods.subject import Style, Subject
from impasto.networks.faces import _each_once, _windows, face_mask, found_faces
from impasto.options.gatys import GatysOptions
from impasto.options.presets import preset
from impasto.samples import sample

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


def test_the_content_counts_more_in_a_face_and_less_so_in_a_large_one():
    subject, faces = halves()
    assert content_gains(subject, GatysOptions(), "vgg16") == {}
    small = faces.clone()
    small[..., 8:, :] = small[..., 8:] = 0
    for place, strength, expected in (
        (small, 1, 8),
        (small, 0.5, 4.5),
        (faces, 1, 1 + 7 * 0.25 / 0.5),
    ):
        with_faces = dataclasses.replace(subject, faces=strength * place)
        [gain] = content_gains(with_faces, GatysOptions(), "vgg16").values()
        assert gain.shape == (1, 1, 4, 4)
        assert float(gain[0, 0, 0, 0]) == pytest.approx(expected)
        assert gain[..., 2:].unique().tolist() == [1]


def test_light_and_dark_of_a_face_follow_the_photograph():
    subject, faces = halves()
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    plain, kept = (
        (kept_content(dataclasses.replace(subject, faces=each), GatysOptions()) * luma).sum(1)
        for each in (None, faces)
    )
    there = (subject.content * luma).sum(1)
    before, after = ((each - there)[..., :16].std() for each in (plain, kept))
    assert after < 0.5 * before
    torch.testing.assert_close(kept[..., 16:], plain[..., 16:])


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
    assert distances[1] < 0.7 * distances[0]


def test_faces_are_kept_only_where_they_are_asked_for():
    assert {preset(name).faces for name in ("quick", "default", "fine", "cs20", "gatys")} == {0.0}
    assert preset("default", faces=0.5).faces == 0.5
