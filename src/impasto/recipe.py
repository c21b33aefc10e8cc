"""Manifests as recipes: comparison, and the pictures and weights that they name."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, TypedDict

from impasto import done
from impasto.errors import OptionError, PictureError, RunError, WeightsError
from impasto.files import is_file
from impasto.image import READABLE, read_manifest
from impasto.networks.own import gone
from impasto.networks.words import made_of
from impasto.options.gatys import GatysOptions
from impasto.options.shared import Precision, SharedOptions, mask_word
from impasto.records import Wrong, checked_record, read_record
from impasto.source import Inputs, style_hash
from impasto.weights import WeightsFile, bundled, resolve
from impasto.weights.published import NETWORKS

_NO_MANIFEST: Final = Wrong(RunError, "not the manifest of a painting")
_PRECISIONS: Final[Mapping[str, Precision]] = {"bfloat16": "bf16", "float32": "fp32"}


class Hashed(TypedDict):
    """A file with its hash."""

    sha256: str


class Input(Hashed):
    """An input picture of a painting."""

    name: str
    path: str
    pictures: NotRequired[list[Any]]


class Decisive(TypedDict):
    """The part of a manifest that determines the picture."""

    inputs: Mapping[str, Hashed]
    options: dict[str, Any]
    network: Hashed
    precision: str
    device: str


class Manifest(TypedDict):
    """The fields of a painting's manifest that are needed to paint it again."""

    inputs: dict[str, Input]
    options: dict[str, Any]
    network: Hashed
    precision: Literal["bfloat16", "float32"]
    device: str
    output: NotRequired[str]


@dataclass(frozen=True)
class Recipe:
    """What is needed to paint the picture of a manifest again.

    Attributes:
        content: The photograph's file.
        inputs: The files of the styles and masks.
        options: With the precision that was used.
        weights: The weights it was made with.
        output: Where the picture was written, or "" when the manifest does not say.
    """

    content: Path
    inputs: Inputs[Path]
    options: SharedOptions
    weights: WeightsFile
    output: str


def read_recipe(path: Path, content: Path | None, given: Inputs[Path]) -> Recipe:
    """Read a manifest, from its own file or out of a picture, and find its inputs.

    Args:
        path: manifest.json or a picture that impasto painted.
        content: The photograph's current path; by default the manifest's, or beside it.
        given: Current paths of moved styles and masks.

    Raises:
        OptionError: More pictures are given than the painting used.
        RunError: The file has no manifest of a painting.
        PictureError: An input is not found, or its contents have changed.
        WeightsError: The weights it was made with are not installed.
    """
    manifest = _manifest(path)
    inputs = manifest["inputs"]
    for role in ("content", "style"):
        if role not in inputs:
            raise _NO_MANIFEST.of(str(path), f"inputs.{role}: is missing")
    options = _options(path, manifest["options"])
    precision = _PRECISIONS[manifest["precision"]]
    places = given.roles() | ({} if content is None else {"content": content})
    _check_known(places, inputs)
    found = {role: _located(role, entry, path, places.get(role)) for role, entry in inputs.items()}
    first = str(found["init"]) if "init" in found else options.init
    # "In one piece" only means that there was enough memory, so this is decided again.
    options = replace(options, precision=precision, init=first, tile=options.tile or None)
    weights = _weights(options, manifest["network"]["sha256"])
    parts, output = Inputs.from_roles(found), manifest.get("output", "")
    return Recipe(found["content"], parts, options, weights, output)


def check_inputs(inputs: Inputs[Any], options: SharedOptions) -> None:
    """Raise an OptionError for styles, masks and options that do not match."""
    count = len(inputs.styles)
    each = "one, as there is one style" if count == 1 else f"one for each of the {count} styles"
    if inputs.masks and len(inputs.masks) != count:
        raise OptionError("masks", each, len(inputs.masks))
    if inputs.style_masks and len(inputs.style_masks) != count:
        raise OptionError("style_masks", each, len(inputs.style_masks))
    if options.style_weights and len(options.style_weights) != count:
        raise OptionError("style_weights", each, options.style_weights)
    if inputs.masks or inputs.content_mask is not None:
        return
    for name in ("feather", "invert_masks"):
        if value := getattr(options, name):
            raise OptionError(name, "masks or content_mask with it", value)


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Names of the values in which two recipes differ; "" if none differ."""
    return done.difference(decisive(before), decisive(now))


def decisive(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The values that determine a picture: options and hashes, not names, paths and times."""
    plain = json.loads(json.dumps(dict(manifest)))  # tuples become lists, as in files
    inputs = {role: entry["sha256"] for role, entry in plain["inputs"].items()}
    options = current_options(plain["options"])
    unlike = {"init": "file" if "init" in inputs else options["init"]}
    kept = {name: value for name, value in options.items() if name not in _RESOLVED}
    return {
        **{f"{role} picture": sha for role, sha in inputs.items()},
        **kept,
        **unlike,
        "network": plain["network"]["sha256"],
        "precision": plain["precision"],
        "device": plain["device"],
    }


