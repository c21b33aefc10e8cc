"""Archives of torch, spoiled by their structure."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from random import Random
from typing import Any

from tools.mutate.mutations import spoiled, spoiled_json


def saved(value: Any) -> bytes:
    import torch

    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def spoiled_state(value: Any, chance: Random, other: Any) -> bytes:
    """A torch archive with its contents changed by their structure, or its bytes."""
    if chance.random() < 0.25:
        return spoiled(saved(value), chance, b"" if other is None else saved(other))
    kept = _copied(value)
    try:
        for _ in range(chance.choice((1, 1, 2, 3))):
            _change_in(kept, chance)
        return saved(kept)
    except Exception:  # nobody has a file that torch cannot make
        return spoiled(saved(value), chance)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, (list, tuple)) else value


def _change_in(value: Any, chance: Random) -> None:
    while True:
        keys = [*value] if isinstance(value, dict) else [*range(len(value))]
        if not keys:
            return
        key = chance.choice(keys)
        if not isinstance(value[key], (dict, list)) or chance.random() < 0.2:
            break
        value = value[key]
    kind = chance.randrange(4)
    if kind == 0:
        del value[key]
    elif kind == 1 and isinstance(value, dict):
        value[chance.choice((5, "x", (1, 2), None))] = value.pop(key)
    elif isinstance(value[key], str) and value[key][:1] == "{" and value[key][-1] == "}":
        text = value[key][1:].encode()
        with suppress(ValueError):  # what was JSON is none any more, or what comes holds itself
            text = spoiled_json(json.loads(value[key]), chance)
        value[key] = text.decode("utf-8", "replace")
    else:
        value[key] = _odd(value[key], chance)


def _odd(value: Any, chance: Random) -> Any:
    import torch

    if isinstance(value, torch.Tensor) and chance.random() < 0.8:
        return chance.choice(
            (
                value[:0], value.flatten(), value.to(torch.complex64), value.to_sparse(),
                value.float() * torch.nan, value.unsqueeze(0), value.bool(),
                torch.zeros(1).expand(1 << 36), torch.zeros(1).expand(3, 1 << 20, 4), value.half(),
                torch.zeros(2, 2, dtype=torch.int64), value.to("meta"),
            )
        )  # fmt: skip
    whole: list[Any] = []
    whole.append(whole)
    more = (torch.zeros(3), [None] * 5, {5: 6}, whole, b"bytes", 10**30, {"a": {"b": [1]}})
    return chance.choice((*more, *_values()))


def _values() -> tuple[Any, ...]:
    from tools.mutate.mutations import VALUES

    return tuple(each for each in VALUES if each != "\ud800")
