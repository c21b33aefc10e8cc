"""The state of every random generator that a training may draw from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch


def seed_all(seed: int) -> None:
    """Seed Python's, NumPy's and torch's generators, on every device.

    A method calls it before it builds its networks, so that a seed means the same first weights.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  the one that others may draw from
    torch.manual_seed(seed)


def random_state(device: torch.device) -> dict[str, Any]:
    """The state of all generators, as a checkpoint can hold it."""
    name, keys, *rest = cast("tuple[Any, ...]", np.random.get_state())  # noqa: NPY002
    state = {
        "python": random.getstate(),
        "numpy": (name, keys.tolist(), *rest),
        "torch": torch.get_rng_state(),
    }
    if device.type != "cpu":
        state[device.type] = torch.get_device_module(device).get_rng_state(*_named(device))
    return state


def set_random_state(state: Mapping[str, Any], device: torch.device) -> None:
    """Bring all generators to a state that :func:`random_state` gave.

    A device of another kind than it was taken from keeps its own.
    """
    random.setstate(state["python"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if device.type in state:
        torch.get_device_module(device).set_rng_state(state[device.type], *_named(device))


@contextmanager
def chance_untouched(device: torch.device) -> Iterator[None]:
    """Leave all generators as they were: looking at a run must not change its way."""
    state = random_state(device)
    try:
        yield
    finally:
        set_random_state(state, device)


def _named(device: torch.device) -> tuple[torch.device, ...]:
    # There is only one of Apple's, and torch does not want to hear which.
    return () if device.type == "mps" else (device,)
