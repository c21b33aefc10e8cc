"""Decoding times of packets that come from several segments.

A frame that others are predicted from is decoded before them and shown after them. Each segment
was encoded as if it were alone, so its decoding times overlap with those of the one before. Here
they are found anew for the whole: packet by packet the times at which frames are shown, in order,
delayed by as many frames as the encoder looks ahead.
"""

from __future__ import annotations

from collections.abc import Sequence


def delay_of(stamps: Sequence[int]) -> int:
    """By how many packets a stretch is decoded ahead.

    Args:
        stamps: When the frames are shown, in the order of the packets.
    """
    ranks = {stamp: rank for rank, stamp in enumerate(sorted(stamps))}
    return max((number - ranks[stamp] for number, stamp in enumerate(stamps)), default=0)


class DecodingTimes:
    """Gives packets their decoding times, a segment after the other."""

    def __init__(self, delay: int, first: int, step: int) -> None:
        """Begin.

        Args:
            delay: The largest of all segments.
            first: When the first frame is shown.
            step: About the time between two frames.
        """
        self._late = [first - step * number for number in range(delay, 0, -1)]

    def of(self, stamps: Sequence[int]) -> list[int]:
        """Decoding times of a segment's packets: rising, and none after its frame is shown.

        Args:
            stamps: When its frames are shown, in the order of the packets.
        """
        times = [*self._late, *sorted(stamps)]
        self._late = times[len(stamps) :]
        return times[: len(stamps)]
