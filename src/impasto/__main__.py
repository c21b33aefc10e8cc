"""``python -m impasto``, and the ``impasto`` command."""

from __future__ import annotations

import gc
import sys
from typing import Final

from impasto.commands.main import main

_COLLECTED_EVERY: Final = 300_000
"""Objects between two searches for garbage. Importing torch makes 260,000, none of them garbage;
Python would search through them many times, for a fifth of a second."""


def program() -> int:
    """Run the command of the command line; give its exit code."""
    gc.set_threshold(_COLLECTED_EVERY)
    try:
        return main()
    finally:
        gc.freeze()  # or Python searches through everything again before it leaves


if __name__ == "__main__":
    sys.exit(program())
