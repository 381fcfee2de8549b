"""Whom we tell about what customers are told, and who is asked for the last word to them."""

from app.domain import effects as f
from app.domain.customers import is_awaited, speakers
from app.domain.incident import Incident
from app.domain.playbook import Playbook


def customers_told(playbook: Playbook) -> list[f.Effect]:
    """Return what a word to customers becomes: on the status page, where one is connected, and told in the room."""
    on_page: list[f.Effect] = [f.PublishStatus()] if f.Way.STATUS_PAGE in playbook.connected else []
    return [*on_page, f.Post("customers_told"), f.EditCard()]


def last_word(incident: Incident) -> list[f.Effect]:
    """Return what asks for the last word, where it is over and customers still wait for more."""
    return [f.Post("customers_wait", members=speakers(incident))] if is_awaited(incident.told) else []


def not_over(incident: Incident) -> list[f.Effect]:
    """Return what asks whether customers are told that it goes on, where they read that it is over."""
    over = incident.told is not None and not is_awaited(incident.told)
    return [f.Post("customers_read_over", members=speakers(incident))] if over else []
