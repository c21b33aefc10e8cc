"""The formats in which others publish VGG weights, read into one shape.

Every reader gives float32 arrays named ``conv1_1.weight`` (O, I, 3, 3) and ``conv1_1.bias`` (O,),
in the channel order of the file, without the classifier.
"""

from __future__ import annotations

import importlib
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

import numpy as np

from impasto.archive import check_archive, check_tensors
from impasto.errors import MissingExtraError, WeightsError

Arrays: TypeAlias = dict[str, np.ndarray]

_SIGNATURES: Final = (
    (b"PK\x03\x04", "torch"),
    (b"\x80", "torch"),  # a pickle: PyTorch before 1.6
    (b"\x89HDF\r\n\x1a\n", "keras"),
    (b"MATLAB 5.0 MAT-file", "matconvnet"),
)

_PARSERS: Final = {
    "torch": ("torch", ".pth files"),
    "safetensors": ("safetensors.torch", ".safetensors files"),
    "matconvnet": ("scipy.io", ".mat files"),
    "keras": ("h5py", ".h5 files"),
}

_MISTAKES: Final = (
    (b"<", "a web page, not weights; the download has failed"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    (b"MATLAB 7.3 MAT-file", "a MATLAB 7.3 file; save it with -v7 instead"),
)


def kind_of(path: Path) -> str:
    """The format of a file by its content: torch, safetensors, keras or matconvnet.

    Raises:
        WeightsError: It cannot be read or is none of these.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror})") from error
    for signature, mistake in _MISTAKES:
        if start.lstrip().startswith(signature):
            raise WeightsError(f"{path}: {mistake}")
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if start[8:9] == b"{":
        return "safetensors"
    raise WeightsError(
        f"{path}: not weights impasto can read, which are PyTorch .pth, .safetensors, "
        "MatConvNet .mat and Keras .h5 files"
    )


def read(path: Path, kind: str) -> Arrays:
    """Read a file of a known format.

    Raises:
        WeightsError: It is damaged, or not the format's way to keep a VGG.
        MissingExtraError: The package that reads the format is not installed.
    """
    try:
        arrays = READERS[kind](path)
    except (WeightsError, MissingExtraError):
        raise
    except Exception as error:  # the parsers raise whatever a damaged file makes them stumble on
        raise WeightsError(
            f"{path}: damaged, or not VGG weights as {NAMES[kind]} keeps them "
            f"({type(error).__name__})"
        ) from error
    return {name: np.ascontiguousarray(each, np.float32) for name, each in arrays.items()}


def _torch(path: Path) -> Arrays:
    import torch

    if zipfile.is_zipfile(path):  # else a pickle, as before PyTorch 1.6
        check_archive(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    check_tensors(state)
    return _from_state(path, state.get("state_dict", state))


def _safetensors(path: Path) -> Arrays:
    import safetensors.torch

    return _from_state(path, safetensors.torch.load_file(path))


def _from_state(path: Path, state: Mapping[str, Any]) -> Arrays:
    tensors = {key: each.float().numpy() for key, each in state.items() if hasattr(each, "float")}
    named = {
        f"{match[1]}.{match[2]}": each
        for key, each in tensors.items()
        if (match := re.search(r"(?:^|\.)(conv\d_\d)\.(weight|bias)$", key))
    }
    return named or _by_index(path, tensors)


def _by_index(path: Path, tensors: Mapping[str, np.ndarray]) -> Arrays:
    """Name the layers of ``nn.Sequential``: ``features.0.weight``, or ``0.weight`` alone."""
    from impasto.nn.vgg import BLOCKS, conv_names  # late, as other formats do without torch

    found = {
        (int(match[1]), match[2]): each
        for key, each in tensors.items()
        if (match := re.search(r"(?:^|features\.)(\d+)\.(weight|bias)$", key))
    }
    indices = sorted(index for (index, part), each in found.items() if part == "weight")
    for network in BLOCKS:
        if indices == _indices(BLOCKS[network]):
            names = dict(zip(indices, conv_names(network), strict=True))
            return {f"{names[index]}.{part}": each for (index, part), each in found.items()}
    raise WeightsError(
        f"{path}: its layers are not those of VGG-16 or VGG-19 (networks with batch "
        "normalization cannot be used)"
    )


def _indices(counts: Iterable[int]) -> list[int]:
    """Places of the convolutions: a ReLU follows each, and a pooling each block."""
    places, index = list[int](), 0
    for count in counts:
        places += range(index, index + 2 * count, 2)
        index += 2 * count + 1
    return places


def _matconvnet(path: Path) -> Arrays:
    """Read kernels of height, width, input and output channels, as they are.

    MatConvNet's own converter (utils/import-caffe.py) writes them so; programs that swap height
    and width follow a slip in the documentation of vl_nnconv. The order of the fields differs
    between versions of the file, so they are taken by name.
    """
    content = parser("matconvnet").loadmat(path, variable_names=["layers", "net"])
    layers = content["layers"] if "layers" in content else content["net"][0, 0]["layers"]
    arrays = {}
    for cell in layers.ravel():
        layer = cell.ravel()[0]
        name = str(layer["name"].ravel()[0])
        if re.fullmatch(r"conv\d_\d", name):
            kernel, bias = _parameters(layer)
            arrays[f"{name}.weight"] = kernel.transpose(3, 2, 0, 1)
            arrays[f"{name}.bias"] = bias.ravel()
    return arrays


def _parameters(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    if "weights" in layer.dtype.names:
        kernel, bias = layer["weights"].ravel()
        return kernel, bias
    return layer["filters"], layer["biases"]  # before MatConvNet 1.0 beta 10


def _keras(path: Path) -> Arrays:
    """Read every array below a layer named block1_conv1, ...: Keras 1, 2 and whole models."""
    h5py = parser("keras")
    arrays: Arrays = {}

    def take(name: str, each: Any) -> None:
        match = re.search(r"block(\d)_conv(\d)/", name)
        if match and isinstance(each, h5py.Dataset):
            conv = f"conv{match[1]}_{match[2]}"
            if each.ndim == 4:
                arrays[f"{conv}.weight"] = each[()].transpose(3, 2, 0, 1)
            else:
                arrays[f"{conv}.bias"] = each[()]

    with h5py.File(path, "r") as file:
        file.visititems(take)
    return arrays


def parser(kind: str) -> ModuleType:
    """The package that parses a format.

    Raises:
        MissingExtraError: It is not installed.
    """
    module, what = _PARSERS[kind]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"reading {what}", "weights") from error


READERS: Final[Mapping[str, Callable[[Path], Arrays]]] = {
    "torch": _torch,
    "safetensors": _safetensors,
    "matconvnet": _matconvnet,
    "keras": _keras,
}

NAMES: Final = {
    "torch": "PyTorch",
    "safetensors": "safetensors",
    "matconvnet": "MatConvNet",
    "keras": "Keras",
}
