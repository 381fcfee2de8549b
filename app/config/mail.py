"""The settings of e-mail."""

from app.config.section import Section


class Mail(Section):
    """How mail is sent."""
