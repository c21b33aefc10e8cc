"""The page of the studio, built on Gradio.

``server`` serves it, ``guard`` closes Gradio's other addresses, ``page`` puts the tabs together:
``paint``, ``instant``, ``translate``, ``film``. ``job_view`` and ``showing`` show a job, ``strip``
all results; ``asking`` checks who asks; ``programs`` is the interface for programs. ``answers.js``
keeps answers in order in the browser.
"""
