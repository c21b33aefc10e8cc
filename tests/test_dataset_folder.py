"""A folder tree as pictures to train on."""

import os
import pickle
import sys

import pytest
from PIL import Image

from dataset_files import flat, flat_folder, framed, write_flat
from impasto.dataset.pictures import FolderPictures, open_pictures
from impasto.errors import PictureError


def names(pictures):
    return [pictures.name(index).replace(os.sep, "/") for index in range(len(pictures))]


def labels(pictures):
    return [pictures.label(index) for index in range(len(pictures))]


def told(path, words):
    with pytest.raises(PictureError) as caught:
        open_pictures(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tree_of_classes(tmp_path):
    for number, name in enumerate(
        ["b/2.png", "b/deep/er/1.PNG", "a.b/3.png", "a/x.png", "a/w.jpg"]
    ):
        write_flat(tmp_path / name, number)
    (tmp_path / "b" / "notes.txt").write_text("no picture")
    (tmp_path / "png").write_text("no suffix")
    write_flat(tmp_path / ".cache" / "4.png", 4)
    write_flat(tmp_path / "b" / "._2.png", 5)
    pictures = open_pictures(tmp_path)
    assert names(pictures) == ["a/w.jpg", "a/x.png", "a.b/3.png", "b/2.png", "b/deep/er/1.PNG"]
    assert labels(pictures) == [0, 0, 1, 2, 2]
    assert (pictures.read(3) == flat(0)).all()
    assert (pictures.read(4) == flat(1)).all()


def test_pictures_beside_the_classes_come_first(tmp_path):
    for name in ("z.png", "a/1.png", "b/1.png"):
        write_flat(tmp_path / name, 0)
    pictures = open_pictures(tmp_path)
    assert names(pictures) == ["a/1.png", "b/1.png", "z.png"]
    assert labels(pictures) == [1, 2, 0]
    assert pictures.classes == ("", "a", "b")


def test_a_flat_folder_has_one_class(tmp_path):
    pictures = open_pictures(str(flat_folder(tmp_path, 3)))
    assert names(pictures) == ["000.png", "001.png", "002.png"]
    assert labels(pictures) == [0, 0, 0]
    assert len(pictures) == 3


def test_nothing_is_opened_before_it_is_read(tmp_path, monkeypatch):
    flat_folder(tmp_path, 5)
    monkeypatch.setattr(Image, "open", lambda *_given, **_options: pytest.fail("opened"))
    assert labels(open_pictures(tmp_path)) == [0] * 5


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_followed_but_not_in_circles(tmp_path):
    write_flat(tmp_path / "far" / "1.png", 1)
    home = tmp_path / "home"
    write_flat(home / "a" / "2.png", 2)
    (home / "link").symlink_to(tmp_path / "far")
    (home / "link" / "circle").symlink_to(home)
    (home / "a" / "gone.png").symlink_to("nowhere.png")
    pictures = open_pictures(home)
    assert names(pictures) == ["a/2.png", "a/gone.png", "link/1.png"]
    with pytest.raises(PictureError, match="no such file"):
        pictures.read(1)


def test_it_pickles(tmp_path):
    pictures = open_pictures(flat_folder(tmp_path, 4))
    again = pickle.loads(pickle.dumps(pictures))
    assert names(again) == names(pictures)
    assert (again.read(3) == flat(3)).all()


def test_what_is_no_folder_of_pictures(tmp_path):
    told(tmp_path / "nowhere", "no such file or folder")
    told(tmp_path / "nowhere*.tfrecord", "no file matches")
    (tmp_path / "empty").mkdir()
    told(tmp_path / "empty", "holds no pictures (.jpg, ")
    told(write_flat(tmp_path / "one.png", 0), "is one picture, expected a folder")
    with pytest.raises(PictureError, match="is not a folder"):
        FolderPictures(tmp_path / "one.png")


@pytest.mark.skipif(sys.platform == "win32", reason="such a path is merely not there")
def test_a_name_no_file_can_have(tmp_path):
    told(tmp_path / ("x" * 300), "cannot be read (file name too long)")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may look into everything")
def test_a_folder_that_may_not_be_looked_into(tmp_path):
    write_flat(tmp_path / "a" / "1.png", 1)
    (tmp_path / "b").mkdir(mode=0)
    with pytest.raises(PictureError, match=r"b: cannot be listed \(permission denied\)"):
        open_pictures(tmp_path)


def test_pictures_and_records_in_one_folder_are_no_guess(tmp_path):
    flat_folder(tmp_path, 2)
    (tmp_path / "train.tfrecord").write_bytes(framed(b"anything"))
    told(tmp_path, "holds pictures and TFRecord files")
    assert len(FolderPictures(tmp_path)) == 2
    assert len(open_pictures(tmp_path / "*.tfrecord")) == 1
