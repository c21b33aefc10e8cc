"""One photograph painted in several ways, and what can be learned from it.

==============  ==========================================================
grid.py         Axis, Cell, Study: what is varied, and the paintings of it
values.py       --vary NAME=VALUE,VALUE as values of options
ready.py        READY: ready-made studies by name
record.py       the study's folder: whose it is, what of it is done
results.py      what has come of it, from the run folders
table.py        numbers as CSV
layout.py       where everything stands on a labelled page
sheet.py        the page drawn
page.py         all of it as one HTML file
outcome.py      all of these written
course.py       three artworks and two parameters: what a course asks for
report.py       the text about them
handin.py       the zip of it all
==============  ==========================================================
"""
