"""Pictures in, painting, picture with its manifest out: what the command and the library share.

==============  ==========================================================
painter.py      Painter: a stylizer with files and manifests around it
settled.py      a photograph, and all that is decided before its first step
masks.py        masks, read, checked and brought to the photograph's shape
colors.py       the photograph's colors kept, before painting or after
changing.py     a painting that goes on with other options
diary.py        what a manifest tells of the run: times, losses, scores
one_call.py     impasto.paint
==============  ==========================================================
"""

from impasto.photograph.diary import Diary
from impasto.photograph.one_call import paint
from impasto.photograph.painter import Painter, reader_of
from impasto.photograph.settled import Settled

__all__ = ["Diary", "Painter", "Settled", "paint", "reader_of"]
