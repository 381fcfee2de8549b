"""Private incidents: who may know of one, and what becomes of what the world would be told.

They have a channel of their own or none at all: nothing of them stands in the announce channel. Where no channel can
be made, each of their people is told in person what the room would have read.
"""

from collections.abc import Iterator, Sequence

from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident

IN_PUBLIC = (f.Announce, f.EditAnnouncement, f.NotifyChannel, f.PublishStatus)
OF_THE_ROOM = (f.PostCard, f.EditCard, f.SetTopic, f.Invite, f.PostChecklist, f.OfferRunbook)
"""What is made anew when the channel opens after all, or shown to whoever asks for it."""


def people(incident: Incident) -> tuple[str, ...]:
    """Return everybody whom it concerns: who declared it, was paged, has it, plays a role, or came with a duplicate."""
    involved = (
        incident.declared_by,
        incident.acknowledged_by,
        *incident.roles.values(),
        *incident.everybody_paged,
        *incident.joined,
    )
    return tuple(dict.fromkeys(member for member in involved if member))


def may_see(incident: Incident, member: str) -> bool:
    """Say whether `member` may know of it, as far as Tocsin itself knows; Slack knows who is in its channel besides."""
    return not incident.private or member in people(incident)


def in_private(effects: Sequence[f.Effect], event: e.Event, incident: Incident) -> list[f.Effect]:
    """Return the effects of a private incident: nothing in public, and in person where it has no room."""
    discreet = [effect for effect in effects if not _is_public(effect)]
    if incident.channel or incident.channel_refused is None:
        return discreet
    return list(dict.fromkeys(one for effect in discreet for one in _in_person(effect, event, incident)))


def _is_public(effect: f.Effect) -> bool:
    in_thread = isinstance(effect, f.Post) and effect.place is f.Place.ANNOUNCEMENT_THREAD
    return in_thread or isinstance(effect, IN_PUBLIC)


def _in_person(effect: f.Effect, event: e.Event, incident: Incident) -> Iterator[f.Effect]:
    if isinstance(effect, f.Post):
        # Whoever is paged reads it in the page.
        paged = event.members if isinstance(event, e.Paged) else ()
        yield from (f.Tell(one, effect.message) for one in people(incident) if one not in paged)
    elif isinstance(effect, f.PostPostmortem | f.PostScore):
        yield from (type(effect)(one) for one in people(incident))
    elif not isinstance(effect, OF_THE_ROOM):
        yield effect
