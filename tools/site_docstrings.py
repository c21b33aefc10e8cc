"""Docstrings in the pages of the site: what is markup for other programs becomes plain Markdown.

A Markdown extension, named in zensical.toml. Docstrings name other objects as ``:class:`Picture```
write examples as at the prompt, and mark those that are not run; mkdocstrings passes all of it on
as it stands.
"""

from __future__ import annotations

import itertools
import re
from typing import Any, Final

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

_ROLE: Final = re.compile(r":(?:class|func|meth|data|mod|attr):`~?(?:[\w.]+\.)?(\w+)`")

_PROMPT: Final = re.compile(r"(?:>>>|\.\.\.) ")

_FLAG: Final = re.compile(r"\s*# doctest: .*$")


class _Plain(Preprocessor):  # type: ignore[misc]
    def run(self, lines: list[str]) -> list[str]:
        plain = [_FLAG.sub("", _ROLE.sub(r"`\1`", line)) for line in lines]
        kept: list[str] = []
        for example, group in itertools.groupby(plain, lambda each: bool(_PROMPT.match(each))):
            fence = ["```python"], ["```"]
            before, after = fence if example else ([], [])
            kept += [*before, *group, *after]
        return kept


class PlainDocstrings(Extension):  # type: ignore[misc]
    """Roles of reStructuredText as code, and no flags of doctest."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register it before everything else."""
        md.preprocessors.register(_Plain(md), "docstrings", 200)


def makeExtension(**options: Any) -> PlainDocstrings:  # noqa: N802
    """What Markdown calls to load it."""
    return PlainDocstrings(**options)
