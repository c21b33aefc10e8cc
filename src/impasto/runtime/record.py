"""Manifests of results, and whether a result is there already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import impasto
from impasto.errors import PictureError
from impasto.image import read_manifest
from impasto.runtime.model import Model
from impasto.runtime.options import ApplyOptions
from impasto.source import Source

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
            "tile": options.tile,
            "bits": options.bits,
        },
        "inputs": {"content": {**content.entry(), "path": ""}, **_styles(model)},
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
    return {
        "content picture": plain["inputs"]["content"]["sha256"],
        "style pictures": [each["code"] for each in plain["inputs"].get("styles", [])],
        **dict(plain["options"]),
        "model": plain["network"]["sha256"],
    }
