"""Checkpoints of paintings and trainings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from tools.mutate.archives import saved, spoiled_state
from tools.mutate.kind import (
    Kind,
    of_content,
    work,
)
from tools.mutate.recipes import recipe


@contextmanager
def _painting() -> Iterator[Any]:
    """A small painting of ours, and its recipe."""
    from impasto.options.gatys import GatysOptions

    options = GatysOptions(
        size=32, coarsest=0, steps=3, network="vgg16", precision="fp32", device="cpu",
        content_layers=("conv1_2",), style_layers=("conv1_1",), init="content", tile=0,
    )  # fmt: skip
    yield _painter(options), options


@cache
def _painter(options: Any) -> Any:
    from impasto.photograph import Painter
    from impasto.source import open_source

    return Painter(open_source(of_content()), options)


def _paint_states() -> list[Any]:
    from impasto.source import open_source

    states = []
    with _painting() as (painter, _):
        for optimizer in ("lbfgs", "adam"):
            painting = _painter(replace(painter.options, optimizer=optimizer)).begin(
                open_source(of_content())
            )
            painting.advance()
            painting.advance()
            states.append(
                {
                    "impasto": 1,
                    "kind": "painting",
                    "recipe": json.dumps(recipe()),
                    "state": painting.state_dict(),
                }
            )
    return states


def _read_painting(path: Path) -> None:
    from impasto.errors import RunError
    from impasto.run_folder import RunFolder
    from impasto.source import open_source

    folder = work() / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(path, folder / "checkpoint.pt")
    with _painting() as (painter, _):
        painting = painter.begin(painter.settle(open_source(of_content())))
        run = RunFolder(folder, recipe(), 10)
        try:
            run.begin(painting, folder / "x.png", resume=True)
        except RunError as fault:
            if "other values" in str(fault):
                return
            raise
        while not painting.done:
            painting.advance()


def _trained_states() -> list[Any]:
    from impasto.methods.johnson.method import built
    from impasto.options.johnson import SCRATCH

    options = replace(SCRATCH, width=2, blocks=1)
    network = built(options, 1).state_dict()
    recipe = {"method": "johnson", "options": options.to_json(), "styles": [{"name": "a"}],
              "training": {"size": 64}}  # fmt: skip
    state = {"number": 5, "modules": {"network": network}, "average": {"twins": {}, "updates": 1}}
    return [{"impasto": 1, "kind": "training", "recipe": json.dumps(recipe), "state": state}]


def _read_trained(path: Path) -> None:
    from impasto.trainings import read_any

    read_any(path)[0].onnx()


KINDS: tuple[Kind, ...] = (
    Kind("painting", ".pt", _paint_states, _read_painting, spoiled_state, 1.5, saved),
    Kind("training", ".pt", _trained_states, _read_trained, spoiled_state, 1.5, saved),
)
