"""Checkpoints come back as they were, and files that are none are refused in one line."""

import pickle

import numpy as np
import pytest
import torch

from conftest import as_image, photograph_pixels, style_pixels
from impasto.checkpoint import load_checkpoint, save_checkpoint
from impasto.errors import RunError

PHOTOGRAPH, STYLE = as_image(photograph_pixels(18, 24)), as_image(style_pixels(28, 25))

CONTENTS = {
    "tensor": torch.arange(6.0).view(2, 3),
    "half": torch.tensor([1.5], dtype=torch.bfloat16),
    "number": 7,
    "share": 0.1,
    "infinite": float("inf"),
    "text": "grüße",
    "nested": {"list": [1, None, torch.tensor(2)], 0: {"deep": True}},
}


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, "painting", CONTENTS)
    return path


def test_contents_come_back(saved):
    loaded = load_checkpoint(saved, "painting", dict)
    assert torch.equal(loaded["tensor"], CONTENTS["tensor"])
    assert loaded["half"].dtype == torch.bfloat16
    assert loaded["nested"]["list"][2] == 2
    for name in ("number", "share", "infinite", "text"):
        assert loaded[name] == CONTENTS[name]
    assert loaded["nested"][0] == {"deep": True}


def test_only_the_checkpoint_is_left_in_the_folder(saved):
    save_checkpoint(saved, "painting", {"number": 8})
    assert [each.name for each in saved.parent.glob("*.pt")] == [saved.name]
    assert not list(saved.parent.glob(".impasto-*"))
    assert load_checkpoint(saved, "painting", dict)["number"] == 8


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(saved):
    before = saved.read_bytes()
    with pytest.raises(RunError, match="cannot be written"):
        save_checkpoint(saved, "painting", {"number": lambda: None})
    assert saved.read_bytes() == before
    assert not list(saved.parent.glob(".impasto-*"))


def test_no_such_checkpoint(tmp_path):
    with pytest.raises(RunError, match=r"none\.pt: no such checkpoint"):
        load_checkpoint(tmp_path / "none.pt", "painting", dict)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_checkpoint_cut_short(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * share)])
    refuse(saved, "not a whole checkpoint")


def test_a_changed_byte_is_noticed_where_it_matters(saved):
    whole = saved.read_bytes()
    tensor = CONTENTS["tensor"].numpy().tobytes()
    for place in [*range(0, len(whole), 13), whole.index(tensor) + 5]:
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            loaded = load_checkpoint(saved, "painting", dict)
        except RunError:
            continue
        assert torch.equal(loaded["tensor"], CONTENTS["tensor"])
        assert loaded["number"] == 7


def test_a_checkpoint_of_another_kind(saved):
    with pytest.raises(RunError, match=r"not a checkpoint of training"):
        load_checkpoint(saved, "training", dict)


def test_a_checkpoint_of_another_version(saved):
    torch.save({"impasto": 99, "kind": "painting"}, saved)
    refuse(saved, "checkpoint version 99, this impasto reads 1")


@pytest.mark.parametrize("foreign", [torch.zeros(3), {"conv": torch.zeros(1)}, [1, 2]])
def test_a_file_of_torch_that_is_no_checkpoint(saved, foreign):
    torch.save(foreign, saved)
    refuse(saved, "not a checkpoint of painting")


@pytest.mark.parametrize(
    "content", [b"hello", b"PK\x03\x04 no archive", b"\x80\x04N.", b"\x00" * 99]
)
def test_a_file_of_something_else(saved, content):
    saved.write_bytes(content)
    refuse(saved, "not a ")


class Harmful:
    def __reduce__(self):
        return (exec, ("raise SystemExit('code from the file has run')",))


def save_as_plain_pickle(contents, path):
    path.write_bytes(pickle.dumps(contents))


@pytest.mark.parametrize("save", [torch.save, save_as_plain_pickle])
def test_code_in_a_file_is_not_run(saved, save):
    save({"impasto": 1, "kind": "painting", "state": Harmful()}, saved)
    refuse(saved, "not a whole checkpoint")


def test_a_folder_instead_of_a_file(tmp_path):
    refuse(tmp_path, "cannot be read")


def refuse(path, message):
    with pytest.raises(RunError) as caught:
        load_checkpoint(path, "painting", dict)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert message in text
    assert "\n" not in text


def test_arrays_of_numpy_are_not_silently_lost(saved):
    save_checkpoint(saved, "painting", {"array": np.zeros(2)})
    refuse(saved, "not a whole checkpoint")
