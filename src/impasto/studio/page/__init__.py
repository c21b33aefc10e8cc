"""The page of the studio, and the interface for programs.

``server`` serves it, ``app`` has the addresses, ``api`` what they do, ``facts`` what they tell of a
job. ``static/`` is what the browser gets: plain modules and one style sheet, as they are.
"""
