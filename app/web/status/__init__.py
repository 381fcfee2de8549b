"""Tocsin's own status page at /status: what customers were told, and nothing else. It asks nobody who they are.

board.py    what stands on it, from what customers were told
pages.py    the page and its feed, as bytes
kept.py     what is served, from memory
routes.py   the addresses
"""

from app.web.status.routes import status_page

__all__ = ["status_page"]
