"""Errors that go from one process to another."""

import pickle

import pytest

from impasto.errors import MissingExtraError, OptionError, PictureError


@pytest.mark.parametrize(
    "error",
    [
        OptionError("size", "a number from 1", 0),
        MissingExtraError("Reading HEIC pictures", "heic"),
        PictureError("a.png: is damaged"),
    ],
)
def test_an_error_travels_whole(error):
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)
