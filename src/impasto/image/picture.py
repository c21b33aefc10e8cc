"""An image with the other data of its file, and how it is written."""

from __future__ import annotations

import functools
import io
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto.errors import PictureError
from impasto.files import written_whole
from impasto.image.formats import SIXTEEN_BIT, check_holds
from impasto.image.metadata import (
    INCH,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    manifest_text,
    written_exif,
    xmp_packet,
)
from impasto.image.png import write_png
from impasto.image.profile import srgb_profile
from impasto.image.tiff import write_tiff
from impasto.pixels.palette import bands

if TYPE_CHECKING:
    from torch import Tensor

logger = logging.getLogger("impasto")


@dataclass(frozen=True, eq=False)
class Picture:
    """An image and the other data of its file.

    Attributes:
        pixels: Color, (H, W, 3) float32, sRGB, in [0, 1], not multiplied by alpha.
        alpha: Opacity, (H, W) float32 in [0, 1]; None if everything is opaque.
        exif: The camera's EXIF data, upright and without a thumbnail; see ``metadata.py``.
        bits: Bits per channel of the file, 8 or 16. Pictures are written with as many where the
            format can.
        manifest: How the picture was made, as JSON values; written into the file.
        dpi: Pixels per inch on paper; written into the file.

    Raises:
        PictureError: The arrays have other shapes or types, or hold values that are no numbers.
    """

    pixels: NDArray[np.float32]
    alpha: NDArray[np.float32] | None = None
    exif: bytes | None = None
    bits: int = 8
    manifest: Mapping[str, Any] | None = None
    dpi: int | None = None

    def __post_init__(self) -> None:
        _check(self.pixels, "pixels", (self.height, self.width, 3))
        if self.alpha is not None:
            _check(self.alpha, "alpha", (self.height, self.width))
        if self.bits not in (8, 16):
            raise PictureError(f"bits: expected 8 or 16, got {self.bits!r}")

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.pixels.shape[1] if self.pixels.ndim == 3 else 0

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.pixels.shape[0] if self.pixels.ndim == 3 else 0

    def tensor(self) -> Tensor:
        """The image as a tensor for networks: (1, 3, H, W) float32 on the CPU, a copy."""
        import torch

        planes = np.ascontiguousarray(self.pixels.transpose(2, 0, 1))
        if np.shares_memory(planes, self.pixels):
            planes = planes.copy()
        return torch.from_numpy(planes)[None]

    def pil(self) -> Image.Image:
        """The image for Pillow and notebooks: RGB or RGBA, 8 bits per channel."""
        return Image.fromarray(self.levels(8))

    def levels(
        self, bits: int, rows: slice = slice(None)
    ) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Color and alpha as whole numbers of 8 or 16 bits, (H, W, 3 or 4), rounded to nearest.

        Truncating would darken the picture by half a level each time it is read and written. Rows
        of a large picture can be converted in parts.
        """
        top, kind = (255, np.uint8) if bits == 8 else (65535, np.uint16)
        pixels = self.pixels[rows]
        planes = 3 if self.alpha is None else 4
        levels: NDArray[Any] = np.empty((*pixels.shape[:2], planes), kind)
        for band in bands(len(pixels)):
            levels[band, :, :3] = _rounded(pixels[band], top)
            if self.alpha is not None:
                levels[band, :, 3] = _rounded(self.alpha[rows][band], top)
        return levels

    def save(self, path: str | os.PathLike[str], *, bits: int | None = None) -> Path:
        """Write the picture; see :func:`impasto.image.write_picture`."""
        return write_picture(self, path, bits=bits)


def from_tensor(image: Tensor, like: Picture | None = None) -> Picture:
    """Make a picture from an image tensor.

    Args:
        image: (1, 3, H, W) or (3, H, W), sRGB; values outside [0, 1] are clipped.
        like: The picture whose alpha, EXIF and bits are kept, usually the content picture. Its
            alpha is resized if the sizes differ. Its manifest is not kept, as it describes *that*
            picture.

    Raises:
        PictureError: The tensor has another shape or holds values that are no numbers.
    """
    if image.ndim == 4 and image.shape[0] == 1:
        image = image[0]
    if image.ndim != 3 or image.shape[0] != 3:
        raise PictureError(f"image: expected a (1, 3, H, W) tensor, got {tuple(image.shape)}")
    pixels = np.empty((*image.shape[1:], 3), np.float32)
    for channel, plane in enumerate(
        image.detach()
    ):  # one by one, to avoid a copy of a large picture
        pixels[..., channel] = plane.float().clamp(0, 1).cpu().numpy()
    if like is None:
        return Picture(pixels)
    alpha = None if like.alpha is None else _resized(like.alpha, pixels.shape[1], pixels.shape[0])
    return Picture(pixels, alpha=alpha, exif=like.exif, bits=like.bits)


def scaled(picture: Picture, longer: int) -> Picture:
    """A picture, with its alpha, at another longer side; unchanged for 0 or its own."""
    longest = max(picture.width, picture.height)
    if longer in (0, longest):
        return picture
    width, height = (max(1, round(s * longer / longest)) for s in (picture.width, picture.height))
    alpha = None if picture.alpha is None else resampled(picture.alpha, width, height)
    return replace(picture, pixels=resampled(picture.pixels, width, height), alpha=alpha)


def resampled(values: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Values in [0, 1] at another size, (H, W) or (H, W, C), by Lanczos with antialiasing.

    Eight bits would be faster but would cause steps in smooth skies.
    """
    planes = values[..., None] if values.ndim == 2 else values
    result = np.empty((height, width, planes.shape[2]), np.float32)
    for channel in range(planes.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(planes[..., channel]))
        result[..., channel] = np.asarray(plane.resize((width, height), Image.Resampling.LANCZOS))
    np.clip(result, 0, 1, out=result)
    return result[..., 0] if values.ndim == 2 else result


