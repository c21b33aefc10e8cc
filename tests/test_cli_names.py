"""Names of the results of several photographs."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from impasto.commands.places import file_names

STYLE = "night"
_PARTS = st.sampled_from(["a", "A", "b", "a-2", "a-png", "x", "x-a-png", "."])
_PATHS = st.builds(
    lambda folder, stem, suffix: Path(folder) / f"{stem}{suffix}",
    _PARTS,
    _PARTS,
    st.sampled_from(["", ".png", ".PNG", ".jpg"]),
)


def names(*contents):
    return [
        name.removesuffix("-night.png") for name in file_names(list(map(Path, contents)), STYLE)
    ]


def test_names():
    assert names("lake.jpg", "hill.png") == ["lake", "hill"]
    assert names("lake.jpg", "lake.png") == ["lake-jpg", "lake-png"]
    assert names("x/lake.jpg", "y/lake.jpg") == ["x-lake-jpg", "y-lake-jpg"]
    assert names("x/a.b.jpg", "y/c.jpg") == ["a.b", "c"]
    assert names("z/x/lake.jpg", "w/x/lake.jpg") == ["lake-2", "lake-3"]
    assert names("Lake.jpg", "lake.png") == ["Lake-jpg", "lake-png"]


@given(st.lists(_PATHS, max_size=12))
def test_no_two_are_the_same(contents):
    found = [name.casefold() for name in file_names(contents, STYLE)]
    assert len(set(found)) == len(contents)
