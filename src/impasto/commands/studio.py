"""``impasto studio``: the web page for painting."""

from __future__ import annotations

import importlib.util
import time
import webbrowser

from impasto.commands.guards import stop_wished
from impasto.errors import MissingExtraError
from impasto.options.studio import StudioArguments


def run(given: StudioArguments) -> int:
    """Serve the page until it is stopped; return the exit code."""
    if importlib.util.find_spec("starlette") is None:
        raise MissingExtraError("impasto studio", "studio")
    # Only now, so that an error does not wait for these imports.
    from impasto.studio.door.clients import read_logins
    from impasto.studio.room import Limits
    from impasto.studio.studio import Studio

    users = dict(zip(given.user, given.password, strict=True))
    if given.logins is not None:
        users = read_logins(given.logins)
    limits = Limits(megabytes=given.megabytes, megapixels=given.megapixels, side=given.side)
    studio = Studio(given.run_dir, limits, given.models)
    from impasto.studio.page.server import served

    with served(studio, given.host, given.port, users, given.name) as address:
        if given.open:
            webbrowser.open(address)
        print(f"The studio is open at {address}  (Ctrl-C stops it)", flush=True)
        with stop_wished() as stop:
            while not stop():
                time.sleep(0.2)
    return 0
