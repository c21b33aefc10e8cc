"""Formulas in the pages of the site: LaTeX between dollar signs becomes MathML when it is built.

A Markdown extension, named in zensical.toml. Browsers draw MathML by themselves, so that no script
and no font is loaded; and whoever reads a page as text still finds LaTeX, as on code hosts.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

_INLINE = r"(?<![\\$\w])\$(?=[^\s$])([^$\n]*[^\s$\\])\$(?![\w$])"
"""One dollar sign on either side, close to the formula: prices are left alone."""

_BLOCK = re.compile(r"\s*\$\$(.+?)\$\$\s*$", re.DOTALL)


class _Inline(InlineProcessor):  # type: ignore[misc]
    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # noqa: ARG002, N802
        return self._kept(convert(m.group(1))), m.start(0), m.end(0)

    def _kept(self, formula: str) -> str:
        stored: str = self.md.htmlStash.store(formula)
        return stored


class _Block(BlockProcessor):  # type: ignore[misc]
    def test(self, parent: ET.Element, block: str) -> bool:  # noqa: ARG002
        return bool(_BLOCK.match(block))

    def run(self, parent: ET.Element, blocks: list[str]) -> bool:
        found = _BLOCK.match(blocks.pop(0))
        assert found is not None
        box = ET.SubElement(parent, "div", {"class": "formula"})
        box.text = self.parser.md.htmlStash.store(convert(found.group(1).strip(), display="block"))
        return True


class MathML(Extension):  # type: ignore[misc]
    """LaTeX as MathML, ``$inline$`` and as a block of its own between double dollar signs."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register both."""
        # Before emphasis and escapes, as _ and \ mean something else here; after code.
        md.inlinePatterns.register(_Inline(_INLINE, md), "mathml", 185)
        md.parser.blockprocessors.register(_Block(md.parser), "mathml", 90)


def makeExtension(**options: Any) -> MathML:  # noqa: N802
    """What Markdown calls to load it."""
    return MathML(**options)
