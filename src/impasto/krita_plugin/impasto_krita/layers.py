"""Layers of Krita as picture files, and back: with their alpha, in their own colors."""

from __future__ import annotations

from array import array

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QImage

SRGB = "sRGB-elle-V2-srgbtrc.icc"
"""Krita's name for the colors of picture files; Krita itself converts from and to it."""


def write_layer(document: object, node: object, path: str) -> None:
    """Write a layer as it looks, over the whole picture: a PNG in sRGB, 8 or 16 bits."""
    width, height = document.width(), document.height()
    depth = "U8" if node.colorDepth() == "U8" else "U16"
    copy = document.createNode("impasto", "paintlayer")
    copy.setColorSpace(node.colorModel(), node.colorDepth(), node.colorProfile())
    copy.setPixelData(node.projectionPixelData(0, 0, width, height), 0, 0, width, height)
    copy.setColorSpace("RGBA", depth, SRGB)
    document.waitForDone()
    data = bytes(copy.pixelData(0, 0, width, height))  # blue, green, red, alpha
    if depth == "U8":
        image = QImage(data, width, height, 4 * width, QImage.Format_ARGB32)
    else:
        data = _swapped(data)
        image = QImage(data, width, height, 8 * width, QImage.Format_RGBA64)
    _save(image, path)


def write_kept(document: object, path: str) -> bool:
    """Write what is not selected as white, a gray PNG; False where nothing is selected, or all."""
    selection = document.selection()
    if selection is None:
        return False
    width, height = document.width(), document.height()
    data = bytes(selection.pixelData(0, 0, width, height))
    if data.count(255) == len(data):
        return False
    image = QImage(data, width, height, width, QImage.Format_Grayscale8)
    image.invertPixels()
    _save(image, path)
    return True


def new_layer(document: object, above: object, path: str, name: str) -> bool:
    """Put a picture file above a layer, in that layer's colors; False if it cannot be read."""
    image = QImage(path)
    if image.isNull():
        return False
    width, height = document.width(), document.height()
    if (image.width(), image.height()) != (width, height):
        image = image.scaled(width, height, Qt.IgnoreAspectRatio, Qt.SmoothTransformation)
    deep = image.depth() > 32
    image = image.convertToFormat(QImage.Format_RGBA64 if deep else QImage.Format_ARGB32)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    data = bytes(bits)
    node = document.createNode(name, "paintlayer")
    node.setColorSpace("RGBA", "U16" if deep else "U8", SRGB)
    node.setPixelData(_swapped(data) if deep else data, 0, 0, width, height)
    document.waitForDone()
    node.setColorSpace(above.colorModel(), above.colorDepth(), above.colorProfile())
    above.parentNode().addChildNode(node, above)
    document.setActiveNode(node)
    document.refreshProjection()
    return True


def _swapped(data: bytes) -> bytes:
    """Pixels of 16 bits with red and blue exchanged."""
    values = array("H", data)
    values[0::4], values[2::4] = values[2::4], values[0::4]
    return values.tobytes()


def _save(image: QImage, path: str) -> None:
    if not image.save(path):
        raise OSError(f"{path}: cannot be written")
