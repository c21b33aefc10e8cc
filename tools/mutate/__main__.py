"""Spoil files of every kind impasto reads, and see that each gives one ImpastoError or success.

Run from the top of the repository::

    python -m tools.mutate                      # 10,000 files of seed 0: about an hour on one core
    python -m tools.mutate --seed 7 --count 500 --kinds png,mat
    python -m tools.mutate --replay png:7:123 --keep broken.png

A file follows from its kind, the seed and its number, so a fault that is found can be made again.
Each is read in a process of its own limits: 2 GB of memory, some seconds. Whatever else comes out
than success or an ImpastoError counts: another exception, a crash, more memory, no end. The exit
code is 1 where anything counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.mutate import checkpoints, networks, pictures, recipes, tables, weights
from tools.mutate.kind import Kind

KINDS = tuple(
    kind
    for part in (pictures, networks, checkpoints, weights, recipes, tables)
    for kind in part.KINDS
)

MEMORY = 2_000_000_000
"""Bytes that reading a small file may take."""

SECONDS = 120
"""That reading one may take, on a busy machine."""


def made(kind: Kind, rights: Sequence[Any], seed: int, number: int) -> bytes:
    """The spoiled file of a number; -1, -2, ... are the right ones."""
    if number < 0:
        return kind.pack(rights[(-1 - number) % len(rights)])
    chance = random.Random(f"{kind.name}:{seed}:{number}")
    right, other = chance.choice(rights), chance.choice(rights)
    return bytes(kind.spoil(right, chance, other))


def read_all() -> None:
    """The worker: reads ``kind seed number`` line by line, says what came of each."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what readers print is no answer
    rights: dict[str, Sequence[Any]] = {}
    named = {each.name: each for each in KINDS}
    for line in sys.stdin:
        name, seed, number = line.split()
        kind = named[name]
        if name not in rights:
            rights[name] = kind.make()
            _limit()
        answer = _answer(kind, made(kind, rights[name], int(seed), int(number)))
        print(json.dumps(answer), file=answers, flush=True)


def _answer(kind: Kind, data: bytes) -> dict[str, Any]:
    from impasto.errors import ImpastoError

    path = Path(os.environ["MUTATE_WORK"]) / f"spoiled{kind.suffix}"
    path.write_bytes(data)
    _forget_peak()
    told: dict[str, Any] = {"outcome": "read"}
    try:
        kind.read(path)
    except ImpastoError as error:
        told = {"outcome": "refused", "told": str(error)}
        if "\n" in str(error):
            told["outcome"] = "several lines"
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)
        own = [each for each in place if "/impasto/" in each.filename] or place
        told = {
            "outcome": f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}",
            "told": "".join(traceback.format_exception(error))[-3000:],
        }
    if (peak := _peak()) > MEMORY:
        told = {"outcome": "memory", "told": f"{peak / 1e9:.1f} GB; {told}"}
    return told


def _limit() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (3 * MEMORY, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024


Faults = dict[str, tuple[str, str]]


class Worker:
    """A process that reads files, started again when it has died."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def ask(self, kind: str, seed: int, number: int) -> dict[str, Any]:
        """What came of reading a file."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{kind} {seed} {number}\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        line = process.stdout.readline() if ready else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        if not ready:
            process.kill()
        code = process.wait()
        self._process = None
        return {"outcome": "no end" if not ready else f"crash ({code})"}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            environment = {**os.environ, "MUTATE_WORK": str(self._folder), "OMP_NUM_THREADS": "1"}
            with (self._folder / "stderr").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tools.mutate", "--worker"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                    env=environment,
                )  # fmt: skip
        return self._process


def wanted(kinds: Sequence[Kind], count: int) -> Iterator[tuple[str, int]]:
    """Kinds and numbers of so many files, by the kinds' shares."""
    whole = sum(each.share for each in kinds)
    for each in kinds:
        yield each.name, -1
        for number in range(max(1, round(count * each.share / whole))):
            yield each.name, number


def run(seed: int, count: int, kinds: Sequence[Kind], folder: Path) -> tuple[Counter[str], Faults]:
    """Read so many files; give how many came out how, and one example of each fault."""
    worker, found, faults = Worker(folder), Counter[str](), Faults()
    try:
        for done, (name, number) in enumerate(wanted(kinds, count), 1):
            answer = worker.ask(name, seed, number)
            outcome = answer["outcome"]
            found[outcome if outcome in ("read", "refused") else "fault"] += 1
            if outcome not in ("read", "refused") and f"{name} {outcome}" not in faults:
                faults[f"{name} {outcome}"] = (f"{name}:{seed}:{number}", answer.get("told", ""))
                print(f"{name}:{seed}:{number}  {outcome}", flush=True)
            if done % 500 == 0:
                print(f"  {done} files: {dict(found)}", flush=True)
    finally:
        worker.close()
    return found, faults


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--kinds", default="", help="names with commas between them")
    parser.add_argument("--replay", default="", help="KIND:SEED:NUMBER")
    parser.add_argument("--keep", type=Path, help="where the replayed file is written")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        read_all()
        return 0
    kinds = [each for each in KINDS if not given.kinds or each.name in given.kinds.split(",")]
    with tempfile.TemporaryDirectory(prefix="impasto-mutate-") as folder:
        os.environ["MUTATE_WORK"] = folder
        if given.replay:
            name, seed, number = given.replay.split(":")
            if given.keep:
                [kind] = [each for each in KINDS if each.name == name]
                given.keep.write_bytes(made(kind, kind.make(), int(seed), int(number)))
            answer = Worker(Path(folder)).ask(name, int(seed), int(number))
            print(answer["outcome"], answer.get("told", ""), sep="\n")
            return int(answer["outcome"] not in ("read", "refused"))
        found, faults = run(given.seed, given.count, kinds, Path(folder))
    for replay, told in faults.values():
        print(f"\n--replay {replay}\n{told}")
    print(f"{found['read']} read, {found['refused']} refused, {found['fault']} faults")
    return int(found["fault"] > 0)


if __name__ == "__main__":
    sys.exit(main())
