"""Memory that ran out after all, told as one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from impasto.errors import MemoryEstimateError

_OUT_OF_MEMORY: Final = ("allocate memory", "out of memory", "not enough memory")
"""What torch writes into a bare RuntimeError; processors and devices word it differently."""


@contextmanager
def memory_told(what: str) -> Iterator[None]:
    """Turn running out of memory into an error the user can do something about.

    The estimate before the start was fitted to few sizes, and other programs may take memory later.

    Args:
        what: Name of what is being worked on.

    Raises:
        MemoryEstimateError: The block ran out of memory.
    """
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise _told(what) from error
    except RuntimeError as error:
        if not any(words in str(error) for words in _OUT_OF_MEMORY):
            raise
        raise _told(what) from error


def _told(what: str) -> MemoryEstimateError:
    return MemoryEstimateError(
        f"{what}: the memory ran out: give a smaller --size, --crop-fit or --tile, "
        "or close other programs"
    )
