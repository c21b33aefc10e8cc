"""Automatic masks by word: subject, background, face."""

from __future__ import annotations

import hashlib
import logging
from typing import Final

from impasto.errors import PictureError
from impasto.image import Picture
from impasto.networks.bundled import asset
from impasto.networks.faces import FACE, face_mask
from impasto.networks.finders import SUBJECT, SURE, found_subject, middle
from impasto.networks.pieces import FloatArray
from impasto.options.shared import mask_word

logger = logging.getLogger("impasto")

NO_SUBJECT: Final = "impasto: there is no clear subject: the middle of the picture is used"


def made_mask(word: str, picture: Picture) -> FloatArray:
    """An automatic mask of a photograph, (H, W) in [0, 1].

    If there is no clear subject, a soft oval in the middle is used, with a warning.

    Args:
        word: ``subject``, ``background`` or ``face``.
        picture: The photograph; transparent parts are not the subject.

    Raises:
        PictureError: There is no face.
        ModelError: A network's file is missing or damaged.
    """
    if word == "face":
        found = face_mask(picture)
        if not found.any():
            raise PictureError("face: no face is found in the photograph, so there is no mask")
        return found
    levels, sure = found_subject(picture)
    if sure < SURE:
        logger.warning(NO_SUBJECT)
        levels = middle(picture.width, picture.height)
    return 1 - levels if word == "background" else levels


def made_of(mask: object) -> str:
    """The hash of an automatic mask's word and network; or ""."""
    word = mask_word(mask)
    file = FACE if word == "face" else SUBJECT
    return hashlib.sha256(f"{word} {asset(file)[1]}".encode()).hexdigest() if word else ""
