"""Manifests as recipes: comparing them, and finding again what they were made from."""

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
from impasto.files import is_file, sha256
from impasto.image import READABLE, read_manifest
from impasto.options.gatys import GatysOptions
from impasto.options.shared import Precision, SharedOptions
from impasto.records import Wrong, checked_record, read_record
from impasto.source import Inputs
from impasto.weights import WeightsFile, bundled, resolve
from impasto.weights.published import NETWORKS

_NO_MANIFEST: Final = Wrong(RunError, "not the manifest of a painting")
_PRECISIONS: Final[Mapping[str, Precision]] = {"bfloat16": "bf16", "float32": "fp32"}


class Hashed(TypedDict):
    """A file by its hash."""

    sha256: str


class Input(Hashed):
    """A picture that a painting was made from."""

    name: str
    path: str


class Decisive(TypedDict):
    """The part of a manifest that decides what the picture becomes."""

    inputs: Mapping[str, Hashed]
    options: dict[str, Any]
    network: Hashed
    precision: str
    device: str


class Manifest(TypedDict):
    """The manifest of a painting, as far as it can be painted again."""

    inputs: dict[str, Input]
    options: dict[str, Any]
    network: Hashed
    precision: Literal["bfloat16", "float32"]
    device: str
    output: NotRequired[str]


@dataclass(frozen=True)
class Recipe:
    """What a manifest says is needed to make its picture again.

    Attributes:
        content: The photograph's file.
        inputs: The files of the styles and masks.
        options: With the precision that was really used.
        weights: The very weights it was made with.
        output: Where the picture went, or "" when the manifest does not say.
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
        content: Where the photograph is now; else where the manifest says, or beside it.
        given: Likewise the styles and masks, as far as they have moved.

    Raises:
        OptionError: More is given than the picture was made from.
        RunError: There is no manifest of a painting in the file.
        PictureError: An input is not found or is another picture than it was.
        WeightsError: The weights it was made with are not here.
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
    # In one piece means that there was memory for it, which is seen again.
    options = replace(options, precision=precision, init=first, tile=options.tile or None)
    weights = _weights(options, manifest["network"]["sha256"])
    parts, output = Inputs.from_roles(found), manifest.get("output", "")
    return Recipe(found["content"], parts, options, weights, output)


def check_inputs(inputs: Inputs[Any], options: SharedOptions) -> None:
    """Refuse styles, masks and options that do not go together, before anything is read.

    Raises:
        OptionError: Weights or masks are not one a style, or are softened without being there.
    """
    count = len(inputs.styles)
    each = "one, as there is one style" if count == 1 else f"one for each of the {count} styles"
    if inputs.masks and len(inputs.masks) != count:
        raise OptionError("masks", each, len(inputs.masks))
    if options.style_weights and len(options.style_weights) != count:
        raise OptionError("style_weights", each, options.style_weights)
    if inputs.masks or inputs.content_mask is not None:
        return
    for name in ("feather", "invert_masks"):
        if value := getattr(options, name):
            raise OptionError(name, "masks or a content mask that it is for", value)


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What would make two recipes come out differently, by name; "" when nothing."""
    return done.difference(decisive(before), decisive(now))


def decisive(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a picture depends on: the options and the hashes, not names, paths and times."""
    plain = json.loads(json.dumps(dict(manifest)))  # tuples become lists, as they are in files
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
    """Options as they would be written today; as they are where they cannot be read."""
    try:
        return GatysOptions.from_json(options).to_json()
    except OptionError:
        return options


_RESOLVED = ("version", "network", "precision", "device", "tile")
"""Options whose ``auto`` has become something definite, which counts instead. Tiles change only
what the memory holds at a time."""

_HOW: Final = {"content": "CONTENT", "style": "--style", "mask": "--masks"}
"""Where the place of an input is given, by its role without its number."""


def _how(role: str) -> str | None:
    """The argument that gives the place of an input; None where there is none."""
    return "--content-mask" if role == "content_mask" else _HOW.get(role.rstrip("0123456789"))


def _check_known(given: Mapping[str, Path], inputs: Mapping[str, Any]) -> None:
    for role, place in given.items():
        if role not in inputs:
            option = (_how(role) or role).removeprefix("--").replace("-", "_")
            raise OptionError(option, "no more than it was made from", str(place))


def _manifest(path: Path) -> Manifest:
    if path.suffix.lower() in READABLE:
        manifest = read_manifest(path)
    else:
        manifest = read_record(path, dict[str, Any], Wrong(RunError, "not a manifest"))
    if manifest is None or manifest.get("command") != "paint":
        raise RunError(f"{path}: holds no manifest of a painting")
    return checked_record(manifest, Manifest, str(path), _NO_MANIFEST)


def _options(path: Path, values: Mapping[str, Any]) -> SharedOptions:
    try:
        return GatysOptions.from_json(values)
    except OptionError as error:
        raise RunError(f"{path}: a recipe this impasto cannot follow ({error})") from None


def _located(role: str, entry: Input, manifest: Path, given: Path | None) -> Path:
    places = [Path(entry["path"]), manifest.parent / entry["path"], manifest.parent / entry["name"]]
    candidates = [given] if given is not None else [each for each in places if is_file(each)]
    if not candidates:
        how = _how(role)
        advice = f"give its place as {how}" if how else "put it beside the manifest"
        raise PictureError(f"{entry['name']}: the {_named(role)} is not found: {advice}")
    for each in candidates:
        if is_file(each) and sha256(each) == entry["sha256"]:
            return each
    raise PictureError(f"{candidates[0]}: not the {_named(role)} it was made with (other bytes)")


def _named(role: str) -> str:
    """What an input is to the user."""
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
        f"the weights it was made with (sha256 {sha[:12]}...) are not here: "
        "`impasto weights list` shows what is"
    )


def _present() -> Iterator[WeightsFile]:
    """Weights that are here; those that are damaged are no obstacle to the others."""
    for find, network in itertools.product((bundled, resolve), NETWORKS):
        with suppress(WeightsError):
            yield find(network)


def shareable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Without the folders of this machine: the picture that carries the manifest may travel."""
    inputs = {role: {**entry, "path": ""} for role, entry in manifest["inputs"].items()}
    options = dict(manifest["options"])
    for name in ("init", "network"):  # a word, or a file
        options[name] = Path(options[name]).name
    return {**manifest, "inputs": inputs, "options": options}
