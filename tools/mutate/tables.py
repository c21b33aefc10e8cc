"""All other records in JSON, and tables."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tools.mutate.kind import (
    Kind,
    Read,
    pixels,
    placed,
    work,
)
from tools.mutate.mutations import spoiled_value
from tools.mutate.recipes import spoil_json, text


def _job() -> dict[str, Any]:
    from impasto.options.gatys import GatysOptions
    from impasto.studio.job import Job

    order = {
        "preset": "default", "asked": {"size": 64}, "options": GatysOptions().to_json(),
        "styles": 1, "titles": ["a"], "masked": False,
    }  # fmt: skip
    return Job(id="folder", kind="paint", title="t", order=order, result="r.png").to_json()


def _read_job(path: Path) -> None:
    from impasto.studio.shelf import Shelf

    folder = placed(path, "job.json")
    shelf = Shelf(folder.parent / "folder" / "..")
    for job in shelf.jobs():
        json.dumps(job.to_json())
        shelf.change(job.id, state="paused")


def _study() -> dict[str, Any]:
    from impasto.options.gatys import GatysOptions

    pictures = {"content": {"name": "a.png", "sha256": "0"}}
    return {"impasto": "0", "command": "study", "kind": "grid", "pictures": pictures,
            "options": GatysOptions().to_json(), "varied": ["steps"]}  # fmt: skip


def _read_study(path: Path) -> None:
    from impasto.study.study_folder import RECORD, check_folder

    check_folder(placed(path, RECORD), _study())


def _segment() -> dict[str, Any]:
    return {"first": 0, "last": 5, "frames": 6, "delay": 0, "place": [6, 5], "painted": 6,
            "cuts": [0], "final": False}  # fmt: skip


def _read_parts(name: str) -> Read:
    def read(path: Path) -> None:
        from impasto.film.parts import Parts

        folder = placed(path, name)
        for other, told in (("recipe.json", "{}"), ("00000.json", json.dumps(_segment()))):
            if other != name:
                (folder / other).write_text(told)
        (folder / "00000.nut").write_bytes(b"x")
        (folder / "00000.mov").write_bytes(b"x")
        if name != "00000.npz":
            np.savez(folder / "00000.npz", painted=np.zeros((4, 4, 3)))
        parts = Parts(folder, {} if name != "recipe.json" else _film_recipe(), "lossless")
        parts.begin(resume=True)
        parts.state()

    return read


def _film_recipe() -> dict[str, Any]:
    return {"impasto": "0", "command": "video", "options": {"size": 64}, "inputs": {"film": {}}}


def _state() -> list[bytes]:
    file = io.BytesIO()
    np.savez(file, painted=np.zeros((4, 4, 3), np.float32), before=pixels(4, 4))
    return [file.getvalue()]


def _table(name: str) -> Any:
    import impasto

    return json.loads((Path(impasto.__file__).parent / "assets" / name).read_text())


def _read_models_table(name: str) -> Read:
    def read(path: Path) -> None:
        from impasto.networks.bundled import bundled
        from impasto.weights import present, store

        assets = work() / "assets"
        (assets / "models").mkdir(parents=True, exist_ok=True)
        for each in ("models/MODELS.json", "ASSETS.json"):
            (assets / each).write_text(json.dumps(_table(each)))
        shutil.copy(path, assets / name)
        bundled(assets)
        usual, store.ASSETS = store.ASSETS, assets  # type: ignore[misc]
        try:
            present()
        finally:
            store.ASSETS = usual  # type: ignore[misc]

    return read


def _read_samples(path: Path) -> None:
    import impasto.samples

    usual = impasto.samples._FOLDER
    impasto.samples._FOLDER = placed(path, "SAMPLES.json")  # type: ignore[misc]
    try:
        impasto.samples.samples("content")
    finally:
        impasto.samples._FOLDER = usual  # type: ignore[misc]


def _read_weights_record(path: Path) -> None:
    from impasto.weights import present

    folder = work() / "home" / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vgg19.safetensors").write_bytes(b"x")
    shutil.copy(path, folder / "vgg19.json")
    os.environ["IMPASTO_HOME"] = str(folder.parent)
    try:
        present()
    finally:
        del os.environ["IMPASTO_HOME"]


def _options() -> list[Any]:
    from impasto.options.adain import AdainOptions
    from impasto.options.cyclegan import CycleGANOptions
    from impasto.options.gatys import GatysOptions
    from impasto.options.johnson import JohnsonOptions
    from impasto.options.nearest import NearestOptions

    every = (GatysOptions, NearestOptions, JohnsonOptions, AdainOptions, CycleGANOptions)
    return [{"class": each.__name__, "options": each().to_json()} for each in every]


def _spoiled_options(value: Any, chance: Random, _other: Any) -> bytes:
    return text({**value, "options": spoiled_value(value["options"], chance)})


def _read_options(path: Path) -> None:
    from impasto.options.adain import AdainOptions
    from impasto.options.cyclegan import CycleGANOptions
    from impasto.options.gatys import GatysOptions
    from impasto.options.johnson import JohnsonOptions
    from impasto.options.nearest import NearestOptions
    from impasto.records import read_record

    every = (GatysOptions, NearestOptions, JohnsonOptions, AdainOptions, CycleGANOptions)
    record = read_record(path, dict[str, Any])
    named = {each.__name__: each for each in every}
    options: Any = record["options"]
    if isinstance(options, dict):
        named[record["class"]].from_json(options)


def _losses() -> list[bytes]:
    return [b"step,seconds,total,style\n1,0.5,3.5,2\n2,1.0,2.5,1e-3\n3,1.5,2,\n"]


def _read_losses(path: Path) -> None:
    from torch import Tensor

    from impasto.step import Step
    from impasto.track import LossTable, plot_losses, read_losses

    folder = placed(path, "losses.csv")
    read_losses(folder / "losses.csv")
    plot_losses(folder / "losses.csv", folder / "losses.png")
    LossTable(folder / "losses.csv", 2)(Step(3, 5, {"total": 1.0}, lambda: Tensor()))


def _weights_record() -> dict[str, Any]:
    return {"name": "a", "network": "vgg19", "sha256": "0", "source": "s", "licence": "l"}


MODELS = "models/MODELS.json"
_RECORDS: tuple[tuple[str, Callable[[], list[Any]], Read], ...] = (
    ("job", lambda: [_job()], _read_job),
    ("study", lambda: [_study()], _read_study),
    ("segment", lambda: [_segment()], _read_parts("00000.json")),
    ("film-recipe", lambda: [_film_recipe()], _read_parts("recipe.json")),
    ("models-table", lambda: [_table(MODELS)], _read_models_table(MODELS)),
    ("assets-table", lambda: [_table("ASSETS.json")], _read_models_table("ASSETS.json")),
    ("samples-table", lambda: [_table("samples/SAMPLES.json")], _read_samples),
    ("weights-record", lambda: [_weights_record()], _read_weights_record),
)

KINDS: tuple[Kind, ...] = (
    Kind("film-state", ".npz", _state, _read_parts("00000.npz"), share=0.5),
    Kind("options", ".json", _options, _read_options, _spoiled_options, pack=text),
    Kind("losses", ".csv", _losses, _read_losses, share=0.5),
    *(Kind(name, ".json", right, read, spoil_json, pack=text) for name, right, read in _RECORDS),
)
