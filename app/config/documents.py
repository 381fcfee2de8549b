"""The settings of where documents are kept."""

from app.config.section import Section


class Documents(Section):
    """Where postmortems are kept."""
