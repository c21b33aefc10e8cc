"""``impasto krita install``: copies the plug-in to Krita's folder for plug-ins.

Its files are in impasto's own package, so that every installation has them. They run in Krita's
Python, which does not have impasto; ``where.json`` says how to call it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from impasto.errors import RunError
from impasto.files import write_errors, write_json, written_whole
from impasto.networks.bundled import bundled
from impasto.networks.own import own
from impasto.options.krita import InstallArguments

FILES: Final = Path(__file__).parents[1] / "krita_plugin"


def install(given: InstallArguments) -> int:
    """Copy the plug-in; return the exit code."""
    folder = given.to or resources(sys.platform, os.environ, Path.home()) / "pykrita"
    for source in sorted(FILES.rglob("*")):
        if source.suffix in (".py", ".desktop"):
            target = folder / source.relative_to(FILES)
            with write_errors(target, RunError):
                target.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(target, RunError) as temporary:
                temporary.write_bytes(source.read_bytes())
    styles = [(each.name, each.title) for there in (*bundled(), *own()) for each in there.styles]
    where = {"command": [sys.executable, "-m", "impasto"], "styles": styles}
    write_json(folder / "impasto_krita" / "where.json", where, RunError)
    print(f"{folder}: the plug-in is installed. Restart Krita and enable impasto in")
    print("Settings, Configure Krita, Python Plugin Manager. Then restart Krita again;")
    print("the docker is in Settings, Dockers, impasto.")
    return 0


def resources(platform: str, environment: Mapping[str, str], home: Path) -> Path:
    """Krita's resource folder, as its manual names it."""
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "krita"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "krita"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "krita"
