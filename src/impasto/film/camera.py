"""The frames of a camera.

PyAV's builds know cameras on Linux alone; OpenCV's, which is here anyway, on all systems.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from impasto.errors import VideoError
from impasto.film.frames import BEGINNING, Bytes, Film, Frame, Place, resized, sides_of


class Camera:
    """A camera: its frames never end, and are dropped when painting is slower."""

    repairs: tuple[str, ...] = ()  # a camera has no file that could be damaged

    def __init__(self, number: int, size: int = 0, device: Any = None) -> None:
        """Open a camera and look at its first frame.

        Args:
            number: As the system counts cameras, from 0.
            size: Longer side in pixels; 0 is as it is.
            device: Replaces the camera in tests, with the methods of OpenCV's.

        Raises:
            VideoError: There is no such camera, or it gives no picture.
        """
        self._number, self._size = number, size
        self._device = _opened(number) if device is None else device
        self._first = self._read()
        height, width = self._first.shape[:2]
        name, rate = Path(f"camera-{number}"), Fraction(30)
        self.film = Film(name, width, height, Fraction(1, 1000), rate, None)

    def frames(self, place: Place = BEGINNING) -> Iterator[Frame]:
        """Yield frames from now on, with the times in ms at which they came."""
        start, pixels, number, last = time.monotonic(), self._first, place.number, -1
        while True:
            stamp = max(last + 1, int(1000 * (time.monotonic() - start)))
            number, last = number + 1, stamp
            yield Frame(pixels, (stamp,), Place(number, stamp))
            pixels = self._read()

    def close(self) -> None:
        """Release the camera."""
        self._device.release()

    def _read(self) -> Bytes:
        there, frame = self._device.read()
        if not there or frame is None:
            raise VideoError(f"camera {self._number}: gives no picture")
        frame = resized(frame, sides_of(frame.shape[1], frame.shape[0], self._size))
        return np.ascontiguousarray(frame[:, :, ::-1])  # OpenCV's are blue first


def _opened(number: int) -> Any:
    logging: Any = cv2.utils.logging
    before = logging.getLogLevel()
    logging.setLogLevel(0)  # the error below says it better
    try:
        device: Any = cv2.VideoCapture(number)
    finally:
        logging.setLogLevel(before)
    if not device.isOpened():
        raise VideoError(f"camera {number}: there is none, or another program has it")
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # of the frames that wait only the last is of use
    return device
