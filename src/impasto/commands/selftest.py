"""``python -m impasto.commands.selftest paint|apply``: a test on a picture of 32 pixels.

If torch is imported, it prints torch's data about the machine as a line of JSON. ``impasto doctor``
runs it in a separate process, which may crash.
"""

from __future__ import annotations

import json
import sys

from impasto.samples import samples

SIDE = 32


def main(name: str) -> None:
    """Run one test; raise any error."""
    _paint() if name == "paint" else _apply()


def _paint() -> None:
    import torch

    import impasto
    from impasto.device import (
        choose_device,
        choose_precision,
        devices,
        free_memory,
        whole_memory,
        why_precision,
    )

    device = choose_device("auto")
    found = {
        "device": str(device),
        "devices": devices(),
        "precision": str(choose_precision("auto", device)).removeprefix("torch."),
        "why": why_precision(device),
        "threads": torch.get_num_threads(),
        "memory": whole_memory(device),
        "free": free_memory(device),
    }
    print(json.dumps(found), flush=True)
    content, style = samples("content")[0].path, samples("style")[0].path
    impasto.paint(content, style, size=SIDE, steps=2, coarsest=0)


def _apply() -> None:
    import impasto
    from impasto.image import read_picture, scaled
    from impasto.networks.bundled import bundled

    photograph = scaled(read_picture(samples("content")[0].path), SIDE)
    styles = [style.name for network in bundled() for style in network.styles]
    if not styles:
        raise FileNotFoundError("no trained style is bundled: install impasto again")
    impasto.load_model(styles[0])(photograph)


if __name__ == "__main__":
    main(sys.argv[1])
