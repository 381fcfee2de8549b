"""The settings of the call that people join."""

from app.config.section import Section


class Bridge(Section):
    """Where people talk."""
