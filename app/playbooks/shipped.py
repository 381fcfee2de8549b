"""Where the templates that ship with Tocsin lie."""

from pathlib import Path

from app.config import SHIPPED


def shipped() -> Path:
    """Return the folder `templates`."""
    return SHIPPED / "templates"
