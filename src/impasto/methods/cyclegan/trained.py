"""Trained generators with all that is known of them, out of a run and into model files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.archive import damage_told
from impasto.errors import ModelError
from impasto.methods.cyclegan.export import onnx_model
from impasto.methods.cyclegan.generator import MULTIPLE, Generator
from impasto.methods.cyclegan.task import built
from impasto.options.cyclegan import CycleGANOptions
from impasto.training.trained import FORMAT, Trained, check_method, read_trained

METHOD: Final = "cyclegan"


@dataclass(frozen=True)
class Translator:
    """One direction of a trained pair.

    Attributes:
        name: Such as ``photo-to-painting``; what ``impasto apply`` asks for it by when bundled.
        network: On the CPU, not in training.
        options: What it was built and trained with.
        size: Side of the crops it was trained on, in pixels.
        steps: How many it was trained for.
        origin: What it was made from.
        licence: Under which it may be passed on.
        about: ``title``, ``artist``, ``year``, ``origin`` of what it makes: whatever is known.
    """

    name: str
    network: Generator
    options: CycleGANOptions
    size: int
    steps: int = 0
    origin: str = ""
    licence: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    def onnx(self) -> bytes:
        """The network as a file for onnxruntime; see `export.onnx_model`."""
        return onnx_model(self.network, self.metadata())

    def metadata(self) -> dict[str, str]:
        """What the file says about itself; its one style is the translation."""
        entries = {
            "format": FORMAT,
            "method": METHOD,
            "styles": json.dumps([{"name": self.name, **self.about}], ensure_ascii=False),
            "options": json.dumps(self.options.to_json()),
            "multiple": str(MULTIPLE),
            "reach": str(self.network.reach),
            "size": str(self.size),
            "steps": str(self.steps),
            "origin": self.origin,
            "licence": self.licence,
        }
        return {f"impasto.{name}": text for name, text in entries.items() if text}


def read_pair(path: Path, *, best: bool = False) -> tuple[Translator, Translator]:
    """Read both generators of a training: photographs to paintings, and back.

    Args:
        path: Its run folder or a checkpoint.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: No checkpoint there, or a damaged one.
        ModelError: The training was of another method.
    """
    return pair_of(read_trained(path, best=best))


def pair_of(trained: Trained) -> tuple[Translator, Translator]:
    """Both generators of a training.

    Raises:
        ModelError: It was of another method, or its checkpoint is damaged.
    """
    check_method(trained, METHOD)
    recipe = trained.recipe
    with damage_told(trained.path, "a whole pair of generators", ModelError):
        options = CycleGANOptions.from_json(recipe["options"])
        size = int(recipe["training"]["size"])
        networks = built(options)
        for network, name in zip(networks, ("paint", "unpaint"), strict=True):
            network.load_state_dict(trained.weights[name])
    there, back = (
        Translator(name, network.eval(), options, size, trained.number)
        for name, network in zip(options.directions, networks, strict=True)
    )
    return there, back
