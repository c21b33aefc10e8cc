"""Manifests of results, and whether a result is there already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import impasto
from impasto.errors import PictureError
from impasto.files import sha256
from impasto.image import read_manifest
from impasto.options.apply import ApplyOptions
from impasto.runtime.model import Model
from impasto.source import Source

_BEFORE: Final = {"color_strength": 1.0, "invert_masks": False, "feather": 0.0}
"""What options were before there were any: manifests do not name them."""

_ADVICE = "give another --output, or --overwrite"


def recipe(model: Model, content: Source, options: ApplyOptions) -> dict[str, Any]:
    """The part of a manifest that decides what the picture becomes.

    The picture that carries it may travel, so it holds no folders of this machine.
    """
    return {
        "impasto": impasto.__version__,
        "command": "apply",
        "options": {
            "style_weights": model.blend(options.style_weights),
            "strength": options.strength,
            "size": options.size,
            "keep_color": options.keep_color,
            "color_strength": options.color_strength,
            "invert_masks": options.invert_masks,
            "feather": options.feather,
            "tile": options.tile,
            "bits": options.bits,
        },
        "inputs": {
            "content": {**content.entry(), "path": ""},
            **_styles(model),
            **_masks(options),
        },
        "network": {
            "name": model.name,
            "method": model.network.card.method,
            "sha256": model.network.sha256,
        },
    }


def _styles(model: Model) -> dict[str, Any]:
    """Styles that were given as pictures, and at which size they were seen."""
    told = [
        {"name": each.name, "sha256": each.picture, "size": list(each.size), "code": each.sha256}
        for each in model.codes
    ]
    return {"styles": told} if told else {}


def _masks(options: ApplyOptions) -> dict[str, Any]:
    """Masks by the names that manifests of paintings have for them."""
    named = {f"mask{number}": each for number, each in enumerate(options.masks, 1)}
    if options.content_mask is not None:
        named["content_mask"] = options.content_mask
    return {
        role: {"name": each.name, "path": "", "sha256": sha256(each)}
        for role, each in named.items()
    }


def is_done(output: Path, wanted: Mapping[str, Any]) -> bool:
    """Whether the result is there already, from the same photograph, model and options.

    Raises:
        PictureError: Something else is there.
    """
    if not output.exists():
        return False
    manifest = read_manifest(output)
    if manifest is None or manifest.get("command") != "apply":
        raise PictureError(f"{output} is there already and is no result of apply: {_ADVICE}")
    try:
        first, second = _decisive(manifest), _decisive(wanted)
    except (KeyError, TypeError, AttributeError):  # of another version, or changed by hand
        first, second = {"its manifest": 0}, {}
    other = [name for name in first | second if first.get(name) != second.get(name)]
    if other:
        values = f"with other values of {', '.join(other)}"
        raise PictureError(f"{output} is there already, {values}: {_ADVICE}")
    return True


def _decisive(manifest: Mapping[str, Any]) -> dict[str, Any]:
    plain = json.loads(json.dumps(dict(manifest)))
    inputs, options = plain["inputs"], {**_BEFORE, **plain["options"]}
    if isinstance(options["keep_color"], bool):  # as it was in the first version
        options["keep_color"] = "luminance" if options["keep_color"] else "none"
    return {
        "content picture": inputs["content"]["sha256"],
        "style pictures": [each["code"] for each in inputs.get("styles", [])],
        **{name.replace("_", " "): inputs[name]["sha256"] for name in inputs if "mask" in name},
        **options,
        "model": plain["network"]["sha256"],
    }
