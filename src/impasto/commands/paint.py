"""``impasto paint`` and ``impasto demo``: photographs in the style of a picture."""

from __future__ import annotations

from pathlib import Path

from impasto.errors import OptionError, PictureError
from impasto.files import written_whole
from impasto.options.paint import DemoArguments, PaintArguments
from impasto.options.presets import preset
from impasto.samples import sample, samples


def run(given: PaintArguments) -> int:
    """Paint the photographs of the arguments; return the exit code."""
    from impasto.commands.plan import plan_of

    plan = plan_of(given)
    # Only now, so that the error about a missing file does not wait for torch.
    from impasto.commands.paint_jobs import paint_all

    if given.variations > 1:
        from impasto.commands.variations import paint_variations

        return paint_variations(plan, given)
    return paint_all(plan, given)


def demo(given: DemoArguments) -> int:
    """Paint a bundled photograph in a bundled style, list or copy them; return the exit code."""
    if given.copy:
        return _copied(given)
    if given.list:
        for kind in ("content", "style"):
            for each in samples(kind):
                print(f"{kind:8} {each.name:16} {each.origin}")
        return 0
    content = sample("content", given.content) if given.content else samples("content")[0]
    style = sample("style", given.style) if given.style else samples("style")[0]
    painted = PaintArguments(
        content=(content.path,),
        style=(style.path,),
        output=given.output,
        recipe=preset(given.preset),
        overwrite=given.overwrite,
    )
    return run(painted)


def _copied(given: DemoArguments) -> int:
    every = {each.name: each.path for kind in ("content", "style") for each in samples(kind)}
    names = list(every) if given.copy == ("all",) else given.copy
    for name in names:
        if name not in every:
            raise OptionError("copy", f"all, or some of {', '.join(every)}", name)
    for name in names:
        bundled, own = every[name].read_bytes(), Path(every[name].name)
        if own.exists() and own.read_bytes() != bundled and not given.overwrite:
            raise PictureError(f"{own}: another picture with this name exists; see --overwrite")
        with written_whole(own, PictureError) as temporary:
            temporary.write_bytes(bundled)
        print(own)
    return 0
