"""Colors of any ICC profile as sRGB."""

from __future__ import annotations

import io
import logging
import struct

import numpy as np
from PIL import Image, ImageCms

from impasto.image.light import Coding, FloatArray, Transform, coded_transform, coding_in, encoded

logger = logging.getLogger("impasto")

# Linear sRGB to XYZ under D50, the white of profiles (Bradford; brucelindbloom.com).
XYZ_FROM_SRGB = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def tags(icc: bytes) -> dict[bytes, bytes]:
    """The profile's entries by signature (section 7.3).

    Raises:
        ValueError, struct.error: These bytes are no profile.
    """
    if icc[36:40] != b"acsp":
        raise ValueError("no profile signature")
    (count,) = struct.unpack_from(">I", icc, 128)
    # Real profiles have some 20 entries; damaged ones claim billions.
    entries = (struct.unpack_from(">4sII", icc, 132 + 12 * i) for i in range(min(count, 200)))
    return {name: icc[offset : offset + size] for name, offset, size in entries}


def _matrix_transform(entries: dict[bytes, bytes]) -> Transform:
    """RGB to sRGB by three curves and a matrix (annex F.3); (..., 3) to (..., 3)."""
    curves = [_curve(entries[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
    rows = [_s15fixed16(entries[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    matrix = np.linalg.solve(XYZ_FROM_SRGB, np.array(rows).T).T.astype(np.float32)

    def transform(values: FloatArray) -> FloatArray:
        linear = np.stack([curves[i](values[..., i]) for i in range(3)], axis=-1)
        return encoded(linear @ matrix)

    return transform


def _curve(tag: bytes) -> Transform:
    """From device values to linear light (sections 10.6 and 10.18)."""
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        return _parametric(kind, _s15fixed16(tag[12 : 12 + 4 * (1, 3, 4, 5, 7)[kind]]))
    if tag[:4] != b"curv":
        raise ValueError("a curve of an unknown kind")
    (count,) = struct.unpack_from(">I", tag, 8)
    table = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
    if count < 2:
        gamma = np.float32(table[0] / 256 if count else 1)
        return lambda values: np.power(values, gamma)
    positions = np.linspace(0, 1, count)
    return lambda values: np.interp(values, positions, table / 65535).astype(np.float32)


def _parametric(kind: int, numbers: list[float]) -> Transform:
    """(a x + b) ** gamma + e from x = d on, c x + f below (table 70)."""
    gamma = numbers[0]
    a, b, c, d, e, f = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind in (1, 2):
        a, b = numbers[1:3]  # below -b / a the base is 0, which leaves e as it should
        e = numbers[3] if kind == 2 else 0.0
    elif kind == 3:
        a, b, c, d = numbers[1:]
    elif kind == 4:
        a, b, c, d, e, f = numbers[1:]

    def curve(values: FloatArray) -> FloatArray:
        power = np.power(np.maximum(a * values + b, 0), gamma) + e
        return np.where(values >= d, power, c * values + f).astype(np.float32)

    return curve


def _s15fixed16(data: bytes) -> list[float]:
    return [number / 65536 for number in struct.unpack(f">{len(data) // 4}i", data)]


# A profile that moves no color by more than one level of 8 bits is taken for sRGB itself.
SAME = 1 / 255
NODES = 52  # nodes a side of the lattice: 255 / 51 is whole, so 8 bits hit every node exactly
BAND = 1 << 18  # pixels converted at a time: keeps the intermediate arrays inside the cache


def srgb_transform(
    icc: bytes | None, planes: int, name: str, coding: Coding | None = None
) -> Transform:
    """The conversion of colors to sRGB, by embedded profile or code points, in floating point.

    Little CMS, as Pillow offers it, works with 8 bits per channel, which would reduce a 16-bit
    picture. So:

    - RGB profiles of a matrix and three curves (sRGB, Adobe RGB, Display P3, ProPhoto) and gray
      profiles of a curve are computed here from their numbers, exactly, for all depths.
    - RGB profiles that are tables go through Little CMS (perceptual intent, black point
      compensation) once for a lattice of 52 x 52 x 52 colors, and pictures are interpolated
      linearly between the nodes, so that smooth gradients stay smooth.
    - Code points count where there is no profile, and before one where they say HDR.
    - Without any, or with a profile that is nearly sRGB, values stay untouched to the last bit.

    Colors outside sRGB are clipped per channel, as the relative colorimetric intent does.

    Args:
        icc: The profile; a damaged one, or one for other channels, is logged and ignored.
        planes: Channels of the values, 1 or 3.
        name: The picture's name for the log.
        coding: The code points.

    Returns:
        A function from (H, W, planes) to (H, W, 3) float32, both in [0, 1].
    """
    channels, transform = 3, None
    if icc and not (coding and coding.is_hdr):
        channels, transform = _of_profile(icc, planes, name)
    elif coding is not None:
        transform = coded_transform(coding)

    def converted(values: FloatArray) -> FloatArray:
        rgb = np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:2], 3)))
        if transform is None:
            return rgb
        flat = rgb[..., :channels].reshape(-1, channels)
        colors = np.empty((len(flat), 3), np.float32)
        for start in range(0, len(flat), BAND):
            colors[start : start + BAND] = transform(flat[start : start + BAND])
        return colors.reshape(rgb.shape)

    return converted


def _of_profile(icc: bytes, planes: int, name: str) -> tuple[int, Transform | None]:
    """How many channels a profile is for, and its transform; None leaves colors as they are."""
    try:
        channels, transform = _transform(icc)
    except (ValueError, KeyError, IndexError, struct.error, OSError, ImageCms.PyCMSError) as error:
        logger.warning("%s: its color profile cannot be used and is ignored (%s)", name, error)
        return 3, None
    if channels == 1 and planes == 3:
        logger.warning("%s: its color profile is for gray pictures and is ignored", name)
        return 3, None
    steps = np.linspace(0, 1, 9, dtype=np.float32)
    grid = np.stack(np.meshgrid(*[steps] * channels, indexing="ij"), axis=-1)
    is_srgb = np.abs(transform(grid) - grid).max() <= SAME
    return channels, None if is_srgb else transform


def cms_to_rgb(image: Image.Image, icc: bytes | None, name: str) -> Image.Image:
    """A CMYK or LAB image as sRGB, through Little CMS with 8 bits per channel.

    Perceptual intent with black point compensation. CMYK without a profile says nothing about its
    inks; Pillow's plain formula is used, as most viewers do.
    """
    if image.mode == "LAB":
        return _cms(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if icc:
        try:
            return _cms(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)))
        except (ImageCms.PyCMSError, OSError) as error:
            logger.warning("%s: its color profile cannot be used and is ignored (%s)", name, error)
    return image.convert("RGB")


def srgb_profile() -> bytes:
    """A small sRGB profile to put into files, 600 bytes."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _cms(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        ImageCms.Intent.PERCEPTUAL,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ImageCms.PyCMSError("the transform gave no image")
    return converted


def _transform(icc: bytes) -> tuple[int, Transform]:
    """How many channels the profile is for, and the way from them to sRGB."""
    entries = tags(icc)
    space = icc[16:20]
    if space == b"GRAY":
        curve = _curve(entries[b"kTRC"])  # annex F.2
        return 1, lambda values: encoded(np.repeat(curve(values), 3, axis=-1))
    if space != b"RGB ":
        raise ValueError(f"it is for {space.decode('ascii', 'replace').strip()} pictures")
    coding = coding_in(entries)
    if coding is not None and coding.is_hdr and (hdr := coded_transform(coding)):
        return 3, hdr
    if icc[20:24] == b"XYZ " and b"A2B0" not in entries and b"rXYZ" in entries:
        return 3, _matrix_transform(entries)
    return 3, _lattice_transform(icc)


def _lattice_transform(icc: bytes) -> Transform:
    levels = np.arange(NODES, dtype=np.uint8) * (255 // (NODES - 1))
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    image = Image.fromarray(grid.reshape(NODES, NODES * NODES, 3))
    converted = _cms(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    lattice = np.asarray(converted, np.float32).reshape(-1, 3) / np.float32(255)
    return lambda values: _interpolated(lattice, values)


def _interpolated(lattice: FloatArray, values: FloatArray) -> FloatArray:
    """Trilinear interpolation; ``values`` is (..., 3)."""
    scaled = (np.clip(values, 0, 1) * (NODES - 1)).astype(np.float32)
    low = np.minimum(scaled.astype(np.int32), NODES - 2)
    share = scaled - low
    result = np.zeros_like(scaled)
    for corner in np.ndindex(2, 2, 2):
        node = low + np.array(corner, np.int32)
        index = (node[..., 0] * NODES + node[..., 1]) * NODES + node[..., 2]
        weight = np.where(np.array(corner, bool), share, 1 - share).prod(axis=-1)
        result += weight[..., None] * lattice[index]
    return result
