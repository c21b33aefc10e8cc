"""A study of small pictures, run in this process, and what it painted counted."""

from pathlib import Path

from cli_pictures import EXACT, Outcome, impasto

SMALL = ("--size", 40, "--steps", 2, "--coarsest", 0, *EXACT)
"""Paintings of a fraction of a second."""

VARY = ("--vary", "content_weight=0.5,5", "--vary", "content_layers=conv2_2,conv4_2")

NAMES = [
    f"content_weight={weight},content_layers={layer}"
    for weight in ("0.5", "5")
    for layer in ("conv2_2", "conv4_2")
]


def study(*arguments: object, at: Path, style: tuple[str, ...] = ("s.png",)) -> Outcome:
    """Study a.png in the folder runs; arguments may differ."""
    run_dir = () if "--run-dir" in arguments else ("--run-dir", "runs")
    styles = () if "--style" in arguments else ("--style", *style)
    return impasto("study", "a.png", *styles, *SMALL, *run_dir, *arguments, at=at)


def counted_steps(monkeypatch) -> list[int]:
    """A list that grows by the number of every step that is taken from here on."""
    from impasto.methods.painting import Painting

    steps: list[int] = []
    advance = Painting.advance

    def counting(painting):
        step = advance(painting)
        steps.append(step.number)
        return step

    monkeypatch.setattr(Painting, "advance", counting)
    return steps
