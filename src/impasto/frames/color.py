"""What a decoder gives as 8-bit sRGB, at the size that is wanted."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from impasto.frames.damage import Damage
from impasto.frames.film import Bytes, Film, Shot, unit
from impasto.image.bleed import bled

if TYPE_CHECKING:
    from av import VideoFrame

FloatArray = NDArray[np.float32]

UNSPECIFIED: Final = 2
BT709: Final = 1
BT601: Final = 5
"""Matrices by their numbers in ITU-T H.273, table 4."""

HDR: Final = {16: "PQ", 18: "HLG"}
"""Transfer functions of more light than a screen of the usual kind has; ITU-T H.273, table 3."""

WHITE: Final = 203.0
"""Light of paper white in HDR, in candela per square meter (ITU-R BT.2408)."""

_PEAK: Final = 1000.0
"""Light that is still told from more of it."""

_TO_BT709: Final = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
"""Linear light from the primaries of BT.2020 to those of BT.709 (ITU-R BT.2087)."""


def pixels_of(frame: VideoFrame, width: int, height: int) -> Bytes:
    """The pixels of a decoded frame, (height, width, 3) sRGB, or 4 with alpha where it has that.

    Args:
        frame: As the decoder gave it.
        width: Of the result, before it is turned upright.
        height: Likewise.
    """
    hdr = HDR.get(int(frame.color_trc))
    if hdr is not None:
        return _tone_mapped(_planes(frame, "rgb48le", width, height), hdr)
    pixels: Bytes = _planes(frame, "rgba" if has_alpha(frame) else "rgb24", width, height)
    return pixels


def has_alpha(frame: VideoFrame) -> bool:
    """Whether a frame's format can hold transparency."""
    parts = frame.format.components
    return frame.format.name == "pal8" or any(part.is_alpha for part in parts)


def notice_of(frame: VideoFrame) -> str | None:
    """What happens to a frame's colors that one might want to know."""
    hdr = HDR.get(int(frame.color_trc))
    bits = max(part.bits for part in frame.format.components)
    if hdr is not None:
        return f"HDR ({hdr}, {bits} bits) is brought to the light of a usual screen, 8 bits"
    return f"{bits} bits a channel become 8" if bits > 8 else None


def shot_of(
    stamp: int, pixels: Bytes, film: Film, damage: Damage, shifts: tuple[int, ...] = ()
) -> Shot:
    """A frame of (H, W, 3 or 4) as the film wants it: with alpha, or on white."""
    if film.alpha:
        return Shot(stamp, *_parted(pixels), shifts)
    if pixels.shape[2] == 4:
        damage.transparent |= bool(pixels[..., 3].min() < 255)
        pixels = _on_white(pixels)
    return Shot(stamp, pixels, None, shifts)


def _on_white(rgba: Bytes) -> Bytes:
    alpha = rgba[..., 3:].astype(np.uint16)
    laid = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return laid.astype(np.uint8)


def _parted(pixels: Bytes) -> tuple[Bytes, Bytes]:
    """Colors, which go on where nothing is seen, and alpha."""
    if pixels.shape[2] == 3:
        return pixels, np.full(pixels.shape[:2], 255, np.uint8)
    colors, alpha = (np.ascontiguousarray(each) for each in (pixels[..., :3], pixels[..., 3]))
    if not alpha.all():
        colors = np.rint(255 * bled(unit(colors), unit(alpha))).astype(np.uint8)
    return colors, alpha


def upright(pixels: Bytes, rotation: int) -> Bytes:
    """Pixels turned counterclockwise by degrees, to the nearest quarter."""
    quarters = round(rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else pixels


def _planes(frame: VideoFrame, format_: str, width: int, height: int) -> Any:
    matrix = int(frame.colorspace)
    if matrix == UNSPECIFIED:  # what players suppose, too
        matrix = BT709 if frame.height >= 720 else BT601
    larger = width * height > frame.width * frame.height
    converted = frame.reformat(
        width=width,
        height=height,
        format=format_,
        src_colorspace=matrix,
        interpolation="BICUBIC" if larger else "AREA",
    )
    return converted.to_ndarray()


def _tone_mapped(pixels: NDArray[np.uint16], hdr: str) -> Bytes:
    """HDR in BT.2020 as sRGB.

    Light above paper white is pressed together (Reinhard et al. 2002, "Photographic tone
    reproduction for digital images", equation 4) by its largest channel, so that hues stay.
    """
    light = _linear(hdr)[pixels] @ _TO_BT709.T / WHITE
    light = np.maximum(light, 0)
    most = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    pressed = most * (1 + most / (_PEAK / WHITE) ** 2) / (1 + most)
    # Reinhard's curve darkens all; scaled so that paper white stays near the top of the range.
    shown = np.clip(light * (pressed / most) * _LIFT, 0, 1)
    encoded = np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055)
    found: Bytes = np.round(255 * encoded).astype(np.uint8)
    return found


_LIFT: Final = 1.5
"""What paper white is raised by after pressing, of the factor 2 by which it was lowered."""


@functools.cache
def _linear(hdr: str) -> FloatArray:
    """Candela per square meter of each of 65,536 codes (ITU-R BT.2100, tables 4 and 5)."""
    code = np.arange(65536) / 65535
    if hdr == "PQ":
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = code ** (1 / m2)
        light = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
        return light.astype(np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return (1000 * scene**1.2).astype(np.float32)  # the system's gamma, channel by channel
