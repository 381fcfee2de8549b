"""What becomes of each alert, in one transaction: where it counts, what is declared, what is suggested."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.alerts.declaring import declare_for
from app.alerts.known import Known, alert_key, group_key
from app.alerts.notice import OWN_PAGE, Notice
from app.alerts.proposing import Pages, alert_of, decided_of, pages_of, propose
from app.alerts.reopening import go_on, offer, was_just_closed
from app.alerts.suggest import suggest
from app.domain import alerting, hearing
from app.domain.alerts import SUGGEST_AGAIN, Deed, Proposal, Verdict
from app.domain.hearing import Heard, News, began_after
from app.domain.joining import home
from app.domain.playbook import Playbook
from app.store import KeptAlert, KeptGroup, Record, Transaction


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alert counts; nowhere, where nothing becomes of it."""

    incident_id: int | None = None
    suggestion_id: int | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Case:
    """An alert that begins to fire, with what the playbook has decided of it, and what came `together` with it."""

    notice: Notice
    together: Sequence[Notice]
    group: KeptGroup
    decided: Verdict
    pages: Pages
    heard_at: datetime


class Deciding:
    """Decides alert after alert, and tells people at the end how many there are."""

    def __init__(self, tx: Transaction, workspace: str, playbook: Playbook, now: datetime) -> None:
        self.playbook, self.now = playbook, now
        self.known = Known(tx, workspace, playbook, now)

    def take(self, notices: Sequence[Notice], heard_at: datetime) -> Counter[str]:
        """Decide what one request told, heard at that time; return in words what became of it."""
        self.known.read(notices)
        became: Counter[str] = Counter()
        for notice in notices:
            became[self._take(notice, notices, heard_at)] += 1
        return became

    def go_on(self, incident_id: int) -> None:
        """Declare anew what fires again after the end of an incident, if nobody has opened that again."""
        go_on(self.known, incident_id)

    def finish(self) -> None:
        """Write down what is known by now, and tell people."""
        self.known.write()

    def _take(self, notice: Notice, together: Sequence[Notice], heard_at: datetime) -> str:
        key, group = alert_key(notice), self.known.group(notice)
        if notice.rest:
            return self._end_rest(group, heard_at)
        before = self.known.alerts.get(key)
        if before is None and notice.paged and self.known.rung(notice.paged) is not None:
            return OWN_PAGE
        heard, news = _hear(before.heard if before else None, notice, heard_at)
        place = _place_of(before) if before else NOWHERE
        if news is News.REPEATED and self._is_anew(place, notice, heard_at):
            news = News.FIRES
        became = news.value
        if news is News.FIRES or (news is News.REPEATED and place == NOWHERE):
            decided = decided_of(notice, self.playbook)
            pages = pages_of(notice, decided, self.playbook)
            place, became = self._place(Case(notice, together, group, decided, pages, heard_at), news)
        elif news is News.OVER:
            self._note(place)
        placed = KeptAlert(key, group.key, notice.name, heard, place.incident_id, place.suggestion_id)
        if placed != before:
            self.known.put(placed)
        return became

    def _place(self, case: Case, news: News) -> tuple[Place, str]:
        if case.decided.deed is Deed.IGNORE:
            return NOWHERE, "ignored"
        last = self.known.incident(case.group.incident_id)
        if found := self._home(case, last):
            return self._attach(case, found)
        proposal = propose(case.notice, case.decided, case.pages, case.heard_at)
        match case.decided.deed:
            case Deed.ATTACH:
                return NOWHERE, "no open incident to attach it to"
            case Deed.SUGGEST:
                return Place(suggestion_id=suggest(self.known, proposal, case.group)), "suggested"
            case Deed.DECLARE if last and news is News.FIRES and was_just_closed(self.known, last):
                offer(self.known, last, proposal, case.group)
                return Place(incident_id=last.id), f"fires again after {last.incident.name} was closed"
            case _:
                return self._declare(case, proposal)

    def _home(self, case: Case, last: Record | None) -> Record | None:
        """Return the open incident in which an alert counts: that of its group, of its page, or one it is a sign of."""
        paged = (self.known.incident(self.known.rung(key)) for _, key in case.pages)
        for one in (last, *paged):
            if one and one.incident.is_open:
                return one
        return home(self.known.open, alert_of(case.notice), case.decided, self.now)

    def _declare(self, case: Case, proposal: Proposal) -> tuple[Place, str]:
        alike = list(self._alike(case))
        began = (one.starts_at for one, deed in alike if deed is Deed.DECLARE and not self._counted_before(one, case))
        proposal = replace(proposal, detected_at=min(alerting.detected(at, case.heard_at) for at in began))
        count = len({one.fingerprint for one, _ in alike})
        record = declare_for(self.known, proposal, (one.name for one, _ in alike), count, [case.group])
        if record is None:
            suggestion_id = suggest(self.known, replace(proposal, severity=None), case.group)
            return Place(suggestion_id=suggestion_id), "suggested instead of declared"
        return Place(incident_id=record.id), f"declared {record.incident.name}"

    def _alike(self, case: Case) -> Iterator[tuple[Notice, Deed]]:
        """Yield the alerts of one group that fire and came together, but for those that are ignored."""
        group = case.group.key
        for one in case.together:
            if one.firing and group_key(one) == group:
                deed = decided_of(one, self.playbook).deed
                if deed is not Deed.IGNORE:
                    yield one, deed

    def _counted_before(self, one: Notice, case: Case) -> bool:
        """Say whether another alert counts in an incident since earlier: it is not by it that this one is detected."""
        before = self.known.alerts.get(alert_key(one))
        return one is not case.notice and before is not None and before.incident_id is not None

    def _attach(self, case: Case, record: Record) -> tuple[Place, str]:
        if case.group.incident_id != record.id or case.group.again_at:
            self.known.move(case.group, record)
        self.known.ring(record, (key for _, key in case.pages))
        declares = case.decided if case.decided.deed is Deed.DECLARE else None
        self.known.touch(record.id).add(record, case.notice, declares, case.pages)
        return Place(incident_id=record.id), f"attached to {record.incident.name}"

    def _is_anew(self, place: Place, notice: Notice, heard_at: datetime) -> bool:
        """Say whether an alert that was thought to fire all along began again after that in which it counts was over.

        Its end was never told, or got lost.
        """
        if record := self.known.incident(place.incident_id):
            closed_at = None if record.incident.is_open else record.incident.closed_at
            return closed_at is not None and began_after(closed_at, notice.starts_at, heard_at)
        suggestion = self.known.suggestion(place.suggestion_id)
        if suggestion is None or suggestion.changed_at > self.now - SUGGEST_AGAIN:
            return False
        return began_after(suggestion.changed_at, notice.starts_at, heard_at)

    def _end_rest(self, group: KeptGroup, heard_at: datetime) -> str:
        """Take for over what is left of a group whose monitor says that all of it is, and does not name each."""
        for one in self.known.firing_in(group):
            heard, news = hearing.ends(one.heard, None, None, heard_at)
            if news is News.OVER:
                self._note(_place_of(one))
                self.known.put(replace(one, heard=heard))
        return "over with its group"

    def _note(self, place: Place) -> None:
        if place.incident_id is not None:
            self.known.touch(place.incident_id)
        elif place.suggestion_id is not None:
            self.known.suggested_for.add(place.suggestion_id)


def _place_of(alert: KeptAlert) -> Place:
    return Place(alert.incident_id, alert.suggestion_id)


def _hear(before: Heard | None, notice: Notice, heard_at: datetime) -> tuple[Heard, News]:
    if notice.firing:
        return hearing.fires(before, notice.starts_at, heard_at)
    return hearing.ends(before, notice.starts_at, notice.ends_at, heard_at)
