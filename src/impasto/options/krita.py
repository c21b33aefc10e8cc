"""The arguments of `impasto krita`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class InstallArguments:
    """Install the plug-in for Krita, which paints layers with this impasto.

    Then restart Krita and enable impasto in Settings, Configure Krita, Python Plugin Manager. Run
    this again if you move impasto or add styles.
    """

    to: Path | None = None
    """Folder of Krita's Python plug-ins; by default pykrita in Krita's resource folder."""
