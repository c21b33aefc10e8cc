"""What a model file says about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict

from impasto.errors import ModelError
from impasto.records import Wrong, parsed_record

FORMAT: Final = "1"

METHODS: Final = ("johnson", "cyclegan", "adain")
"""Methods whose networks this version runs. They differ in what the network is given beside the
photograph: weights of styles (johnson), or nothing, as it knows one way only (cyclegan),
or the code of a style (adain)."""


class StyleEntry(TypedDict):
    """A style in the JSON of a model file or of the table of bundled networks."""

    name: str
    title: NotRequired[str | None]
    artist: NotRequired[str | None]
    year: NotRequired[str | int | None]
    origin: NotRequired[str | None]


_MOST_MULTIPLE: Final = 64
_MOST_REACH: Final = 2048
_MOST_SIZE: Final = 1 << 16
"""Far above what a network has: larger numbers would take memory for pictures nobody has."""


@dataclass(frozen=True, slots=True)
class Style:
    """A style that a network has learned; all but the name may be empty."""

    name: str
    title: str = ""
    artist: str = ""
    year: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the metadata of a model file tells.

    Attributes:
        method: How it was trained and what its inputs are, one of ``METHODS``.
        styles: What it has learned, without the slot that reproduces the photograph.
        positions: Place of each style in the network's vector of weights.
        slots: Length of that vector.
        identity: Place of the slot that reproduces the photograph, or None.
        multiple: Sides of its images are multiples of this.
        reach: How many pixels around it a pixel of the result depends on.
        grain: Standard deviation of the noise it sees beside the picture.
        size: Side in pixels of the images it was trained on; 0 when unknown.
        origin: Who made it from what.
        licence: Under which it may be passed on.
        encoder: Hash of what makes codes of styles; "" where styles have been learned.
        recolor: Whether it is to be given the photograph in the style's colors.
    """

    method: str
    styles: tuple[Style, ...]
    positions: Mapping[str, int]
    slots: int
    identity: int | None
    multiple: int
    reach: int
    grain: float
    size: int
    origin: str
    licence: str
    encoder: str = ""
    recolor: bool = False

    @property
    def fades(self) -> bool:
        """Whether the network itself gives the photograph back where little strength is asked."""
        return self.identity is not None or self.method == "adain"


def card_in(metadata: Mapping[str, str], name: str) -> Card:
    """Read the ``impasto.*`` entries of a model file's metadata.

    Args:
        metadata: The file's texts by key.
        name: The file, for errors.

    Raises:
        ModelError: It is no model of impasto, of another version or method, or inconsistent.
    """
    form = metadata.get("impasto.format")
    if form is None:
        raise ModelError(f"{name}: not a model of impasto (an ONNX file without its metadata)")
    if form != FORMAT:
        raise ModelError(f"{name}: a model of format {form}, this impasto reads {FORMAT}: update")
    method = metadata.get("impasto.method", "")
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise ModelError(f"{name}: a model of method {method!r}, this impasto runs {known}")
    try:
        return _card(method, metadata, name)
    except (KeyError, ValueError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelError(f"{name}: its metadata is damaged ({reason})") from None


def styles_of(entries: Sequence[StyleEntry]) -> tuple[Style, ...]:
    """Styles from their JSON entries, in the model file and in the table of bundled networks.

    Raises:
        ValueError: A name is missing, twice there, or cannot stand in a blend.
    """
    fields = Style.__slots__
    styles = tuple(
        Style(**{field: str(told) for field in fields if (told := each.get(field)) is not None})
        for each in entries
    )
    names = [each.name for each in styles]
    if not names or len(set(names)) < len(names):
        raise ValueError("no styles, or two of one name")
    if any(not name or set(name) & set(":,") for name in names):
        raise ValueError("a style without a name, or with a colon or comma in it")
    return styles


def _card(method: str, metadata: Mapping[str, str], name: str) -> Card:
    # One that takes any style has learned none.
    wrong = Wrong(ModelError, "its metadata is damaged")
    styles = (
        ()
        if method == "adain"
        else styles_of(parsed_record(metadata["impasto.styles"], list[StyleEntry], name, wrong))
    )
    names = [each.name for each in styles]
    identity = _slot(metadata.get("impasto.identity", ""), names)
    positions = {each: place for place, each in enumerate(names) if place != identity}
    return Card(
        method=method,
        styles=tuple(each for each in styles if each.name in positions),
        positions=positions,
        slots=max(len(styles), 0 if identity is None else identity + 1),
        identity=identity,
        multiple=_number(metadata, "multiple", 1, 1, _MOST_MULTIPLE),
        reach=_number(metadata, "reach", 0, 0, _MOST_REACH),
        grain=_amplitude(metadata.get("impasto.grain") or "0"),
        size=_number(metadata, "size", 0, 0, _MOST_SIZE),
        origin=metadata.get("impasto.origin", ""),
        licence=metadata.get("impasto.licence", ""),
        encoder=metadata["impasto.encoder"] if method == "adain" else "",
        recolor=method == "adain" and bool(metadata.get("impasto.recolor")),
    )


def _slot(identity: str, names: Sequence[str]) -> int | None:
    if not identity:
        return None
    place = names.index(identity) if identity in names else int(identity)
    if not 0 <= place <= len(names):
        raise ValueError(f"no slot {place} for identity")
    return place


def _amplitude(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ValueError(f"grain is {text}")
    return float(text)


def _number(metadata: Mapping[str, str], key: str, missing: int, least: int, most: int) -> int:
    value = int(metadata.get(f"impasto.{key}") or missing)
    if not least <= value <= most:
        raise ValueError(f"{key} is {value}, expected {least} to {most}")
    return value
