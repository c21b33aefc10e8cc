"""Decoded frames as 8-bit sRGB at the size that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from impasto.film.damage import Damage
from impasto.film.frames import Bytes, Film, Shot, unit
from impasto.image.light import HDR, UNSPECIFIED, tone_mapped
from impasto.image.read import bled

if TYPE_CHECKING:
    from av import VideoFrame

BT709: Final = 1  # matrices by their numbers in ITU-T H.273, table 4
BT601: Final = 5


def pixels_of(frame: VideoFrame, width: int, height: int) -> Bytes:
    """A decoded frame's pixels, not yet upright: (height, width, 3) sRGB, or 4 with alpha."""
    hdr = HDR.get(int(frame.color_trc))
    if hdr is not None:
        planes = _planes(frame, "rgb48le", width, height)
        shown = tone_mapped(planes, int(frame.color_primaries), int(frame.color_trc))
        levels: Bytes = np.rint(shown * np.float32(255)).astype(np.uint8)
        return levels
    pixels: Bytes = _planes(frame, "rgba" if has_alpha(frame) else "rgb24", width, height)
    return pixels


def has_alpha(frame: VideoFrame) -> bool:
    """Whether a frame's format can hold transparency."""
    parts = frame.format.components
    return frame.format.name == "pal8" or any(part.is_alpha for part in parts)


def notice_of(frame: VideoFrame) -> str | None:
    """What happens to a frame's colors, where the user should know it."""
    hdr = HDR.get(int(frame.color_trc))
    bits = max(part.bits for part in frame.format.components)
    if hdr is not None:
        return f"HDR ({hdr}, {bits} bits) is tone-mapped to 8 bits for ordinary screens"
    return f"{bits} bits a channel become 8" if bits > 8 else None


def shot_of(
    stamp: int, pixels: Bytes, film: Film, damage: Damage, shifts: tuple[int, ...] = ()
) -> Shot:
    """A frame of (H, W, 3 or 4) with its alpha, or laid on white where the film keeps none."""
    if film.alpha:
        return Shot(stamp, *_parted(pixels), shifts)
    if pixels.shape[2] == 4:
        damage.transparent |= bool(pixels[..., 3].min() < 255)
        alpha = pixels[..., 3:].astype(np.uint16)
        laid = (pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
        pixels = laid.astype(np.uint8)
    return Shot(stamp, pixels, None, shifts)


def _parted(pixels: Bytes) -> tuple[Bytes, Bytes]:
    """Colors, continued below what is fully transparent, and alpha."""
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
