"""The page of the studio, built on Gradio.

==============  =========================================================================
server.py       the page on an address, until Ctrl-C
connection.py   requests whose head does not come on are dropped
guard.py        the addresses of the page, and what Gradio takes for granted
page.py         the tabs put together
theme.py        colors, letters and the style sheet studio.css
asking.py       who asks, errors as one line, uploads as they arrive
paint.py        the tab Paint: what is painted
easel.py        its other half: what can be seen and steered while it is painted
watching.py     a job as a tab follows it: looks, words, buttons
answers.js      in the browser: answers in order, errors as a line
showing.py      a job as the easel shows it
strip.py        the strip of all results
instant.py      the tab Instant
pad.py          the pad that blends two styles
translate.py    the tab Translate
film.py         the tab Video
programs.py     the interface for programs
==============  =========================================================================
"""
