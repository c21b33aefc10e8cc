"""Model files of trained networks, and codes of styles."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tools.mutate.kind import (
    Kind,
    levels,
    of_content,
)
from tools.mutate.mutations import spoiled_json


@cache
def _networks() -> tuple[bytes, bytes, bytes]:
    import torch

    from impasto.methods.adain import method as any_style
    from impasto.methods.cyclegan import method as translation
    from impasto.methods.cyclegan.task import built
    from impasto.methods.johnson import method as styles
    from impasto.options.adain import AdainOptions
    from impasto.options.cyclegan import CycleGANOptions
    from impasto.options.johnson import SCRATCH
    from impasto.training.method import TrainedNetwork

    torch.manual_seed(0)
    names = [{"name": "one", "artist": "A"}, {"name": "two"}]
    johnson = replace(SCRATCH, width=2, blocks=1)
    adain = AdainOptions(
        encoder_width=2, decoder_width=2, skips=0, residual=False, conditional=False
    )
    pair = CycleGANOptions(width=2, blocks=1)
    return (
        TrainedNetwork(styles.METHOD, styles.built(johnson, 2).eval(), johnson, 64, names).onnx(),
        TrainedNetwork(any_style.METHOD, any_style.built(adain).eval(), adain, 64).onnx(),
        TrainedNetwork(
            translation.METHOD, built(pair)[0].eval(), pair, 64, [{"name": "there"}], 0
        ).onnx(),
    )


def _read_model(path: Path) -> None:
    """Paint with it, and take it up as a training does."""
    from impasto.errors import ModelError
    from impasto.image import Picture
    from impasto.networks.model import load_model
    from impasto.networks.resolve import styled
    from impasto.options.apply import ApplyOptions
    from impasto.trainings import read_any

    with suppress(ModelError):
        read_any(path)
    model = load_model(path, threads=1)
    if model.network.card.method == "adain":
        model = load_model(styled(path, [str(of_content())]), threads=1)
    names = ",".join(f"{each.name}:1" for each in model.styles)
    model.stylize(Picture(levels()), ApplyOptions(style_weights=names))


def _spoiled_card(model: bytes, chance: Random, _other: Any) -> bytes:
    """A model file with what it says about itself, or a number in its graph, changed."""
    import onnx

    kept = onnx.load_from_string(model)
    for _ in range(chance.choice((1, 1, 2))):
        if chance.random() < 0.6:
            entry = chance.choice(kept.metadata_props)
            if entry.value[:1] in "[{":
                with suppress(ValueError):  # spoiled before
                    value = spoiled_json(json.loads(entry.value), chance)
                    entry.value = value.decode("utf-8", "replace")
            else:
                entry.value = chance.choice(
                    ("40000", "-1", "0", "1e9", "9" * 5000, "nan", "x", "", "2", "1048576")
                )
        else:
            _change_node(kept, chance)
    return bytes(kept.SerializeToString())


def _change_node(model: Any, chance: Random) -> None:
    node = chance.choice(model.graph.node)
    kind = chance.randrange(6)
    if kind == 0:
        node.op_type = chance.choice(("Tile", "Loop", "Expand", "Resize", "Conv", "NoSuch", "Exp"))
    elif kind == 1:
        node.domain = chance.choice(("com.microsoft", "evil", ""))
    elif kind == 2:
        tensor = chance.choice(model.graph.initializer)
        tensor.data_location = 1
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", chance.choice(("/etc/passwd", "../x", "x"))
    elif kind == 3:
        tensor = chance.choice(model.graph.initializer)
        if tensor.dims:
            place = chance.randrange(len(tensor.dims))
            tensor.dims[place] = chance.choice((0, -1, 2**40, 7))
    elif kind == 4:
        tensor = chance.choice([each for each in model.graph.initializer if each.data_type == 7])
        many = len(tensor.raw_data) // 8
        raw = np.full(many, chance.choice((0, -1, 10**4, 2**31, 2**62)), "<i8").tobytes()
        tensor.raw_data = raw
    elif node.attribute:
        attribute = chance.choice(node.attribute)
        value = chance.choice((0, -1, 10**4, 10**9, 2**62))
        attribute.i = value
        for place in range(len(attribute.ints)):
            attribute.ints[place] = value


@cache
def _code_arrays() -> dict[str, Any]:
    about = {"format": "impasto-style-1", "name": "a", "encoder": "e" * 64, "picture": "f" * 64,
             "size": [32, 24]}  # fmt: skip
    return {
        "about": about,
        "statistics": np.ones((8, 2), np.float32),
        "palette": np.ones((4, 3), np.float32),
    }


def _packed_code(arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    text = arrays.get("about", b"")
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    rest = {name: each for name, each in arrays.items() if name != "about"}
    np.savez(file, about=np.frombuffer(text, np.uint8), **rest)
    return file.getvalue()


def _spoiled_code(arrays: dict[str, Any], chance: Random, _other: Any) -> bytes:
    kept = dict(arrays)
    if chance.random() < 0.6:
        kept["about"] = spoiled_json(kept["about"], chance)
    else:
        name = chance.choice(("statistics", "palette"))
        kept[name] = _odd_array(kept[name], chance)
    return _packed_code(kept)


def _odd_array(array: np.ndarray, chance: Random) -> np.ndarray:
    return chance.choice(
        (
            array[:1], array.astype("U9"), array * np.nan, array.astype(complex), array[..., None],
            np.array([{}], object), np.zeros((0, 2), np.float32), -array, array.astype("f2"),
            np.array(5), np.zeros((2, 2), "datetime64[s]"), np.zeros(3, [("a", "f4"), ("b", "i8")]),
            np.lib.stride_tricks.as_strided(array, (10**4, 2), (0, 0)),
        )
    )  # fmt: skip


def _read_code(path: Path) -> None:
    from impasto.networks.code_file import read_code

    read_code(path)


KINDS: tuple[Kind, ...] = (
    Kind("onnx", ".onnx", lambda: [*_networks()], _read_model),
    Kind("onnx-card", ".onnx", lambda: [*_networks()], _read_model, _spoiled_card, share=1.5),
    Kind("code", ".imp", lambda: [_packed_code(_code_arrays())], _read_code),
    Kind(
        "code-arrays", ".imp", lambda: [_code_arrays()], _read_code, _spoiled_code,
        pack=_packed_code,
    ),
)  # fmt: skip
