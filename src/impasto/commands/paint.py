"""``impasto paint`` and ``impasto demo``: photographs in the style of a picture."""

from __future__ import annotations

from impasto.options.paint import DemoArguments, PaintArguments
from impasto.options.presets import preset
from impasto.samples import sample, samples


def run(given: PaintArguments) -> int:
    """Paint what the arguments name; give the exit code."""
    from impasto.commands.plan import plan_of

    plan = plan_of(given)
    # Only now, so that a file that is missing does not wait for torch.
    from impasto.commands.paint_jobs import paint_all

    if given.variations > 1:
        from impasto.commands.variations import paint_variations

        return paint_variations(plan, given)
    return paint_all(plan, given)


def demo(given: DemoArguments) -> int:
    """Paint a bundled photograph in a bundled style, or list them; give the exit code."""
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
