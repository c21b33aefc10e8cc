"""Pixels for a window of tkinter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageTk


def photo_of(pixels: NDArray[np.uint8], window: Any) -> Any:
    """A picture, (H, W, 3) sRGB, as tkinter shows it."""
    return ImageTk.PhotoImage(Image.fromarray(pixels), master=window)
