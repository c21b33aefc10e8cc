"""Pictures in, painting, picture with its manifest out: what the command and the library share.

==============  ==========================================================
painter.py      Painter: a stylizer with files and manifests around it
stylizers.py    the method that the options name, its options made definite
masks.py        masks, read, checked and brought to the photograph's shape
colors.py       the photograph's colors kept, before painting or after
scores.py       the result judged, at a size the machine can bear
diary.py        what a manifest tells of the run
one_call.py     impasto.paint
==============  ==========================================================
"""

from impasto.painter.diary import Diary
from impasto.painter.one_call import paint
from impasto.painter.painter import Painter, reader_of
from impasto.painter.stylizers import Settled

__all__ = ["Diary", "Painter", "Settled", "paint", "reader_of"]
