"""Trained networks at once: styles, any style, blends and translations."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from impasto.errors import ModelError
from impasto.image import Picture
from impasto.networks.bundled import Listed, bundled
from impasto.networks.card import ANY, Style
from impasto.networks.code_file import StyleCode
from impasto.networks.engine import recipe
from impasto.networks.model import Model, load_model
from impasto.networks.own import CODE, own
from impasto.networks.resolve import Located
from impasto.networks.session import giving_back
from impasto.options.apply import ANY_STYLE, ApplyOptions
from impasto.source import Source

TRANSLATOR: Final = "cyclegan"
STYLED: Final = "johnson"

ANY_MISSING: Final = (
    "No network for any style is here. It is made by "
    "`impasto train adain --contents PHOTOS --styles PAINTINGS --run-dir any` "
    "and brought in by `impasto studio --models any`"
)
IDLE: Final = 20.0  # seconds without a picture after which memory is returned
_TINY: Final = 64  # pixels of a picture that only returns memory
_CODES: Final = 64  # style pictures whose codes are kept

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


def give_back() -> None:
    """Return free memory to the system, as far as possible."""
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc keeps what is free, others have no such call
        ctypes.CDLL("libc.so.6").malloc_trim(0)


class Instant:
    """Paints pictures through trained networks; a bundled one is loaded when it is first needed.

    Args:
        given: Networks to show first, as :func:`impasto.load_model` takes them.
        assets: The folder of the bundled ones; the package's own when None.

    Raises:
        ModelError: One is missing or no model.
    """

    def __init__(self, given: Sequence[str] = (), assets: Path | None = None) -> None:
        found = bundled(assets)
        self._files = {each.name: Located(each.name, each.path, each.sha256) for each in found}
        self._models: dict[str, Model] = {}
        self._seen: dict[Path, StyleCode] = {}
        self._lock = threading.Lock()
        self._resting = threading.Timer(0, give_back)
        self._painting = threading.Lock()  # one after another: each takes all cores, and memory
        self.networks = [Known(each.name, each.method, each.styles) for each in found]
        self._codes: dict[str, str] = {}  # files of the user's own styles, by name
        self.add_own()
        for text in given:
            model = load_model(text)
            self._models[model.name] = model
            card = model.network.card
            # In front, so that a user's own network is seen first.
            self.networks.insert(0, Known(model.name, card.method, card.styles))

    def add_own(self) -> None:
        """Add what the user has kept by a name since."""
        for each in own():
            with suppress(ModelError):  # `impasto models` says what is wrong with it
                self._add_own(each)

    def _add_own(self, each: Listed) -> None:
        known = (*self._files, *self._codes, *self._models)
        if each.fault or each.name in known:
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
        network = self._model(names[0])
        model = network.styled({name: self._code(network, path) for name, path in styles.items()})
        return self._painted(model, photograph, shares, **options)

    def translated(self, photograph: Picture, name: str, /, **options: Any) -> Picture:
        """A photograph through a translator, with a manifest.

        Raises:
            ModelError: There is no such translator.
        """
        if name not in [each.name for each in self.translators]:
            raise ModelError(TRANSLATOR_MISSING)
        return self._painted(self._model(name), photograph, {}, **options)

    def _code(self, network: Model, path: Path) -> StyleCode:
        if path not in self._seen:
            with self._painting:
                [self._seen[path]] = network.styled({"style": str(path)}).codes
            for old in [*self._seen][:-_CODES]:
                self._seen.pop(old, None)
        return self._seen[path]

    def _model(self, name: str) -> Model:
        with self._lock:
            if name not in self._models:
                self._models[name] = load_model(self._files[name])
            return self._models[name]

    def _rest_after(self, model: Model, options: ApplyOptions) -> None:
        """Return the networks' memory to the system when nothing is painted for a while."""
        self._resting.cancel()
        self._resting = threading.Timer(IDLE, self._rest, (model, replace(options, size=0)))
        self._resting.daemon = True
        self._resting.start()

    def _rest(self, model: Model, options: ApplyOptions) -> None:
        with self._painting, giving_back():
            model.stylize(Picture(np.full((_TINY, _TINY, 3), 0.5, np.float32)), options)
        give_back()

    def _painted(
        self, model: Model, photograph: Picture, shares: Mapping[str, float], /, **asked: Any
    ) -> Picture:
        text = ",".join(f"{name}:{share!r}" for name, share in shares.items())
        options = ApplyOptions(style_weights=text, **asked)
        with self._painting:
            picture = model.stylize(photograph, options)
        self._rest_after(model, options)
        source = Source(photograph, "photograph", "", "")
        manifest = recipe(model, source, options)
        manifest["result"] = {"size": [picture.width, picture.height]}
        return replace(picture, manifest=manifest)
