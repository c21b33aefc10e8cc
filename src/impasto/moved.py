"""Dotted paths that were documented before packages were renamed; they go with version 0.2."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

MOVED: Final = {
    "impasto.cli": "impasto.commands",
    "impasto.runtime": "impasto.networks",
    "impasto.painter": "impasto.photograph",
    "impasto.methods.gatys.options": "impasto.options.gatys",
    "impasto.methods.johnson.options": "impasto.options.johnson",
}
"""New names by the old ones, of modules and of packages with all that is in them."""


class _Finder:
    """Finds ``impasto.runtime.model`` as ``impasto.networks.model``, the very same module."""

    def find_spec(self, name: str, *_place: object) -> ModuleSpec | None:
        for old, new in MOVED.items():
            if name == old or name.startswith(f"{old}."):
                loader: Any = _Loader(new + name.removeprefix(old))
                return ModuleSpec(name, loader)
        return None


class _Loader:
    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._name)
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own name back, under which it has run."""
        module.__spec__ = self._own


def install() -> None:
    """Make the old paths importable."""
    finder: Any = _Finder()
    sys.meta_path.insert(0, finder)
