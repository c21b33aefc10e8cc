"""The metadata of a model file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict

from impasto.errors import ModelError
from impasto.records import Wrong, parsed_record

FORMAT: Final = "1"

METHODS: Final = ("johnson", "cyclegan", "ghiasi", "adain")
"""Methods whose networks this version runs. Besides the photograph, their input is the weights of
styles (johnson), nothing (cyclegan), or the code of a style (ghiasi, adain)."""

ANY: Final = ("ghiasi", "adain")
"""Methods of any-style networks."""

COLORS: Final = "colors"
"""Name and method of the stand-in that takes only the colors of a style."""


class StyleEntry(TypedDict):
    """A style in the JSON of a model file or of the table of bundled networks."""

    name: str
    title: NotRequired[str | None]
    artist: NotRequired[str | None]
    year: NotRequired[str | int | None]
    origin: NotRequired[str | None]
    own: NotRequired[str]  # not empty if it has weights of its own


_MOST_MULTIPLE: Final = 64
_MOST_REACH: Final = 2048
_MOST_SIZE: Final = 1 << 16
"""Far above those of any network; larger numbers would waste memory."""


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
    """The metadata of a model file."""

    method: str  # one of METHODS, or COLORS
    styles: tuple[Style, ...]  # learned ones, without the slot that reproduces the photograph
    positions: Mapping[str, int]  # of each style in the network's vector of weights
    slots: int  # length of that vector
    identity: int | None  # position of the slot that reproduces the photograph
    multiple: int  # sides of its images are multiples of this
    reach: int  # radius of the receptive field in pixels
    grain: float  # standard deviation of the noise that is added to its input
    size: int  # side in pixels of the images it was trained on; 0 when unknown
    working: int  # longer side of pictures on which its strokes look best; 0 for any
    origin: str
    licence: str
    encoder: str = ""  # hash of what makes codes of styles; "" where styles are learned
    recolor: bool = False  # whether its input is the photograph in the style's colors
    own: bool = False  # whether styles have weights of their own: it mixes them for each picture

    @property
    def fades(self) -> bool:
        """Whether the network itself fades to the photograph at low strength."""
        return self.identity is not None or self.method in ANY

    @property
    def extends(self) -> bool:
        """Whether the network goes beyond the style at high strength."""
        return self.identity is not None or self.method == "ghiasi"


def card_in(metadata: Mapping[str, str], name: str) -> Card:
    """Read the ``impasto.*`` entries of a model file's metadata; ``name`` is for errors.

    Raises:
        ModelError: It is not from impasto, has another version or method, or is inconsistent.
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
        Style(**{field: str(text) for field in fields if (text := each.get(field)) is not None})
        for each in entries
    )
    names = [each.name for each in styles]
    if not names or len(set(names)) < len(names):
        raise ValueError("no styles, or two of one name")
    if any(not name or set(name) & set(":,") for name in names):
        raise ValueError("a style without a name, or with a colon or comma in it")
    return styles


def _card(method: str, metadata: Mapping[str, str], name: str) -> Card:
    styles, own = tuple[Style, ...](), False
    if method not in ANY:  # which have learned none
        wrong = Wrong(ModelError, "its metadata is damaged")
        entries = parsed_record(metadata["impasto.styles"], list[StyleEntry], name, wrong)
        styles, own = styles_of(entries), any(each.get("own") for each in entries)
    names, identity = [each.name for each in styles], None
    if slot := metadata.get("impasto.identity", ""):
        identity = names.index(slot) if slot in names else int(slot)
        if not 0 <= identity <= len(names):
            raise ValueError(f"no slot {identity} for identity")
    grain = metadata.get("impasto.grain") or "0"
    if not 0 <= float(grain) <= 1:
        raise ValueError(f"grain is {grain}")
    positions = {each: place for place, each in enumerate(names) if place != identity}
    return Card(
        method=method,
        styles=tuple(each for each in styles if each.name in positions),
        positions=positions,
        slots=max(len(styles), 0 if identity is None else identity + 1),
        identity=identity,
        multiple=_number(metadata, "multiple", 1, 1, _MOST_MULTIPLE),
        reach=_number(metadata, "reach", 0, 0, _MOST_REACH),
        grain=float(grain),
        size=_number(metadata, "size", 0, 0, _MOST_SIZE),
        working=_number(metadata, "working", 0, 0, _MOST_SIZE),
        origin=metadata.get("impasto.origin", ""),
        licence=metadata.get("impasto.licence", ""),
        encoder=metadata["impasto.encoder"] if method in ANY else "",
        recolor=method == "adain" and bool(metadata.get("impasto.recolor")),
        own=own,
    )


def _number(metadata: Mapping[str, str], key: str, missing: int, least: int, most: int) -> int:
    value = int(metadata.get(f"impasto.{key}") or missing)
    if not least <= value <= most:
        raise ValueError(f"{key} is {value}, expected {least} to {most}")
    return value
