"""Studies: one photograph painted in several ways, and a comparison of the results.

==============  ==================================================================
grid.py            what is varied (``--vary NAME=VALUE,VALUE``), and the resulting paintings
ready.py           READY: ready-made studies by name
course.py          three artworks and two parameters: what a course asks for
study_folder.py    the study's folder: which study it holds, which paintings are done
results.py         the finished paintings, read from their run folders; their table
contact_sheet.py   the labelled contact sheet
outcome.py         what a study produces: sheet, plot, table, page (page.html.j2)
hand_in.py         what a course hands in: plots, code (style_transfer.py.j2), zip
course_report.py   its report (report.md.j2): model, formulas, the student's own words
explained.py       why the losses did what they did, in three sentences a graph
==============  ==================================================================
"""
