"""The studio: one line of jobs, a folder that remembers them, and a page to steer them by.

::

    page/ (Gradio) -> Studio -> Line, one worker -> painting.py, filming.py -> files of the job
           <- Live: previews and losses of what is being made

===============  ========================================================================
telling.py       what went wrong, as one line without a folder of this machine
limits.py        how much may be uploaded and asked for
privacy.py       files that only their owner can read
intake.py        uploads, checked and written again under names of our own
room.py          so much room for everybody's uploads, for a day
job.py           Job: what was asked for and what has become of it
shelf.py         the folder of all jobs, found again after a restart
wishes.py        what has been asked of a job on its way: pause, stop, other options
live.py          what can be seen of a job on its way
line.py          one worker, the jobs that wait for it, and their places
painting.py      a job that is a painting
changes.py       the options of a painting as they are asked for by the page
filming.py       a job that is a film
instant.py       trained networks at once: styles, any style, blends, translations
brushed.py       strokes of the brush become masks
first_look.py    what there is to see before the first step
estimate.py      how long a painting will take
curves.py        losses as a drawing
warming.py       what is done once, before the first client comes
exporting.py     results as files that a client can fetch
orders.py        what can be ordered: paintings, films, pictures that are there already
studio.py        Studio: all of it together, what the page and the interface for programs call
door/            what every request passes before the page sees it
page/            the page itself, the only part that knows Gradio
===============  ========================================================================
"""
