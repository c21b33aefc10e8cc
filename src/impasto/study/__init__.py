"""One photograph painted in several ways, and what can be learned from it.

==============  ==================================================================
grid.py         what is varied (``--vary NAME=VALUE,VALUE``), and the paintings of it
ready.py        READY: ready-made studies by name
course.py       three artworks and two parameters: what a course asks for
folder.py       the study's folder: whose it is, what of it is done
results.py      the finished paintings, read from their run folders; their table
sheet.py        the labelled contact sheet
outcome.py      what a study leaves: sheet, plot, table, page (page.html.j2)
hand_in.py      what a course leaves: plots, report (report.md.j2), zip
==============  ==================================================================
"""
