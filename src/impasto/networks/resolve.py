"""Resolves a name, file or run folder to a model file, with its style images."""

from __future__ import annotations

import difflib
import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from impasto.errors import ModelError, OptionError
from impasto.files import with_name
from impasto.networks.bundled import Listed, bundled
from impasto.networks.card import COLORS
from impasto.networks.own import models, own, own_file
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX


@dataclass(frozen=True, slots=True)
class StylePicture:
    """A style for an any-style network."""

    name: str  # in results and blends
    path: Path  # a picture, a folder of them, or a file of `impasto encode`
    share: float = 1.0  # in a blend; weights need not sum to 1
    mask: Path | None = None  # the part of the picture to use


def style_pictures(texts: Sequence[str], masks: Sequence[Path] = ()) -> tuple[StylePicture, ...]:
    """The styles of texts, each ``PICTURE`` or ``PICTURE:SHARE``.

    A picture may be replaced by its code: a file, or the name of one of the user's own. Styles have
    the names of their files; a second one with the same name becomes ``name-2``. Masks select the
    part of each to use; there may be none.

    Raises:
        OptionError: A share is negative or infinite, all are 0, or there is not one mask a style.
        ModelError: It is the name of a network.
    """
    found: dict[str, StylePicture] = {}
    for text in texts:
        path, share = _parted(text)
        path = _code_file(path)
        stem = with_name(path).stem.strip().replace(":", "-").replace(",", "-") or "style"
        names = (f"{stem}-{number}" if number > 1 else stem for number in itertools.count(1))
        name = next(each for each in names if each not in found)
        found[name] = StylePicture(name, path, share)
    if found and not any(each.share for each in found.values()):
        raise OptionError("style", "a share above 0 for at least one picture", ",".join(texts))
    if not masks:
        return tuple(found.values())
    if len(masks) != len(found):
        raise OptionError(
            "style_masks", f"one for each --style, of which {len(found)} are given", len(masks)
        )
    pairs = zip(found.values(), masks, strict=True)
    return tuple(replace(each, mask=mask) for each, mask in pairs)


def _code_file(style: Path) -> Path:
    """The file of the code with a name; otherwise the path unchanged."""
    if named := own_file(str(style)):
        if named.suffix == CODE_SUFFIX:
            return named
    elif style.suffix or style.exists() or _named(str(style)) is None:
        return style
    raise ModelError(f"{style}: a trained style, no picture: name it with --model {style}")


def _parted(text: str) -> tuple[Path, float]:
    path, colon, number = text.rpartition(":")
    # A file may be called a:0.4, and C:\night.jpg is not a blend.
    if not (colon and path) or Path(text).exists():
        return Path(text), 1.0
    try:
        share = float(number)
    except ValueError:
        return Path(text), 1.0
    if not (math.isfinite(share) and share >= 0):
        raise OptionError("style", "a picture, and a share from 0 as in night.jpg:0.4", text)
    return Path(path), share


EXPORTED: Final = "model.onnx"  # the model file in the run folder of a training


NO_FILE: Final = Path()
"""The path of a stand-in for a network."""


@dataclass(frozen=True, slots=True)
class Located:
    """A model file with the styles to use."""

    name: str  # name of the network, style, file or run folder
    path: Path
    sha256: str = ""  # of its bytes, if known
    style: str = ""  # the style by whose name it was found
    pictures: tuple[StylePicture, ...] = ()  # style images, for a network that takes any
    style_size: int = 0  # longer side in pixels to encode these at; 0 is the default


def located(model: str | os.PathLike[str] | Located) -> Located:
    """Find a model file, without opening it.

    Args:
        model: A network's or style's name that `impasto models` lists; an ``.onnx`` file; or the
            run folder of a training, which holds its exported ``model.onnx``; or the code of a
            style, for the bundled network that takes any; or ``colors``, no network. Names have
            priority, bundled ones before the user's own; ``./name`` means the folder. A Located is
            returned as it is.

    Raises:
        ModelError: There is no such thing; the message has the nearest name.
    """
    if isinstance(model, Located):
        return model
    text = os.fspath(model)
    if model == COLORS:
        return Located(COLORS, NO_FILE)
    if isinstance(model, str) and (found := _named(text)):
        return found
    path = Path(text)
    if path.is_dir():
        return _in_run_folder(path)
    if path.is_file() and path.suffix.lower() == CODE_SUFFIX:
        return styled(ANY_STYLE, [text])
    if path.is_file():
        return Located(path.stem, path)
    raise _missing(text, path)


def styled(
    model: str | os.PathLike[str] | Located,
    styles: Sequence[str],
    style_size: int = 0,
    style_masks: Sequence[Path] = (),
) -> Located:
    """An any-style network with its styles; no file is opened.

    Args:
        model: As :func:`located` takes it; "" is the bundled one.
        styles: Style images or codes, with weights if there are several: ``night.jpg:0.6``.
        style_size: Longer side in pixels to encode pictures at; 0 is the default.
        style_masks: The part of each style to use; none for all of it.

    Raises:
        ModelError: There is no such model.
        OptionError: A share is out of range, or there is not one mask for each style.
    """
    pictures = style_pictures(styles, style_masks)
    name = "+".join(each.name for each in pictures if each.share)
    found = located(model or ANY_STYLE)
    return replace(found, name=name, pictures=pictures, style_size=style_size)


def label_of(
    model: str | os.PathLike[str] | Located, styles: Sequence[str] = (), style_weights: str = ""
) -> str:
    """The name for results: the styles of a blend, or the style images, or the model."""
    if style_weights:
        from impasto.networks.blends import parsed  # late, as it needs numpy

        shares = parsed(style_weights)
        return "+".join(name for name, share in shares.items() if share) or "none"
    return (styled(model, styles) if styles else located(model)).name


def _named(name: str) -> Located | None:
    found = _among(bundled(), name)
    if found is None and (path := own_file(name)):
        return styled(ANY_STYLE, [str(path)]) if path.suffix == CODE_SUFFIX else Located(name, path)
    return found or _among(own(), name)


def _among(networks: Sequence[Listed], name: str) -> Located | None:
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
    names = [name for each in models() for name in (each.name, *(s.name for s in each.styles))]
    if not names and text != ANY_STYLE:
        return ModelError(f"no model {text}: no trained style is bundled, name an .onnx file")
    if text == ANY_STYLE:
        return ModelError("no any-style network is bundled: name one of your own with --model")
    near = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "`impasto models` lists what is there"
    return ModelError(f"no model {text}: {hint}")
