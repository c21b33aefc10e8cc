"""What stands between the network and whatever page the studio has: ASGI, and no page's business.

``door`` is all of it, one behind the other; ``clients`` knows names of the studio and users;
``uploads`` takes JSON and files; ``hidden_paths`` gives files names that hide their folders.
"""
