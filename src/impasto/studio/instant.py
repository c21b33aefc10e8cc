"""Trained networks at once: styles, any style, blends, translations, and a first look."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from impasto.errors import ModelError, OptionError
from impasto.image import Picture, from_tensor, read_picture, scaled
from impasto.networks.bundled import Listed, bundled
from impasto.networks.card import ANY, Style
from impasto.networks.engine import recipe
from impasto.networks.model import Model, load_model
from impasto.networks.own import CODE, own
from impasto.networks.resolve import Located
from impasto.nn.color import recolored
from impasto.options.apply import ANY_STYLE, ApplyOptions
from impasto.options.gatys import PaintOptions
from impasto.pixels.kept_color import color_kept
from impasto.source import Source

TRANSLATOR: Final = "cyclegan"
STYLED: Final = "johnson"

ANY_MISSING: Final = (
    "No network for any style is here. It is made by "
    "`impasto train adain --contents PHOTOS --styles PAINTINGS --run-dir any` "
    "and brought in by `impasto studio --models any`"
)
_SIDE: Final = 512  # longer side of a first look; more would only take longer

TRANSLATOR_MISSING: Final = (
    "No translator is here. A pair is made by "
    "`impasto train cyclegan --photos PHOTOS --paintings PAINTINGS --run-dir pair` "
    "and brought in by `impasto studio --models pair/photo-to-painting.onnx`"
)


@dataclass(frozen=True)
class Choice:
    """A style or translator on the page: its name, title and note."""

    name: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Known:
    """A trained network as known without opening it."""

    name: str
    method: str
    styles: tuple[Style, ...]


class Instant:
    """Paints pictures through trained networks; a bundled one is loaded when it is first needed.

    Args:
        given: Networks to show first, as :func:`impasto.load_model` takes them.
        assets: The folder of the bundled ones; the package's own when None.
        side: Longest side of a result in pixels.

    Raises:
        ModelError: One is missing or no model.
    """

    def __init__(
        self, given: Sequence[str] = (), assets: Path | None = None, side: int = 2048
    ) -> None:
        self._side = side
        found = bundled(assets)
        self._files = {each.name: Located(each.name, each.path, each.sha256) for each in found}
        self._models: dict[str, Model] = {}
        self._lock = threading.Lock()
        self._painting = threading.Lock()  # one after another: each takes all cores, and memory
        self.networks = [Known(each.name, each.method, each.styles) for each in found]
        self._codes: dict[str, str] = {}  # files of the user's own styles, by name
        for each in own():
            with suppress(ModelError):  # `impasto models` says what is wrong with it
                self._add_own(each)
        for text in given:
            model = load_model(text)
            self._models[model.name] = model
            card = model.network.card
            # In front, so that a user's own network is seen first.
            self.networks.insert(0, Known(model.name, card.method, card.styles))

    def _add_own(self, each: Listed) -> None:
        if each.fault or each.name in self._files:
            return
        if each.method != CODE:
            self._models[each.name] = load_model(Located(each.name, each.path))
        elif ANY_STYLE in self._files:
            self._codes[each.name] = str(each.path)
        else:
            return
        self.networks.append(Known(each.name, each.method, each.styles))

    @property
    def styles(self) -> list[Choice]:
        """The styles that networks have learned, and the codes with a name."""
        return [
            Choice(
                style.name,
                style.title or style.name,
                ", ".join(part for part in (style.artist, style.year) if part),
            )
            for network in self.networks
            if network.method in (STYLED, CODE)
            for style in network.styles
        ]

    @property
    def translators(self) -> list[Choice]:
        """The networks that turn one kind of picture into another."""
        return [
            Choice(each.name, next((one.title for one in each.styles if one.title), each.name))
            for each in self.networks
            if each.method == TRANSLATOR
        ]

    @property
    def takes_any(self) -> bool:
        """Whether there is a network that takes any picture for a style."""
        return any(each.method in ANY for each in self.networks)

    def blended(
        self, photograph: Picture, shares: Mapping[str, float], /, **options: Any
    ) -> Picture:
        """A photograph in learned styles, all of one network or all codes, with a manifest.

        Raises:
            ModelError: There is no such style.
            OptionError: A share is no number, or no style is left.
        """
        style = next(iter(shares), "")
        if style in self._codes:
            codes = {name: path for name, path in self._codes.items() if name in shares}
            return self._painted(
                self._model(ANY_STYLE).styled(codes), photograph, shares, **options
            )
        for network in self.networks:
            if network.method == STYLED and style in [each.name for each in network.styles]:
                return self._painted(self._model(network.name), photograph, shares, **options)
        raise ModelError(f"no learned style is called {style!r}")

    def in_styles(
        self,
        photograph: Picture,
        styles: Mapping[str, Path],
        shares: Mapping[str, float],
        /,
        **options: Any,
    ) -> Picture:
        """A photograph in any styles, with a manifest.

        Raises:
            ModelError: There is no network that takes any style.
        """
        names = [each.name for each in self.networks if each.method in ANY]
        if not names:
            raise ModelError(ANY_MISSING)
        model = self._model(names[0]).styled({name: str(path) for name, path in styles.items()})
        return self._painted(model, photograph, shares, **options)

    def translated(self, photograph: Picture, name: str, /, **options: Any) -> Picture:
        """A photograph through a translator, with a manifest.

        Raises:
            ModelError: There is no such translator.
        """
        if name not in [each.name for each in self.translators]:
            raise ModelError(TRANSLATOR_MISSING)
        return self._painted(self._model(name), photograph, {}, **options)

    def thumbnails(self, photograph: Picture, side: int = 224) -> Iterator[tuple[Choice, Picture]]:
        """The photograph in every learned style, small."""
        small = replace(scaled(photograph, side), alpha=None)
        for each in self.styles:
            yield each, self.blended(small, {each.name: 1.0})

    def warm(self) -> None:
        """Load what is needed first, so that nobody waits for it."""
        for name in {each.name for each in self.networks if each.method not in (TRANSLATOR, CODE)}:
            self._model(name)

    def _model(self, name: str) -> Model:
        with self._lock:
            if name not in self._models:
                self._models[name] = load_model(self._files[name])
            return self._models[name]

    def _painted(
        self, model: Model, photograph: Picture, shares: Mapping[str, float], /, **asked: Any
    ) -> Picture:
        self._check(asked)
        text = ",".join(f"{name}:{share!r}" for name, share in shares.items())
        options = ApplyOptions(style_weights=text, **asked)
        with self._painting:
            picture = model.stylize(photograph, options)
        source = Source(photograph, "photograph", "", "")
        manifest = recipe(model, source, options)
        manifest["result"] = {"size": [picture.width, picture.height]}
        return replace(picture, manifest=manifest)

    def _check(self, asked: Mapping[str, Any]) -> None:
        for name, value in asked.items():
            number = isinstance(value, (int, float)) and math.isfinite(value)
            if name in ("strength", "style_scale") and not number:
                raise OptionError(name, "a number", value)
            if name == "size" and not (isinstance(value, int) and 0 <= value <= self._side):
                raise OptionError(name, f"pixels up to {self._side}", value)
            if name not in ("strength", "style_scale", "size", "keep_color"):
                expected = "strength, style_scale, size or keep_color"
                raise OptionError("options", expected, name)


def read_small(path: Path, side: int) -> Picture:
    """A picture of ours, scaled down to a longer side if it is larger."""
    picture = read_picture(path, longer=side)
    return scaled(picture, min(side, max(picture.width, picture.height)))


def first_look(
    instant: Instant, photograph: Picture, styles: Sequence[Path], options: PaintOptions
) -> Picture:
    """A picture that is there at once, before a painting with these options.

    It is the photograph as a network for any style paints it, where one is bundled; else the
    photograph in the colors of the styles, from which the painting begins.
    """
    side = min(_SIDE, int(options.size) or _SIDE)
    small = replace(scaled(photograph, side), alpha=None, manifest=None)
    weights = options.style_weights or (1.0,) * len(styles)
    if instant.takes_any:
        return instant.in_styles(
            small,
            {str(number): path for number, path in enumerate(styles)},
            {str(number): weight for number, weight in enumerate(weights)},
            keep_color=options.keep_color,
        )
    return _recolored(small, styles, weights, options)


def _recolored(
    photograph: Picture, styles: Sequence[Path], weights: Sequence[float], options: PaintOptions
) -> Picture:
    content = photograph.tensor()
    images = [scaled(read_picture(path, longer=_SIDE), _SIDE).tensor() for path in styles]
    moved = [
        recolored(content, style) * weight for style, weight in zip(images, weights, strict=True)
    ]
    picture = from_tensor(sum(moved[1:], moved[0]) / sum(weights))
    pixels = np.ascontiguousarray(picture.pixels)
    if options.keep_color != "none":
        color_kept(pixels, photograph.pixels, options.keep_color, options.color_strength, None)
    return replace(picture, pixels=pixels)
