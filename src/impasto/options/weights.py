"""The arguments of `impasto weights`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ListArguments:
    """Tell which weights are here and which can be had."""

    json: bool = False
    """Print them for programs, with path and SHA-256."""


@dataclass(frozen=True, kw_only=True)
class FetchArguments:
    """Download published weights and keep them; the only command that uses the network."""

    name: str = field(default="vgg19", metadata={"argument": "NAME"})
    """Which weights, as `impasto weights list` names them."""
    url: str = ""
    """A mirror of the same file, or a file:// address; the checksum must be the publisher's."""
    sha256: str = ""
    """SHA-256 of the file, for those whose publisher tells only a part of it, or an MD5."""


@dataclass(frozen=True, kw_only=True)
class ImportArguments:
    """Convert a file of VGG-16 or VGG-19 weights and keep it."""

    file: Path = field(metadata={"argument": "FILE"})
    """A PyTorch .pth, .safetensors, MatConvNet .mat or Keras .h5 file."""
    convention: Literal["auto", "torchvision", "caffe", "matconvnet"] = "auto"
    """The pixel values the weights expect, where the file does not tell: torchvision (RGB,
    normalized), caffe (BGR, 0 to 255), matconvnet (RGB, 0 to 255)."""
    out: Path | None = None
    """A .safetensors file to write instead of keeping the weights for all runs."""


@dataclass(frozen=True, kw_only=True)
class VerifyArguments:
    """Read all weights that are here and compare them with their recorded SHA-256."""
