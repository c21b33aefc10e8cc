"""A name, a file or a run folder becomes one model file, with the style images given to it."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from impasto.errors import ModelError, OptionError
from impasto.networks.bundled import bundled
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX


@dataclass(frozen=True, slots=True)
class StylePicture:
    """A style for a network that takes any.

    Attributes:
        name: What it is called in results and blends.
        path: A picture, or a file of `impasto encode`.
        share: Its weight in a blend; the shares of a blend need not sum to 1.
    """

    name: str
    path: Path
    share: float = 1.0


def style_pictures(texts: Sequence[str]) -> tuple[StylePicture, ...]:
    """The styles that texts name, each ``PICTURE`` or ``PICTURE:SHARE``.

    Styles are called by their files; of two of one name the second becomes ``name-2``.

    Raises:
        OptionError: A share is negative or no number, or all are 0.
    """
    found: dict[str, StylePicture] = {}
    for text in texts:
        path, share = _parted(text)
        name = _unused(path.stem.strip().replace(":", "-").replace(",", "-") or "style", found)
        found[name] = StylePicture(name, path, share)
    if found and not any(each.share for each in found.values()):
        raise OptionError("style", "a share above 0 for at least one picture", ",".join(texts))
    return tuple(found.values())


def _parted(text: str) -> tuple[Path, float]:
    path, colon, number = text.rpartition(":")
    # A file may be called a:0.4, and C:\night.jpg is no blend.
    if not (colon and path) or Path(text).exists():
        return Path(text), 1.0
    try:
        share = float(number)
    except ValueError:
        return Path(text), 1.0
    if not (math.isfinite(share) and share >= 0):
        raise OptionError("style", "a picture, and a share from 0 as in night.jpg:0.4", text)
    return Path(path), share


def _unused(name: str, taken: dict[str, StylePicture]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


EXPORTED: Final = "model.onnx"
"""The model file in the run folder of a training."""


@dataclass(frozen=True, slots=True)
class Located:
    """A model file and why it was chosen.

    Attributes:
        name: What to call it: the network's or style's name, or that of the file or run folder.
        path: The file.
        sha256: What its bytes must be; "" where nothing is known.
        style: The style it was asked for by, or "".
        pictures: Styles given as pictures, for a network that takes any.
        style_size: Longer side in pixels at which these are seen; 0 is as usual.
    """

    name: str
    path: Path
    sha256: str = ""
    style: str = ""
    pictures: tuple[StylePicture, ...] = ()
    style_size: int = 0


def located(model: str | os.PathLike[str] | Located) -> Located:
    """Find a model file, without opening it.

    Args:
        model: A bundled network's name; a bundled style's name; an ``.onnx`` file; or the run
            folder of a training, which holds its exported ``model.onnx``; or the code of a style,
            for the bundled network that takes any. Bundled names go first; ``./name`` means the
            folder. What has been found stays as it is.

    Raises:
        ModelError: There is no such thing; the message names the nearest.
    """
    if isinstance(model, Located):
        return model
    text = os.fspath(model)
    if isinstance(model, str) and (found := _bundled(text)):
        return found
    path = Path(text)
    if path.is_dir():
        return _in_run_folder(path)
    if path.is_file() and path.suffix.lower() == CODE_SUFFIX:
        return styled(ANY_STYLE, [text])
    if path.is_file():
        return Located(path.stem, path)
    raise _missing(text, path)


def styled(model: str | os.PathLike[str], styles: Sequence[str], style_size: int = 0) -> Located:
    """A network that takes any style with the styles it is to take, none of them opened.

    Args:
        model: As :func:`located` takes it; "" is the bundled one.
        styles: Pictures or codes of styles, each with its share where there are several:
            ``night.jpg:0.6``.
        style_size: Longer side in pixels at which pictures are seen; 0 is as usual.

    Raises:
        ModelError: There is no such model.
        OptionError: A share is none.
    """
    pictures = style_pictures(styles)
    name = "+".join(each.name for each in pictures if each.share)
    found = located(model or ANY_STYLE)
    return replace(found, name=name, pictures=pictures, style_size=style_size)


def _bundled(name: str) -> Located | None:
    networks = bundled()
    for each in networks:
        if name == each.name:
            return Located(name, each.path, each.sha256)
    for each in networks:
        if name in (style.name for style in each.styles):
            return Located(name, each.path, each.sha256, name)
    return None


def _in_run_folder(folder: Path) -> Located:
    path = folder / EXPORTED
    if not path.is_file():
        if others := sorted(folder.glob("*.onnx")):  # a pair of generators
            raise ModelError(f"{folder}: name one of {', '.join(map(str, others))}")
        raise ModelError(
            f"{folder}: holds no {EXPORTED}: name the run folder of a training, "
            f"or make it with `impasto export {folder} {path}`"
        )
    return Located(folder.resolve().name, path)


def _missing(text: str, path: Path) -> ModelError:
    if path.suffix == ".onnx" or path.parent != Path():
        return ModelError(f"{text}: no such model file or run folder")
    names = [name for each in bundled() for name in (each.name, *(s.name for s in each.styles))]
    if not names and text != ANY_STYLE:
        return ModelError(f"no model {text}: no trained style is bundled, name an .onnx file")
    if text == ANY_STYLE:
        return ModelError("no any-style network is bundled: name one of your own with --model")
    near = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "`impasto models` lists what is there"
    return ModelError(f"no model {text}: {hint}")
