"""How a picture was made, kept inside its file.

PNG keeps the manifest as text under the keyword ``impasto``, all other formats in an XMP packet:
it is the one place that JPEG, TIFF, WebP and AVIF share, and the photographer's own comment and
description fields stay free.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image

from impasto.errors import RunError
from impasto.records import parsed_record

logger = logging.getLogger("impasto")

KEYWORD = "impasto"
NAMESPACE = "urn:impasto:manifest:1"

LIMITS = {"JPEG": 65_000, "PNG": 1_000_000, "TIFF": 1_000_000, "WEBP": 1_000_000, "AVIF": 1_000_000}
"""Bytes of manifest a format takes: a JPEG segment ends at 64 KB, and Pillow opens no PNG with more
than 1 MB of text."""

PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:impasto="{namespace}">'
    "<impasto:manifest>{manifest}</impasto:manifest>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
)

MANIFEST_IN_PACKET = re.compile(rb"<impasto:manifest>(.*?)</impasto:manifest>", re.DOTALL)


def manifest_text(manifest: Mapping[str, Any] | None, form: str, name: str) -> str | None:
    """The manifest as JSON in ASCII, or None when there is none.

    A manifest too large for the format is logged and left out: after hours of work a picture
    without it is better than none. Values JSON does not know (paths, for one) become strings.
    """
    if manifest is None:
        return None
    text = json.dumps(dict(manifest), default=str)  # ASCII: half-decoded file names are in here
    room = LIMITS[form]
    if len(html.escape(text, quote=False)) + len(PACKET) > room:
        logger.warning("%s: the manifest is larger than %s takes, left out", name, form)
        return None
    return text


def xmp_packet(text: str) -> bytes:
    """An XMP packet that holds the manifest."""
    escaped = html.escape(text, quote=False)
    return PACKET.format(namespace=NAMESPACE, manifest=escaped).encode()


def manifest_in(image: Image.Image) -> dict[str, Any] | None:
    """The manifest an opened picture holds, None when it has none or it is damaged."""
    text = image.info.get(KEYWORD)
    if not isinstance(text, str):
        text = _text_in_packet(image.info.get("xmp"))
    if not text:
        return None
    try:
        return parsed_record(text, dict[str, Any], KEYWORD)
    except RunError:
        return None


def _text_in_packet(packet: object) -> str | None:
    if not isinstance(packet, bytes):
        return None
    found = MANIFEST_IN_PACKET.search(packet)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else None
