"""``impasto doctor``: what is installed, what works here, and what is missing for what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from impasto.cli.parser import parse
from impasto.errors import ImpastoError


@dataclass(frozen=True, kw_only=True)
class DoctorArguments:
    """Tell what is installed, what would be used, whether it works, and what is missing for what.

    Paints and applies to a picture of 32 pixels, each in a process of its own, so that a broken
    package is told of and not stumbled over. Ends with 0 when both work, with 2 otherwise.
    """

    json: bool = False
    """Print all of it for programs."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(DoctorArguments, arguments, prog="impasto doctor")
    from impasto.cli.examination import examined

    found = examined()
    print(json.dumps(found, indent=2) if given.json else "\n".join(_lines(found)), flush=True)
    if ill := [each for each in found["tests"] if not each["works"]]:
        told = "; ".join(f"{each['name']} does not work here: {each['told']}" for each in ill)
        raise ImpastoError(told)
    return 0


def _lines(found: dict[str, Any]) -> list[str]:
    sections = {
        "Versions": [(each["name"], each["version"] or "missing") for each in found["versions"]],
        "Machine": [(each["name"], each["told"]) for each in found["machine"]],
        "Weights": [
            (each["name"], f"{each['network']}, {each['where']}, {each['source']}")
            for each in found["weights"]
        ],
        "Trained networks": [
            (each["name"], f"{each['method']}, {each['styles']} styles, {each['where']}")
            for each in found["networks"]
        ],
        "Features": [
            (each["name"], "yes" if each["here"] else f"no: {each['how']}")
            for each in found["features"]
        ],
        "Tests": [
            (each["name"], f"works, {each['seconds']:.1f} s with its start" if each["works"]
             else f"fails: {each['told']}")
            for each in found["tests"]
        ],
    }  # fmt: skip
    width = max(len(name) for rows in sections.values() for name, _ in rows)
    lines: list[str] = []
    for title, rows in sections.items():
        lines += ["", title] if lines else [title]
        lines += [f"  {name:<{width}}  {text}" for name, text in rows or [("none", "")]]
    return [line.rstrip() for line in lines]