def current_options(options: dict[str, Any]) -> dict[str, Any]:
    """Options as this version writes them; unchanged if they cannot be read."""
    try:
        return GatysOptions.from_json(options).to_json()
    except OptionError:
        return options


_RESOLVED = ("version", "network", "precision", "device", "tile")
"""Options that are not compared, because other fields of the manifest record their resolved values.
Tiles do not change the picture."""

_HOW: Final = {
    "content": "CONTENT", "style": "--style", "mask": "--masks", "content_mask": "--content-mask",
    "style_mask": "--style-masks",
}  # fmt: skip
"""The argument that gives the path of an input, by its role without its number."""


def _how(role: str) -> str | None:
    """The argument that gives the path of an input; None if there is none."""
    return _HOW.get(role.rstrip("0123456789"))


def _check_known(given: Mapping[str, Path], inputs: Mapping[str, Any]) -> None:
    for role, place in given.items():
        if role not in inputs:
            option = (_how(role) or role).removeprefix("--").replace("-", "_")
            raise OptionError(option, "no more pictures than the painting used", str(place))


def _manifest(path: Path) -> Manifest:
    if path.suffix.lower() in READABLE:
        manifest = read_manifest(path)
    else:
        manifest = read_record(path, dict[str, Any], Wrong(RunError, "not a manifest"))
    if manifest is None or manifest.get("command") != "paint":
        none = f"{path}: has no manifest of a painting"
        if origin := gone(manifest or {}):
            none = f"{none}: it was {origin}; `impasto apply` makes one with another --model"
        raise RunError(none)
    return checked_record(manifest, Manifest, str(path), _NO_MANIFEST)


def _options(path: Path, values: Mapping[str, Any]) -> SharedOptions:
    try:
        return GatysOptions.from_json(values)
    except OptionError as error:
        raise RunError(f"{path}: this impasto cannot repeat this recipe ({error})") from None


def _located(role: str, entry: Input, manifest: Path, given: Path | None) -> Path:
    asked = entry["name"] if given is None and "mask" in role else given
    if word := mask_word(asked):
        if made_of(word) == entry["sha256"]:
            return Path(word)
        raise PictureError(f"{word}: not the {_named(role)} it was made with (it has changed)")
    beside, path = manifest.parent, entry["path"]
    places = [*((Path(path), beside / path) if path else ()), beside / entry["name"]]
    is_there = _is_folder if "pictures" in entry else is_file
    candidates = [given] if given is not None else [each for each in places if is_there(each)]
    if not candidates:
        how = _how(role)
        advice = f"give its path as {how}" if how else "put it beside the manifest"
        raise PictureError(f"{entry['name']}: the {_named(role)} was not found: {advice}")
    for each in candidates:
        if is_there(each) and _hashed(each) == entry["sha256"]:
            return each
    raise PictureError(f"{candidates[0]}: not the {_named(role)} it was made with (it has changed)")


def _is_folder(path: Path) -> bool:
    with suppress(OSError):
        return path.is_dir()
    return False


def _hashed(path: Path) -> str:
    """The hash of a file, or of a folder's pictures; "" if it has none."""
    with suppress(PictureError):
        return style_hash(path)
    return ""


def _named(role: str) -> str:
    """The name of an input in messages."""
    return role.replace("_", " ") if "mask" in role else f"{role} picture"


def _weights(options: SharedOptions, sha: str) -> WeightsFile:
    for file in _present():
        if file.sha256 == sha:
            return file
    if options.network.endswith(".safetensors"):
        file = resolve(options.network)
        if file.sha256 == sha:
            return file
    raise WeightsError(
        f"the weights it was made with (sha256 {sha[:12]}...) are not installed: "
        "see `impasto weights list`"
    )


def _present() -> Iterator[WeightsFile]:
    """The installed weights, without damaged ones."""
    for find, network in itertools.product((bundled, resolve), NETWORKS):
        with suppress(WeightsError):
            yield find(network)


def shareable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest without this machine's paths, for a picture that may be shared."""
    inputs = {role: {**entry, "path": ""} for role, entry in manifest["inputs"].items()}
    options = dict(manifest["options"])
    for name in ("init", "network"):  # a word, or a file
        options[name] = Path(options[name]).name
    return {**manifest, "inputs": inputs, "options": options}
