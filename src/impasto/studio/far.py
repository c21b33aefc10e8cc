"""The studio as the process sees it that paints: what it reports, and what it is asked for."""

from __future__ import annotations

import functools
import math
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from PIL import Image

from impasto.studio.job import Requests
from impasto.studio.live import PACE, SIDE


class Far:
    """Stands for something of the studio in the other process, where its methods are called."""

    def __init__(self, pipe: Connection, place: str, requests: Requests) -> None:
        self._pipe, self._place, self._requests = pipe, place, requests

    def __getattr__(self, name: str) -> Any:
        return functools.partial(self._ask, name)

    def _ask(self, name: str, *given: Any, **named: Any) -> Any:
        self._pipe.send((self._place, name, (given, named)))
        found, ending, changes = self._pipe.recv()
        self._requests.end(ending)
        self._requests.change(changes)
        if isinstance(found, Exception):
            raise found
        return found


class FarLive(Far):
    """What is seen of a job, as the other process reports it."""

    _shown = -math.inf

    @property
    def due(self) -> bool:
        """As :attr:`Live.due`."""
        return time.monotonic() - self._shown >= PACE

    def show(self, pixels: Any) -> None:
        """As :meth:`Live.show`, made small before it travels."""
        image = Image.fromarray(pixels)
        image.thumbnail((SIDE, SIDE))
        self._ask("show", np.asarray(image))
        self._shown = time.monotonic()
