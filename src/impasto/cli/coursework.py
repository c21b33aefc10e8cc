"""What ``impasto study --course`` does: paint, then write what is to be handed in."""

from __future__ import annotations

from impasto.cli.study import StudyArguments
from impasto.cli.studying import content_of, paint_cells, tell_files
from impasto.source import Inputs
from impasto.study.course import Course, usual_axes, with_base
from impasto.study.folder import record_of
from impasto.study.grid import axis_of


def hand_in(given: StudyArguments) -> int:
    """Make a hand-in; give the exit code."""
    content, folder = content_of(given)
    base = given.recipe
    axes = tuple(with_base(axis_of(each), base) for each in given.vary) or usual_axes(base)
    course = Course(content, given.style, base, axes)
    names = [axis.name for axis in axes]
    record = record_of("course", content, Inputs(given.style), base, names)
    if code := paint_cells(course.cells, record, given):
        return code
    from impasto.study.hand_in import write_hand_in

    tell_files(write_hand_in(course, folder), len(course.cells), given)
    return 0