def _rounded(values: NDArray[np.float32], top: int) -> NDArray[np.float32]:
    scaled = np.clip(values, 0, 1)
    scaled *= np.float32(top)
    return np.rint(scaled, out=scaled)


def _resized(alpha: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    if alpha.shape == (height, width):
        return alpha
    # Bilinear in Pillow widens its support when it shrinks, and cannot ring beyond [0, 1].
    resized = Image.fromarray(alpha).resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(resized, dtype=np.float32), 0, 1)


def _check(values: NDArray[np.float32], name: str, shape: tuple[int, ...]) -> None:
    if values.shape != shape or values.dtype != np.float32 or 0 in shape:
        expected = "(H, W, 3)" if name == "pixels" else f"{shape}"
        got = f"{values.shape} {values.dtype}"
        raise PictureError(f"{name}: expected a {expected} array of float32, got {got}")
    if not all(np.isfinite(values[rows]).all() for rows in bands(len(values))):
        raise PictureError(f"{name}: some values are not finite numbers")


# How Pillow is asked to encode. PNG and TIFF are lossless.
ENCODING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": "4:4:4", "optimize": True},
    # Lossy WebP always halves the resolution of color, which a painting shows. Exact keeps color
    # where alpha is 0. Quality means effort here; more costs three times as long for nothing.
    "WEBP": {"lossless": True, "exact": True, "quality": 20},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
}
JPEG_SEGMENT = 65_533 - 6  # bytes of EXIF that a JPEG takes


def write_picture(
    picture: Picture, path: str | os.PathLike[str], *, bits: int | None = None
) -> Path:
    """Write a picture; the suffix chooses the format.

    ========================  ==================================================================
    .png .tif .tiff           lossless, 8 or 16 bits per channel
    .jpg .jpeg                quality 95 with full color resolution; alpha is laid over white
    .webp                     lossless
    .avif                     quality 90 with full color resolution
    ========================  ==================================================================

    All files are marked as sRGB and carry the EXIF and the manifest. The file is written
    atomically; missing folders are created.

    Args:
        picture: The picture.
        path: The file.
        bits: Bits per channel, 8 or 16; by default those of the picture, if supported.

    Returns:
        The path.

    Raises:
        PictureError: The suffix is unknown, the format cannot hold the picture, or the file
            cannot be written.
    """
    path = Path(path)
    form = check_holds(path, bits=bits, size=(picture.width, picture.height))
    if bits is None:
        bits = picture.bits if form in SIXTEEN_BIT else 8
    with written_whole(path, PictureError) as temporary, temporary.open("wb") as file:
        _encode(file, picture, form, bits, str(path))
    return path


def _encode(file: BinaryIO, picture: Picture, form: str, bits: int, name: str) -> None:
    exif = written_exif(picture.exif, picture.width, picture.height, name)
    if picture.dpi:
        exif.update({X_RESOLUTION: picture.dpi, Y_RESOLUTION: picture.dpi, RESOLUTION_UNIT: INCH})
    text = manifest_text(picture.manifest, form, name)
    levels = functools.partial(picture.levels, bits)
    shape = picture.height, picture.width, 3 if picture.alpha is None else 4
    if form == "PNG":
        write_png(file, levels, shape, exif.tobytes().removeprefix(b"Exif\0\0"), text, picture.dpi)
        return
    packet = xmp_packet(text) if text else None
    if form == "TIFF":
        write_tiff(file, levels, shape, exif, packet)
        return
    if form == "JPEG":
        picture = _over_white(picture)
        if len(exif.tobytes()) > JPEG_SEGMENT:
            logger.warning("%s: the EXIF is larger than JPEG takes, left out", name)
            exif = written_exif(None, picture.width, picture.height, name)
    options = ENCODING[form] | {"exif": exif.tobytes(), "icc_profile": srgb_profile()}
    if packet:
        options["xmp"] = packet
    if picture.dpi:
        options["dpi"] = (picture.dpi, picture.dpi)
    file.write(_encoded(picture.pil(), form, options))


def _encoded(image: Image.Image, form: str, options: dict[str, Any]) -> memoryview:
    # Through memory, because Pillow's encoders hide why a file cannot be written.
    encoded = io.BytesIO()
    try:
        image.save(encoded, form, **options)
    except OSError:
        if not options.pop("optimize", False):
            raise
        return _encoded(image, form, options)  # libjpeg has no room to optimize pure noise
    return encoded.getbuffer()


def _over_white(picture: Picture) -> Picture:
    if picture.alpha is None:
        return picture
    pixels = np.empty_like(picture.pixels)
    for rows in bands(picture.height):
        opacity = picture.alpha[rows, :, None]
        pixels[rows] = picture.pixels[rows] * opacity + (1 - opacity)
    return replace(picture, pixels=pixels, alpha=None)
