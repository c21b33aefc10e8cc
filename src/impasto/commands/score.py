"""``impasto score``: measures a result against its photograph and style."""

from __future__ import annotations

import json
from dataclasses import asdict

from impasto.options.examine import ScoreArguments
from impasto.scores import score


def run(given: ScoreArguments) -> int:
    """Print the scores; return the exit code."""
    if given.video:
        return _film(given)
    scores = score(*given.pictures)
    if given.json:
        print(json.dumps(asdict(scores)))
    else:
        print(f"style distance    {scores.style_distance:.4f}")
        print(f"content distance  {scores.content_distance:.4f}")
    return 0


def _film(given: ScoreArguments) -> int:
    from impasto.film.scores import film_scores

    source, painted = given.pictures
    scores = film_scores(source, painted, given.style)
    if given.json:
        print(json.dumps(asdict(scores)))
        return 0
    print(f"warping error     {scores.warping_error:.2e}  ({scores.frames} pairs of frames)")
    print(f"  of the source   {scores.source_warping_error:.2e}")
    for each in scores.samples:
        style = "" if each.style_distance is None else f"  style {each.style_distance:.4f}"
        print(f"at {each.seconds:8.2f} s     content {each.content_distance:.4f}{style}")
    return 0
