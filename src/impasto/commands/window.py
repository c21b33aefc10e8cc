"""``impasto video --show``: painted frames in a window, of a film or a camera."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from impasto.commands.guards import stop_wished
from impasto.errors import ImpastoError
from impasto.film import Film, Reader, open_film
from impasto.film.camera import Camera
from impasto.film.film import reading_of
from impasto.film.frame_style import frame_style_of
from impasto.film.pipeline import Painted, painted_frames
from impasto.options.video import VideoArguments


def show_given(given: VideoArguments) -> int:
    """Show what the arguments name, painted; give the exit code."""
    window = Window()  # first, as nothing else is of use without one
    painter = frame_style_of(given.request).painter(30.0)
    reader: Reader
    if given.camera is not None:
        reader = Camera(given.camera, given.recipe.size)
    else:
        reader = open_film(Path(given.input), reading_of(given.recipe))
    moving = given.recipe.temporal > 0
    with (
        closing(reader),
        stop_wished() as stop,
        painted_frames(reader, painter, moving=moving) as frames,
    ):
        show(frames, reader.film, window, stop)
    return 0


def show(frames: Iterator[Painted], film: Film, window: Any, stop: Callable[[], bool]) -> int:
    """Show frames at their times until they end, the window is closed or ``stop``; count them."""
    start, count = time.monotonic(), 0
    for each in frames:
        early = float(each.frame.times[0] * film.time_base) - (time.monotonic() - start)
        if early > 0:
            time.sleep(min(early, 1.0))
        if not window.show(each.pixels) or stop():
            break
        count += 1
    window.close()
    return count


class Window:
    """A window for pictures, by tkinter, which comes with Python."""

    def __init__(self) -> None:
        """Open it; ImpastoError where there is no display or no tkinter."""
        shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if sys.platform.startswith("linux") and not shown:
            raise ImpastoError("--show: there is no display here: name a file with --output")
        try:
            import tkinter
        except ImportError:
            raise ImpastoError("--show: needs Python's tkinter (python3-tk)") from None
        try:
            self._root = tkinter.Tk()
        except tkinter.TclError as error:
            raise ImpastoError(f"--show: the display cannot be used ({error})") from None
        self._root.title("impasto")
        self._label = tkinter.Label(self._root, borderwidth=0)
        self._label.pack()
        self._open = True
        self._root.protocol("WM_DELETE_WINDOW", self._closed)
        self._root.bind("<Escape>", lambda _event: self._closed())

    def show(self, pixels: Any) -> bool:
        """Show a picture, (H, W, 3) sRGB; whether the window is still open."""
        from PIL import Image, ImageTk

        # Kept, or tkinter forgets it.
        self._photo = ImageTk.PhotoImage(Image.fromarray(pixels), master=self._root)
        self._label.configure(image=self._photo)
        self._root.update()
        return self._open

    def close(self) -> None:
        """Close the window."""
        if self._open:
            self._closed()

    def _closed(self) -> None:
        self._open = False
        self._root.destroy()
