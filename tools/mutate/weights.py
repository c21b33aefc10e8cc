"""Weights of VGG as others publish them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tools.mutate.archives import saved, spoiled_state
from tools.mutate.kind import (
    Kind,
    work,
)
from tools.mutate.mutations import spoiled_json


def _vgg_arrays() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    shapes = {"conv1_1": (64, 3, 3, 3), "conv1_2": (64, 64, 3, 3)}
    arrays = {}
    for name, shape in shapes.items():
        arrays[f"{name}.weight"] = random.standard_normal(shape).astype(np.float32)
        arrays[f"{name}.bias"] = np.zeros(shape[0], np.float32)
    return arrays


def _pth() -> list[Any]:
    import torch

    return [{name: torch.from_numpy(each) for name, each in _vgg_arrays().items()}]


def _legacy_pth() -> list[bytes]:
    import torch

    file = io.BytesIO()
    torch.save(_pth()[0], file, _use_new_zipfile_serialization=False)
    return [file.getvalue()]


def _safetensors() -> list[bytes]:
    from impasto.weights import canonical
    from impasto.weights.published import CONVENTIONS

    path = work() / "weights.safetensors"
    about = {"format": canonical.FORMAT, "network": "vgg16", **CONVENTIONS["caffe"]}
    canonical.save(path, _vgg_arrays(), about)
    return [path.read_bytes()]


def _spoiled_header(data: bytes, chance: Random, _other: Any) -> bytes:
    length = int.from_bytes(data[:8], "little")
    text = spoiled_json(json.loads(data[8 : 8 + length]), chance)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def _mat() -> list[bytes]:
    import scipy.io

    arrays, found = _vgg_arrays(), []
    layers = np.empty((1, 2), object)
    for place, name in enumerate(("conv1_1", "conv1_2")):
        weights = np.empty((1, 2), object)
        weights[0, 0] = arrays[f"{name}.weight"][:4, :, :, :].transpose(2, 3, 1, 0)
        weights[0, 1] = arrays[f"{name}.bias"][:4]
        layers[0, place] = {"name": name, "type": "conv", "weights": weights}
    for packed in (False, True):
        file = io.BytesIO()
        scipy.io.savemat(file, {"layers": layers}, do_compression=packed)
        found.append(file.getvalue())
    return found


def _h5() -> list[bytes]:
    import h5py

    path = work() / "weights.h5"
    with h5py.File(path, "w") as file:
        for name, array in _vgg_arrays().items():
            layer = name.replace("conv", "block").replace("_", "_conv")
            group = file.require_group(layer.partition(".")[0])
            group.create_dataset(layer, data=array[:4].T, compression="gzip")
    return [path.read_bytes()]


def _read_weights(path: Path) -> None:
    from impasto.weights import canonical, import_file, store

    if path.suffix == ".safetensors":
        canonical.load(store.described(path))
    import_file(path, "caffe", work() / "imported.safetensors")


KINDS: tuple[Kind, ...] = (
    Kind("pth", ".pth", _pth, _read_weights, spoiled_state, 0.5, saved),
    Kind("legacy-pth", ".pth", _legacy_pth, _read_weights, share=0.5),
    Kind("safetensors", ".safetensors", _safetensors, _read_weights, share=0.5),
    Kind(
        "safetensors-header", ".safetensors", _safetensors, _read_weights, _spoiled_header,
        share=0.5,
    ),
    Kind("mat", ".mat", _mat, _read_weights, share=0.3),
    Kind("h5", ".h5", _h5, _read_weights, share=0.3),
)  # fmt: skip
