"""Options and names of files in the pages of the site are broken only between words.

A Markdown extension, named in zensical.toml. Browsers break lines after any hyphen, so that ``--``
would end one line and ``style-weight`` begin the next, and code in narrow columns anywhere.
"""

from __future__ import annotations

import re
from typing import Any, Final

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

_CODE: Final = re.compile(r"(?<!</span>)(?<!<pre>)<code>([^<]*)</code>")

_WORD: Final = re.compile(r"(?<!\S)(?:[^\s&]|&[#\w]+;){2,32}(?!\S)")
"""Longer ones, such as addresses, have to break somewhere on a telephone."""


class _Whole(Postprocessor):  # type: ignore[misc]
    def run(self, text: str) -> str:
        return _CODE.sub(lambda code: f"<code>{_WORD.sub(_kept, code[1])}</code>", text)


def _kept(word: re.Match[str]) -> str:
    return f'<span class="word">{word[0]}</span>'


class WholeOptions(Extension):  # type: ignore[misc]
    """Words of code within the text, each in one piece."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register it after everything that makes code."""
        md.postprocessors.register(_Whole(md), "options", 1)


def makeExtension(**options: Any) -> WholeOptions:  # noqa: N802
    """What Markdown calls to load it."""
    return WholeOptions(**options)
