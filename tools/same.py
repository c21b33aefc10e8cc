"""Whether a change of the code changed anything for its users: every flag, and fixed-seed pictures.

    python -m tools.same flags FILE.json       name, type, default and help of every option
    python -m tools.same pictures FOLDER       paint by every method in a new FOLDER
    python -m tools.same compare BEFORE AFTER  two such files

Pictures are compared by the bytes of their pixels, networks by their tensors: on one machine, with
one version of torch, they must be equal. It takes about five minutes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from impasto.commands.help import field_docs
from impasto.commands.table import COMMANDS, Command, Group


def flags() -> dict[str, dict[str, dict[str, str]]]:
    """Type, default and help by command and option."""
    kinds = {command: _named(found.arguments) for command, found in _commands().items()}
    return {
        command: {entry.pop("name"): entry for entry in _entries(kind)}
        for command, kind in kinds.items()
    }


def _commands() -> dict[str, Command]:
    single = {name: each for name, each in COMMANDS.items() if isinstance(each, Command)}
    double = {
        f"{first} {second}": each
        for first, group in COMMANDS.items()
        if isinstance(group, Group)
        for second, each in group.commands.items()
    }
    return single | double


def _named(place: str) -> type[Any]:
    module, _, name = place.partition(":")
    found: type[Any] = getattr(importlib.import_module(f"impasto.options.{module}"), name)
    return found


def _entries(kind: type[Any]) -> Iterator[dict[str, str]]:
    helps = field_docs(kind)
    for field in dataclasses.fields(kind):
        inner = _inner(field)
        if inner is not None:
            yield from _entries(inner)
            continue
        default = "" if field.default is dataclasses.MISSING else repr(field.default)
        text = " ".join(helps.get(field.name, "").split())
        yield {"name": field.name, "type": str(field.type), "default": default, "help": text}


def _inner(field: dataclasses.Field[Any]) -> type[Any] | None:
    if field.default_factory is not dataclasses.MISSING:
        return type(field.default_factory())
    return type(field.default) if dataclasses.is_dataclass(field.default) else None


PAINTINGS: Final = {
    "default": "",
    "fine": "--preset fine --size 96 --steps 6",
    "quick": "--preset quick --size 96",
    "cs20": "--preset cs20 --size 96 --steps 8",
    "blog": "--preset blog --size 96 --steps 8",
    "gatys": "--preset gatys --size 96 --steps 8",
    "nearest": "--method nearest",
    "nearest-two": "--method nearest --style {second} --style-weights 1 3 --style-scale 0.8",
    "nearest-masked": "--method nearest --style {second} --masks {mask} {other}",
    "mean-variance": "--style-loss mean-variance",
    "wasserstein": "--style-loss wasserstein",
    "sliced": "--style-loss sliced",
    "histogram": "--style-loss histogram",
    "adam": "--optimizer adam",
    "tiled": "--tile 128 --size 200",
    "fp32": "--precision fp32",
    "mix": "--init mix --seed 7",
    "noise": "--init noise --total-variation-weight 0.1 --pixel-weight 0.2",
    "two": "--style {second} --style-weights 1 3",
    "masked": "--style {second} --masks {mask} {other} --feather 3 --content-mask {mask}",
    "luminance": "--keep-color luminance",
    "palette-after": "--keep-color covariance --color-stage after --color-strength 0.7",
    "histogram-before": "--keep-color histogram",
    "cropped": "--crop-fit 80 64",
}
"""Options of `impasto paint` by the name of the picture; usual are 96 px and 6 steps."""


def pictures(folder: Path) -> dict[str, str]:
    """Make pictures, films and networks in a folder; hashes of what is in them, by name."""
    from PIL import Image, ImageDraw

    from impasto.samples import sample

    content = str(sample("content", "cat").path)
    first, second = (str(sample("style", name).path) for name in ("night-swirl", "woodblock"))
    mask, other = folder / "mask.png", folder / "other.png"
    for file, box in ((mask, (0, 0, 60, 90)), (other, (50, 0, 120, 90))):
        image = Image.new("L", (120, 90))
        ImageDraw.Draw(image).rectangle(box, fill=255)
        image.save(file)
    hashes: dict[str, str] = {}

    def keep(name: str, file: Path) -> None:
        hashes[name] = _hash(file)
        print(name, hashes[name][:12], flush=True)

    for name, text in PAINTINGS.items():
        words = text.format(second=second, mask=mask, other=other).split()
        styles = [first]
        if words.count("--style"):
            place = words.index("--style")
            styles.append(words[place + 1])
            del words[place : place + 2]
        usual = [] if "--size" in words or "--crop-fit" in words else ["--size", "96"]
        usual += [] if "--preset" in words or "--steps" in words else ["--steps", "6"]
        out = folder / f"paint-{name}.png"
        _run("paint", content, "--style", *styles, "-o", str(out), *usual, *words)
        keep(f"paint {name}", out)
    run = folder / "run"
    started = ["paint", content, "--style", first, "--size", "96", "--run-dir", str(run)]
    started += ["-o", str(folder / "run.png")]
    _run(*started, "--steps", "8", "--snapshot-every", "4")
    keep("paint run folder", next(run.glob("snapshots/*")))
    _applied(folder, content, first, keep)
    _films(folder, content, first, keep)
    _trained(folder, content, first, second, keep)
    return hashes


def _applied(folder: Path, content: str, first: str, keep: Any) -> None:
    for name, words in {
        "wave": ["--model", "great-wave"],
        "strength": ["--model", "great-wave", "--strength", "0.6", "--keep-color", "luminance"],
        "any": ["--style", first],
        "translated": ["--model", "photo-to-van-gogh", "--size", "256"],
        "tiles": ["--model", "great-wave", "--size", "900", "--tile", "480"],
    }.items():
        out = folder / f"apply-{name}.png"
        _run("apply", content, "-o", str(out), *words)
        keep(f"apply {name}", out)


def _films(folder: Path, content: str, first: str, keep: Any) -> None:
    from PIL import Image

    frames = folder / "frames"
    frames.mkdir(exist_ok=True)
    with Image.open(content) as image:
        small = image.convert("RGB").resize((150, 110))
    for number in range(4):
        small.crop((number * 4, 0, number * 4 + 128, 96)).save(frames / f"frame-{number:04d}.png")
    for name, words in {
        "network": ["--model", "great-wave"],
        "optimized": ["--style", first, "--steps", "8", "--size", "96"],
    }.items():
        out = folder / f"film-{name}"
        _run("video", str(frames / "frame-%04d.png"), "-o", f"{out}/out-%04d.png", *words)
        for each in sorted(out.glob("*.png"))[-1:]:
            keep(f"film {name}", each)


def _trained(folder: Path, content: str, first: str, second: str, keep: Any) -> None:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    for file in (content, first, second):
        (data / Path(file).name).write_bytes(Path(file).read_bytes())
    usual = ["--steps", "3", "--batch", "2", "--size", "64", "--device", "cpu"]
    plans = {
        "johnson": ["--style", first, second, "--data", str(data), "--width", "8"],
        "adain": ["--styles", str(data), "--contents", str(data), "--decoder-width", "8"],
        "cyclegan": ["--photos", str(data), "--paintings", str(data), "--width", "8"],
    }
    for method, words in plans.items():
        run = folder / f"train-{method}"
        _run("train", method, "--run-dir", str(run), *words, *usual)
        for model in sorted(run.glob("*.onnx")):
            keep(f"train {method} {model.name}", model)


def _run(*words: str) -> None:
    command = [sys.executable, "-m", "impasto", *words]
    one = {**os.environ, "OMP_NUM_THREADS": "1"}  # the order of sums does not hang on the cores
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=one)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.returncode}\n{done.stderr}")


def _hash(file: Path) -> str:
    if file.suffix == ".png":
        from PIL import Image

        with Image.open(file) as image:
            return hashlib.sha256(image.tobytes()).hexdigest()
    import onnx

    graph = onnx.load(file).graph
    return hashlib.sha256(b"".join(each.raw_data for each in graph.initializer)).hexdigest()


def compare(before: Path, after: Path) -> int:
    """Print what differs; give how many entries do."""
    first, second = (_flat(json.loads(each.read_text())) for each in (before, after))
    unlike = [name for name in sorted({*first, *second}) if first.get(name) != second.get(name)]
    for name in unlike:
        print(f"{name}\n  before: {first.get(name)}\n  after:  {second.get(name)}")
    print(f"{len(unlike)} of {len({*first, *second})} differ")
    return len(unlike)


def _flat(values: dict[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{path}{name} ") if isinstance(value, dict) else {path + name: value}
    return flat


def main() -> int:
    """Run one of the three; give the exit code."""
    what, *places = sys.argv[1:]
    paths = [Path(each).absolute() for each in places]
    if what == "compare":
        return min(compare(*paths), 1)
    if what == "flags":
        paths[0].write_text(json.dumps(flags(), indent=1) + "\n", encoding="utf-8")
    else:
        paths[0].mkdir(parents=True)
        text = json.dumps(pictures(paths[0]), indent=1) + "\n"
        (paths[0] / "hashes.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
