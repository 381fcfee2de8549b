"""The settings of the tracker."""

from app.config.section import Section


class Tickets(Section):
    """Where tickets are opened."""
