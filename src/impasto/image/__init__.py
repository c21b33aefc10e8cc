"""Picture files and images: the only package that knows file formats.

::

    file -> header checked -> samples -> sRGB profile -> upright -> color under alpha -> Picture
    Picture -> 8 or 16 bit -> encoded with EXIF, sRGB tag and manifest -> file, whole or not at all

``formats`` lists what is read and written, ``opening`` reads headers, ``decode`` and ``tiff_pages``
give stored numbers, ``decoded`` makes floats of them, ``profile`` and ``light`` make them sRGB.
``metadata`` is EXIF and manifest, ``png`` and ``tiff`` write the two formats that hold 16 bits.

Importing this package imports numpy and Pillow, but neither torch nor OpenCV.
"""

from impasto.image.edges import on_edges
from impasto.image.formats import MAX_PIXELS, READABLE, WRITABLE, check_writable, pictures_in
from impasto.image.mask import blurred_mask, check_mask, is_of_shape, mask_levels, spread
from impasto.image.opening import file_bytes, picture_size
from impasto.image.picture import Picture, from_tensor, resampled, scaled, write_picture
from impasto.image.read import picture_in, read_manifest, read_picture

__all__ = [
    "MAX_PIXELS",
    "READABLE",
    "WRITABLE",
    "Picture",
    "blurred_mask",
    "check_mask",
    "check_writable",
    "file_bytes",
    "from_tensor",
    "is_of_shape",
    "mask_levels",
    "on_edges",
    "picture_in",
    "picture_size",
    "pictures_in",
    "read_manifest",
    "read_picture",
    "resampled",
    "scaled",
    "spread",
    "write_picture",
]
