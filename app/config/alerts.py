"""The settings of what monitors send."""

from app.config.section import Section


class Alerts(Section):
    """Who may send alerts, and how they prove it."""
