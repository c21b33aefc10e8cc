"""The studio: one line of jobs, a folder that remembers them, and a page to steer them by.

::

    page/ -> Studio -> Line -> Worker | its process: painting_job, film_job -> files of the job
          <- Live: previews and losses of what is being made

``looks`` paints a photograph at once, ``room`` holds the limits, ``intake`` takes uploads,
``orders`` says what can be ordered, ``shelf`` finds the jobs again after a restart, ``downloads``
serves results, and ``job`` makes an error one line. Only the worker's process has torch.
``door/`` stands before whatever page there is.
"""
