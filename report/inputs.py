"""The pictures that the report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impasto.errors import PictureError
from impasto.samples import sample, samples


@dataclass(frozen=True)
class Pictures:
    """What is painted, and how.

    Attributes:
        content: The photograph.
        styles: Three; the first is the one that options are changed in.
        portrait: A face, for what goes wrong.
        hard: The style it is painted in.
    """

    content: Path
    styles: tuple[Path, ...]
    portrait: Path
    hard: Path


SAMPLES: Final = Pictures(
    sample("content", "coffee").path,
    tuple(sample("style", name).path for name in ("night-swirl", "woodblock", "stained-glass")),
    sample("content", "astronaut").path,
    sample("style", "mosaic").path,
)

PAINTINGS: Final = Pictures(
    Path("contents/tubingen.jpg"),
    (
        Path("styles/starry-night-van-gogh-1889.jpg"),
        Path("styles/the-scream-munch-1893.jpg"),
        Path("styles/composition-vii-kandinsky-1913.jpg"),
    ),
    SAMPLES.portrait,
    Path("styles/composition-vii-kandinsky-1913.jpg"),
)
"""In a folder of one's own. The painters died more than 70 years ago; the files are not shipped."""

TITLES: Final[Mapping[str, str]] = {
    "starry-night-van-gogh-1889": "The Starry Night (van Gogh, 1889)",
    "the-scream-munch-1893": "The Scream (Munch, 1893)",
    "composition-vii-kandinsky-1913": "Composition VII (Kandinsky, 1913)",
    "tubingen": "Tübingen, Neckar front",
}

MASTERS: Final[Mapping[str, str]] = {
    "starry-night-van-gogh-1889": "starry-night",
    "the-scream-munch-1893": "the-scream",
    "composition-vii-kandinsky-1913": "composition-vii",
}
"""What the bundled network calls them. It has none of the package's own styles."""


def pictures_of(data: Path) -> Pictures:
    """``PAINTINGS`` in a folder.

    Raises:
        PictureError: One of them is not there.
    """
    found = Pictures(
        data / PAINTINGS.content,
        tuple(data / each for each in PAINTINGS.styles),
        PAINTINGS.portrait,
        data / PAINTINGS.hard,
    )
    for path in (found.content, *found.styles, found.hard):
        if not path.is_file():
            raise PictureError(f"{path}: no such file; --data names a folder that holds it")
    return found


def title_of(stem: str) -> str:
    """How a picture is called in a caption."""
    return TITLES.get(stem, stem.replace("-", " "))


def shown_freely(name: str) -> bool:
    """Whether a picture may itself be shown: the package's own may, others are only painted."""
    return name in {each.path.name for kind in ("content", "style") for each in samples(kind)}


def counts_of(data: Path) -> dict[str, int]:
    """How many pictures each set of a folder has, by the name of its folder."""
    sets = sorted(each for each in data.iterdir() if each.is_dir())
    found = {each.name: sum(one.suffix in (".jpg", ".png") for one in each.iterdir())
             for each in sets}  # fmt: skip
    return {name: count for name, count in found.items() if count}
