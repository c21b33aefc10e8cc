"""The curves of a training, from its log or run folder, as a small table.

    python report/training_curves.py log LOG NAME --crops 0:6 8000:3
    python report/training_curves.py run RUN_DIR NAME
    python report/training_curves.py held-out NAME [RUN_DIR ...] --data ../shared/data

``log`` writes report/data/training/NAME.csv: batches done, crops seen, and each loss, a mean of
the batches since the line before. ``--crops`` tells the crops in a batch, from each batch on.
``run`` does the same from the run folder of `impasto train`, at each validation, and adds the
validation's losses, as validation/LOSS.
``held-out`` measures the ten styles' network on photographs that no training saw, in ``contents``
of the data, with VGG-16: before the training, and of each run folder's averaged weights. It writes
NAME-held-out.csv.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

OUT: Final = Path(__file__).resolve().parent / "data" / "training"
SIDE: Final = 256
"""Of the crops from the middle of the photographs, and of the largest in training."""
SHORTER: Final = 640
"""Shorter side of the paintings, as at the end of the training."""

Row = dict[str, float]


def rows_of(lines: Iterable[str], crops: Sequence[tuple[int, int]]) -> list[Row]:
    """A row for each line ``250/12000 1.36 batches/s vgg/content 0.913 ...``."""
    rows = []
    for line in lines:
        if found := re.match(r"(\d+)/\d+ [\d.]+ batches/s((?: \S+ [\d.]+)+)$", line.strip()):
            done, words = int(found[1]), found[2].split()
            losses = zip(words[::2], map(float, words[1::2]), strict=True)
            rows.append({"batch": done, "crops": _crops(done, crops), **dict(losses)})
    return rows


def _crops(done: int, crops: Sequence[tuple[int, int]]) -> int:
    ends = [*(first for first, _ in crops[1:]), done]
    return sum(
        each * max(0, min(end, done) - first)
        for (first, each), end in zip(crops, ends, strict=True)
    )


def run_rows(folder: Path) -> list[Row]:
    """A row for each validation of a run folder; losses are means of the steps since the last."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    batch = int(manifest["recipe"]["training"]["batch"])
    losses, validations = (_table(folder / f"{name}.csv") for name in ("losses", "validation"))
    rows, begun = [], 0.0
    for validation in validations:
        step = validation.pop("step")
        since = [each for each in losses if begun < each["step"] <= step]
        row = {"batch": step, "crops": step * batch}
        row |= {name: mean(each[name] for each in since) for name in since[0] if "/" in name}
        rows.append(row | {f"validation/{name}": value for name, value in validation.items()})
        begun = step
    return rows


def _table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items() if name != "seconds"}
                for row in csv.DictReader(file)]  # fmt: skip


def held_out(data: Path, folders: Sequence[Path], seen: Mapping[int, int]) -> list[Row]:
    """Mean content and style distance of ten styles on the photographs of ``contents``.

    ``seen`` has the crops seen by the batches done.
    """
    import numpy as np
    import torch
    from PIL import Image, ImageOps

    from tools.learning import as_image
    from tools.train_masters import PAINTINGS, Judge, _sized, first_network, vgg_encoder

    paintings = [each.path(data / "styles") for each in PAINTINGS]
    photographs = [
        as_image(np.asarray(ImageOps.fit(Image.open(path).convert("RGB"), (SIDE, SIDE))))
        for path in sorted((data / "contents").glob("*.jpg"))
    ]
    every = torch.arange(len(paintings))
    rows = []
    with torch.no_grad():
        judge = Judge(vgg_encoder(), {}, [as_image(_sized(path, SHORTER)) for path in paintings])
        for folder in (None, *folders):
            network, done = first_network(paintings).eval(), 0
            if folder:
                state = torch.load(folder / "checkpoint.pt", weights_only=True)
                network.load_state_dict(state["average"])
                done = state["done"]
            slots = torch.eye(len(paintings) + 1)[: len(paintings)]
            found = []
            for photograph in photographs:
                content = photograph.expand(len(paintings), -1, -1, -1)
                distances = judge(network(content, slots), content, every)
                found.append(torch.stack([distances["content"], distances["style"]]).mean(1))
            content_mean, style_mean = torch.stack(found).mean(0).tolist()
            rows.append({"batch": done, "crops": seen.get(done, 0), "content": content_mean,
                         "style": style_mean})  # fmt: skip
            print(rows[-1], flush=True)
    return rows


def written(name: str, rows: Sequence[Row]) -> None:
    """Write rows to report/data/training/NAME.csv."""
    OUT.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (OUT / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{value:.6g}" for key, value in row.items()} for row in rows)


def _pair(text: str) -> tuple[int, int]:
    first, _, each = text.partition(":")
    return int(first), int(each)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    logs = commands.add_parser("log")
    logs.add_argument("log", type=Path)
    logs.add_argument("name")
    logs.add_argument("--crops", type=_pair, nargs="+", required=True, metavar="BATCH:CROPS")
    runs = commands.add_parser("run")
    runs.add_argument("folder", type=Path, metavar="RUN_DIR")
    runs.add_argument("name")
    held = commands.add_parser("held-out")
    held.add_argument("name")
    held.add_argument("folders", type=Path, nargs="*", metavar="RUN_DIR")
    held.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    if given.command == "log":
        lines = given.log.read_text(encoding="utf-8").splitlines()
        written(given.name, rows_of(lines, given.crops))
    elif given.command == "run":
        written(given.name, run_rows(given.folder))
    else:
        with (OUT / f"{given.name}.csv").open(encoding="utf-8", newline="") as file:
            seen = {int(row["batch"]): int(row["crops"]) for row in csv.DictReader(file)}
        written(f"{given.name}-held-out", held_out(given.data, given.folders, seen))


if __name__ == "__main__":
    main()
