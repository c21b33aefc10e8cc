"""Dotted paths that documents named before packages were renamed; they go with version 0.2."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

PACKAGES: Final = {"cli": "commands", "runtime": "networks", "painter": "photograph"}


class Finder:
    """Finds ``impasto.runtime.model`` as ``impasto.networks.model``, the very same module."""

    def find_spec(self, name: str, *_place: object) -> ModuleSpec | None:
        """The module under its new name, or None for all others."""
        root, _, rest = name.partition(".")
        first, _, below = rest.partition(".")
        if root != "impasto" or first not in PACKAGES:
            return None
        new = ".".join(filter(None, (root, PACKAGES[first], below)))
        loader: Any = _Loader(new)
        return ModuleSpec(name, loader)


class _Loader:
    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        return importlib.import_module(self._name)

    def exec_module(self, module: ModuleType) -> None:
        """It has run under its own name."""


def install() -> None:
    """Have old paths found."""
    finder: Any = Finder()
    sys.meta_path.insert(0, finder)
