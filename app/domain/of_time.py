"""Whom we tell when time alone brings something about."""

from typing import assert_never

from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident
from app.domain.whom import authors, concerned, leaders


def of_time(event: e.OfTime, incident: Incident) -> list[f.Effect]:
    """Return what the world must be told about `event`."""
    match event:
        case e.Nudged(late=late, members=members):
            return [*unless(late, f.Post("nudge", members=members)), f.EditCard()]
        case e.CustomersAsked(late=late, members=members):
            return unless(late, f.Post("customers_asked", members=members))
        case e.LimitWarned(late=late, limit=limit):
            return unless(late, f.Post("limit_warned", members=concerned(limit, incident)))
        case e.LimitBroken(late=late, limit=limit):
            return [*unless(late, f.Post("limit_broken", members=concerned(limit, incident))), f.EditCard()]
        case e.Injected():
            return [f.Post("injected")]
        case e.CaughtUp():
            return [f.Post("caught_up", members=leaders(incident))]
        case e.PostmortemReminded(late=late):
            return unless(late, f.Post("postmortem_reminder", members=authors(incident)))
        case e.MilestoneMissed(late=late):
            return [*unless(late, f.Post("milestone_missed", members=leaders(incident))), f.EditCard()]
        case e.MonitoringOver(late=late):
            return unless(late, f.Post("monitoring_over", members=leaders(incident)))
        case e.FollowUpDue():
            return [f.Post("follow_up_due", members=authors(incident))]
        case e.DraftDue(late=late):
            return unless(late, f.Post("draft_due", members=authors(incident)))
        case _:
            assert_never(event)


def unless(late: bool, *effects: f.Effect) -> list[f.Effect]:  # noqa: FBT001 -- reads as a sentence
    """Return `effects`, or nothing where it is too late for them."""
    # On the way back from downtime one message, `caught_up`, tells everything.
    return [] if late else list(effects)
