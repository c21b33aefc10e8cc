"""The studio: one line of jobs, a folder that remembers them, and a page to steer them by.

::

    page/ (Gradio) -> Studio -> Line, one worker -> painting.py, filming.py -> files of the job
           <- Live: previews and losses of what is being made

``room`` holds the limits, ``intake`` takes uploads, ``orders`` says what can be ordered, ``shelf``
finds the jobs again after a restart, ``downloads`` serves results, and ``job`` makes an error one
line.
``door/`` stands before whatever page there is; only ``page/`` knows Gradio.
"""
