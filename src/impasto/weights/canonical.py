"""The one format impasto reads weights from.

A safetensors file with ``conv1_1.weight`` (O, I, 3, 3), ``conv1_1.bias`` (O,), ... and metadata in
text: ``format``, ``network``, ``name``, ``source``, ``source_sha256``, ``licence`` and the input
convention, ``channels``, ``scale``, ``mean`` and ``std``. Nothing is folded into the weights: the
network applies the convention.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

from impasto.errors import WeightsError
from impasto.files import written_whole
from impasto.records import LARGEST, Wrong, parsed_record

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

    from impasto.nn.vgg import VGG, InputConvention
    from impasto.weights.published import WeightsFile

FORMAT: Final = "impasto-weights-1"

_REQUIRED: Final = {"network", "channels", "scale", "mean", "std"}
_DTYPES: Final = {"float16": "F16", "float32": "F32"}
_DAMAGED: Final = Wrong(WeightsError, "damaged, or not a safetensors file")

# Shapes are in it too, by the names of the tensors; the safetensors library checks them.
Header = TypedDict("Header", {"__metadata__": NotRequired[dict[str, str]]})


def load(
    file: WeightsFile, dtype: torch.dtype | None = None
) -> tuple[dict[str, Tensor], InputConvention]:
    """Read weights as tensors of a dtype, by default float32, with the pixel values they expect.

    The SHA-256 is compared with the recorded one each time, as it costs less than a tenth of a
    second and damaged weights paint pictures that are only somewhat wrong.

    Raises:
        WeightsError: The file is gone, changed or does not hold the network.
    """
    import safetensors.torch
    import torch

    described = metadata(file.path)
    content = file.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise WeightsError(
            f"{file.path}: changed or damaged since it was recorded; "
            "`impasto weights verify` says what to do"
        )
    try:
        tensors = safetensors.torch.load(content)
        convention = _convention(described)
    except (safetensors.SafetensorError, ValueError) as error:
        raise WeightsError(
            f"{file.path}: damaged, or not in impasto's own format ({error})"
        ) from error
    network = checked(file.path, {name: each.shape for name, each in tensors.items()})
    if network != file.network:
        raise WeightsError(f"{file.path}: holds {network}, expected {file.network}")
    for name in _shapes(network):
        ends = torch.stack(tensors[name].aminmax())
        if not ends.isfinite().all():
            raise WeightsError(f"{file.path}: damaged: {name} holds values that are no numbers")
        if name.endswith(".weight") and not ends.any():
            raise WeightsError(f"{file.path}: damaged: {name} holds nothing but zeros")
    dtype = dtype or torch.float32
    return {name: tensors[name].to(dtype) for name in _shapes(network)}, convention


def feature_network(
    weights: WeightsFile,
    layers: Iterable[str],
    precision: torch.dtype,
    device: torch.device,
    *,
    pooling: str = "average",
    pooling_edge: str = "drop",
) -> VGG:
    """The network of a weights file, on a device, in the precision of its convolutions.

    A painting and its scores share the convolutions, so that they are read only once.

    Args:
        weights: The file.
        layers: Feature maps to return, such as relu4_2 or conv4_2.
        precision: Of the convolutions and the feature maps.
        device: Where it runs.
        pooling: ``average`` or ``max``.
        pooling_edge: ``drop`` or ``keep``; see :class:`impasto.nn.vgg.VGG`.

    Raises:
        WeightsError: The file is damaged.
    """
    whole = _whole(weights, precision, device)
    return whole.only(layers, pooling=pooling, pooling_edge=pooling_edge)


@functools.lru_cache(maxsize=2)
def _whole(weights: WeightsFile, precision: torch.dtype, device: torch.device) -> VGG:
    from impasto.nn.vgg import VGG, conv_names

    tensors, convention = load(weights, precision)
    return VGG(weights.network, tensors, conv_names(weights.network), convention).to(device)


def save(path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write float16 or float32 arrays as safetensors, the same bytes each time.

    The safetensors library writes metadata in a random order, which changes the SHA-256 each time.

    Raises:
        WeightsError: It cannot be written.
    """
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": _DTYPES[array.dtype.name],
            "shape": array.shape,
            "data_offsets": (start, end),
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data begins on a multiple of eight
    with written_whole(path, WeightsError) as temporary, temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())


def metadata(path: Path) -> dict[str, str]:
    """The metadata of a canonical file, read without its tensors.

    Raises:
        WeightsError: There is no such file or it is not in the canonical format.
    """
    found = header(path).get("__metadata__", {})
    if found.get("format") != FORMAT or not found.keys() >= _REQUIRED:
        raise WeightsError(
            f"{path}: not in impasto's own format; run `impasto weights import` with it"
        )
    return found


def header(path: Path) -> Header:
    """The header of a safetensors file: shapes and metadata.

    Raises:
        WeightsError: There is no such file or it is not a whole safetensors file.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            text = file.read(min(length, LARGEST + 1))
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror})") from error
    return parsed_record(text, Header, str(path), _DAMAGED)


def checked(path: Path, shapes: Mapping[str, Sequence[int]]) -> str:
    """The network that has these shapes.

    Raises:
        WeightsError: A tensor is missing or has another shape; the message says which.
    """
    network = "vgg19" if any(f"conv{block}_4.weight" in shapes for block in "345") else "vgg16"
    for name, shape in _shapes(network).items():
        if name not in shapes:
            raise WeightsError(f"{path}: {name} is missing; a whole {network} is needed")
        if tuple(shapes[name]) != shape:
            got, expected = ("x".join(map(str, each)) for each in (shapes[name], shape))
            raise WeightsError(f"{path}: {name} is {got}, in {network} it is {expected}")
    return network


def _shapes(network: str) -> dict[str, tuple[int, ...]]:
    from impasto.nn.vgg import WIDTHS, conv_names

    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for name in conv_names(network):
        width = WIDTHS[int(name.removeprefix("conv")[0]) - 1]
        shapes[f"{name}.weight"] = (width, channels, 3, 3)
        shapes[f"{name}.bias"] = (width,)
        channels = width
    return shapes


def _convention(metadata: Mapping[str, str]) -> InputConvention:
    from impasto.nn.vgg import InputConvention

    mean, std = (_triple(metadata[name]) for name in ("mean", "std"))
    return InputConvention(metadata["channels"], float(metadata["scale"]), mean, std)


def _triple(text: str) -> tuple[float, float, float]:
    first, second, third = map(float, text.split())
    return first, second, third
