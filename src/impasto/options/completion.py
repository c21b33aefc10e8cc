"""The arguments of `impasto completion`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class CompletionArguments:
    """Print a script that lets a shell complete commands, options and their choices.

    Add the line eval "$(impasto completion bash)" to ~/.bashrc, or with zsh to ~/.zshrc.
    """

    shell: Literal["bash", "zsh"] = field(metadata={"argument": "SHELL"})
    """bash or zsh."""
