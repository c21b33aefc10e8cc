"""What stands between the network and whatever page the studio has: ASGI, and no page's business.

==============  =========================================================================
door.py         all of it, one behind the other
asgi.py         types, headers, and refusals of one line
answers.py      every answer: what browsers may load, and no folder of this machine
hosts.py        under which names the studio answers, and to whose pages
bodies.py       JSON: small, whole, of the right kind, and its files are uploads
places.py       files by names that tell nothing of this machine
uploads.py      uploads: within a quota, private, under names nobody can guess
logins.py       users from a file, and wrong passwords slowed down
patience.py     bodies that do not come on are dropped
==============  =========================================================================
"""
