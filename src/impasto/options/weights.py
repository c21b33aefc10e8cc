"""The arguments of `impasto weights`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ListArguments:
    """List the weights that are installed and those you can get."""

    json: bool = False
    """Print JSON, with paths and SHA-256."""


@dataclass(frozen=True, kw_only=True)
class FetchArguments:
    """Download published weights. No other command uses the network."""

    name: str = field(default="vgg19", metadata={"argument": "NAME"})
    """Which weights, as named by `impasto weights list`."""
    url: str = ""
    """A mirror of the same file, or a file:// address. The checksum must match the publisher's."""
    sha256: str = ""
    """SHA-256 of the file, if the publisher states only part of it or an MD5."""


@dataclass(frozen=True, kw_only=True)
class ImportArguments:
    """Convert a VGG-16 or VGG-19 weights file and install it."""

    file: Path = field(metadata={"argument": "FILE"})
    """A PyTorch .pth, .safetensors, MatConvNet .mat or Keras .h5 file."""
    convention: Literal["auto", "torchvision", "caffe", "matconvnet"] = "auto"
    """Pixel values the weights expect, if the file does not say: torchvision (RGB, normalized),
    caffe (BGR, 0 to 255) or matconvnet (RGB, 0 to 255)."""
    out: Path | None = None
    """Write this .safetensors file instead of installing the weights."""


@dataclass(frozen=True, kw_only=True)
class VerifyArguments:
    """Compare all installed weights with their recorded SHA-256."""
