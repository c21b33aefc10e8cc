"""What stands between the network and whatever page the studio has: ASGI, and no page's business.

``door`` checks every request; ``clients`` knows the names of the studio and its users; ``uploads``
takes files; ``asgi`` has limits for bodies.
"""
