"""Manifests: the records that pictures and run folders carry."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from impasto.errors import ImpastoError
from tools.mutate.kind import (
    Kind,
    encoded,
    of_content,
    placed,
)
from tools.mutate.mutations import spoiled_json


def recipe() -> dict[str, Any]:
    from impasto.files import sha256
    from impasto.options.gatys import GatysOptions
    from impasto.weights import resolve

    entry = {"name": "content.png", "path": str(of_content()), "sha256": sha256(of_content())}
    return {
        "impasto": "0",
        "command": "paint",
        "inputs": {"content": {**entry, "size": [32, 24]}, "style": dict(entry)},
        "options": GatysOptions().to_json(),
        "network": {
            "name": "vgg16",
            "network": "vgg16",
            "sha256": resolve("vgg16").sha256,
        },
        "precision": "float32",
        "device": "cpu",
        "result": {"size": [32, 24], "steps_done": 110},
        "scores": {"style_distance": 0.5, "content_distance": 0.25},
        "made_with": {"python": "3", "torch": "2", "threads": 1},
        "output": "x.png",
    }


def text(value: Any) -> bytes:
    return json.dumps(value).encode()


def _spoil_into_png(value: Any, chance: Random, _other: Any) -> bytes:
    return _png_with(spoiled_json(value, chance))


def _in_png(value: Any) -> bytes:
    return _png_with(text(value))


def _png_with(text: bytes) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("impasto", text.decode("latin-1"))
    return encoded("PNG", pnginfo=told)


def _applied() -> dict[str, Any]:
    return {
        "impasto": "0",
        "command": "apply",
        "options": {"style_weights": {"a": 1.0}, "strength": 1.0, "size": 0, "keep_color": "none"},
        "inputs": {"content": {"sha256": "a"}, "styles": [{"code": "b"}]},
        "network": {"sha256": "c"},
    }


def _read_done(path: Path) -> None:
    from impasto.commands.plan import is_done as painted
    from impasto.done import is_done
    from impasto.image import read_manifest
    from impasto.networks.engine import decisive

    try:
        painted(path, recipe())
    except ImpastoError as fault:
        str(fault)
    is_done(path, read_manifest(path), _applied(), decisive)


def _read_manifest(path: Path) -> None:
    from impasto.recipe import read_recipe
    from impasto.source import Inputs

    inputs: Any = Inputs((), ())
    read_recipe(path, None, inputs)


def _read_run(path: Path) -> None:
    """A run folder as a study and a second call find it."""
    from impasto.commands.plan import begun_size
    from impasto.study.study_folder import manifest_of

    folder = placed(path, "manifest.json")
    manifest_of(folder)
    begun_size(folder / "x.png", folder)


def spoil_json(value: Any, chance: Random, _other: Any) -> bytes:
    """JSON spoiled by its structure or its text."""
    return spoiled_json(value, chance)


KINDS: tuple[Kind, ...] = (
    Kind("manifest", ".json", lambda: [recipe()], _read_manifest, spoil_json, pack=text),
    Kind("run-manifest", ".json", lambda: [recipe()], _read_run, spoil_json, pack=text),
    Kind("manifest-in-png", ".png", lambda: [recipe()], _read_done, _spoil_into_png, pack=_in_png),
    Kind("applied-in-png", ".png", lambda: [_applied()], _read_done, _spoil_into_png, pack=_in_png),
)
