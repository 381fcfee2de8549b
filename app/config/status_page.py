"""The settings of the status pages."""

from app.config.section import Section


class StatusPage(Section):
    """Where customers read how it stands."""
