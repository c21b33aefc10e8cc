"""The frames of a camera.

PyAV's builds know cameras on Linux alone; OpenCV's, which is here anyway, on all systems.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from impasto.errors import VideoError
from impasto.film.frames import BEGINNING, Bytes, Film, Frame, Place
from impasto.options.video import LEAST_FRAME

_BASE: Final = Fraction(1, 1000)

_USUAL_RATE: Final = Fraction(30)


class Camera:
    """A camera, whose frames never end and are left out where nobody keeps up with them.

    Attributes:
        film: What is known of it.
    """

    def __init__(self, number: int, size: int = 0, device: Any = None) -> None:
        """Open a camera and look at its first frame.

        Args:
            number: As the system counts cameras, from 0.
            size: Longer side in pixels; 0 is as it is.
            device: What stands for the camera in tests, with the surface of OpenCV's.

        Raises:
            VideoError: There is no such camera, or it gives no picture.
        """
        self._number, self._size = number, size
        self._device = _opened(number) if device is None else device
        self._first = self._read()
        height, width = self._first.shape[:2]
        self.film = Film(Path(f"camera-{number}"), width, height, _BASE, _USUAL_RATE, None)

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """The frames from now on, at the times at which they came.

        Raises:
            VideoError: The camera has gone.
        """
        start, pixels, number, last = time.monotonic(), self._first, place.number, -1
        while True:
            stamp = max(last + 1, int(1000 * (time.monotonic() - start)))
            number, last = number + 1, stamp
            yield Frame(pixels, (stamp,), Place(number, stamp))
            pixels = self._read()

    @property
    def repairs(self) -> tuple[str, ...]:
        """Nothing: a camera has no file that could be damaged."""
        return ()

    def close(self) -> None:
        """Give the camera back."""
        self._device.release()

    def _read(self) -> Bytes:
        there, frame = self._device.read()
        if not there or frame is None:
            raise VideoError(f"camera {self._number}: gives no picture")
        height, width = frame.shape[:2]
        if self._size and self._size != max(height, width):
            scale = self._size / max(height, width)
            sides = (
                max(LEAST_FRAME, round(width * scale)),
                max(LEAST_FRAME, round(height * scale)),
            )
            frame = cv2.resize(frame, sides, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(frame[:, :, ::-1])  # OpenCV's are blue first


def _opened(number: int) -> Any:
    logging: Any = cv2.utils.logging
    before = logging.getLogLevel()
    logging.setLogLevel(0)  # it would tell on the screen what is told better here
    try:
        device: Any = cv2.VideoCapture(number)
    finally:
        logging.setLogLevel(before)
    if not device.isOpened():
        raise VideoError(f"camera {number}: there is none, or another program has it")
    # Of the frames that wait only the last is of use.
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return device
