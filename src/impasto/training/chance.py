"""Save and restore the state of every random generator that training may use."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch


def seed_all(seed: int) -> None:
    """Seed Python's, NumPy's and torch's generators, on every device."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  the global one, which other code may use
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
    """Restore a state from :func:`random_state`; a device of another kind keeps its own state."""
    random.setstate(state["python"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if device.type in state:
        torch.get_device_module(device).set_rng_state(state[device.type], *_named(device))


@contextmanager
def chance_untouched(device: torch.device) -> Iterator[None]:
    """Restore all generators afterwards: looking at a run must not change its course."""
    state = random_state(device)
    try:
        yield
    finally:
        set_random_state(state, device)


def _named(device: torch.device) -> tuple[torch.device, ...]:
    # torch takes no device for Apple's single GPU.
    return () if device.type == "mps" else (device,)
