"""Picture files and images: the only place that knows what a file looks like.

::

    file -> header checked -> samples -> sRGB profile -> upright -> color under alpha -> Picture
    Picture -> 8 or 16 bit -> encoded with EXIF, sRGB tag and manifest -> file, whole or not at all

==============  ==========================================================
formats.py      which suffixes are read and written, and their limits
picture.py      Picture, the image and what rides beside it
header.py       the size of a picture, by the beginning of its file
opening.py      bytes of a file, and its header
read.py         a path, array or Pillow image becomes a Picture
decode.py       an opened file decoded, after memory has been asked for
by_opencv.py    PNG with more than 8 bits, large WebP
tiff_pages.py   TIFF with more than 8 bits, and the page that is the picture
samples.py      Pillow images and arrays as floats
assembling.py   samples become sRGB floats, band by band
coding.py       code points of colors in PNG, AVIF and HEIC
light.py        code points to sRGB, for films too
profile.py      color profiles to sRGB
mask.py         pictures that say where
bleed.py        color for pixels nobody can see
exif.py         what the camera wrote, kept true
manifest.py     how the picture was made, inside the file
write.py        a Picture becomes a file
png.py tiff.py  the two formats that hold 16 bits
==============  ==========================================================

Importing this package imports numpy and Pillow, but neither torch nor OpenCV.
"""

from impasto.image.formats import MAX_PIXELS, READABLE, WRITABLE, check_writable, pictures_in
from impasto.image.header import picture_size
from impasto.image.mask import blurred_mask, check_mask, is_of_shape, mask_levels
from impasto.image.opening import file_bytes
from impasto.image.picture import Picture, from_tensor
from impasto.image.read import picture_in, read_manifest, read_picture
from impasto.image.write import write_picture

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
    "picture_in",
    "picture_size",
    "pictures_in",
    "read_manifest",
    "read_picture",
    "write_picture",
]
