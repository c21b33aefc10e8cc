"""Import paths from before packages were renamed; version 0.2 will remove them."""

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
"""New names of modules and packages by their old names."""


class _Finder:
    """Finds ``impasto.runtime.model`` as ``impasto.networks.model``, the same module object."""

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
        """Restore the module's own name."""
        module.__spec__ = self._own


def install() -> None:
    """Make the old paths importable."""
    finder: Any = _Finder()
    sys.meta_path.insert(0, finder)
