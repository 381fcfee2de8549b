"""What becomes of each alert, in one transaction: where it counts, what is declared, what is suggested."""

import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.alerts.known import Known, alert_key
from app.alerts.notice import Notice
from app.alerts.telling import Touched, tell, tell_suggestion
from app.domain import alerting, hearing
from app.domain import commands as c
from app.domain.alerts import Alert, Deed, Proposal, Tally, Verdict, services, verdict
from app.domain.effects import Way
from app.domain.errors import Rejected
from app.domain.hearing import Heard, News
from app.domain.joining import is_home, storms
from app.domain.playbook import Playbook
from app.handle import declare, handle
from app.store import KeptAlert, KeptGroup, Record, Suggestion, SuggestionState, Transaction, codec

log = logging.getLogger(__name__)

REOPEN_WITHIN = timedelta(minutes=15)
"""An alert that fires again so soon after the end is most likely the same incident."""
ANSWER_WITHIN = timedelta(minutes=5)
"""By then somebody has opened it again, or a new incident is declared."""
SUGGEST_AGAIN = timedelta(hours=1)
"""For so long, alerts of a group whose suggestion stands in Slack only bring that up to date."""
MOST_SUGGESTED = 5
SUGGESTED_IN = timedelta(minutes=10)
"""So many suggestions one monitor makes in that time; what more it tells comes into the newest of them."""
LONGEST_TITLE = 140


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alert counts; nowhere, where nothing becomes of it."""

    incident_id: int | None = None
    suggestion_id: int | None = None


NOWHERE = Place()


class Deciding:
    """Decides alert after alert, and tells people at the end how many there are."""

    def __init__(self, tx: Transaction, workspace: str, playbook: Playbook, now: datetime) -> None:
        self.tx, self.workspace, self.playbook, self.now = tx, workspace, playbook, now
        self.known = Known(tx, workspace, now)
        self._touched: dict[int, Touched] = {}
        self._suggestions: dict[int, bool] = {}

    def take(self, notices: Sequence[Notice], heard_at: datetime) -> Counter[str]:
        """Decide what one request told, heard at that time; return in words what became of it."""
        self.known.read(notices)
        became: Counter[str] = Counter()
        for notice in notices:
            became[self._take(notice, notices, heard_at)] += 1
        return became

    def finish(self) -> None:
        """Write down what is known by now, and tell people."""
        self.known.write()
        for incident_id, touched in self._touched.items():
            tell(self.tx, incident_id, self.playbook, self.now, touched)
        for suggestion_id in self._suggestions:
            tell_suggestion(self.tx, suggestion_id, self.now)

    def declare_again(self, group: KeptGroup) -> None:
        """Declare what a group proposes whose incident nobody has opened again, if it still fires."""
        last = self.known.incident(group.incident_id)
        firing = self.tx.firing_alerts(self.workspace, group.key)
        self.known.put_group(replace(group, again_at=None, proposal=None))
        if group.proposal is None or not firing or (last and last.incident.is_open):
            return
        names = tuple(dict.fromkeys(one.name for one in firing))
        record = self._declare(group.proposal, names, len(firing), group)
        for one in firing:
            self.known.put(replace(one, incident_id=record.id))

    def _take(self, notice: Notice, together: Sequence[Notice], heard_at: datetime) -> str:
        key, group = alert_key(notice), self.known.group(notice)
        before = self.known.alerts.get(key)
        if before is None and self._is_of_a_known_page(notice):
            return "of a page that is known here"
        heard, news = _hear(before.heard if before else None, notice, heard_at)
        place = Place(before.incident_id, before.suggestion_id) if before else NOWHERE
        became = news.value
        if news is News.FIRES or (news is News.REPEATED and place == NOWHERE):
            place, became = self._place(notice, together, group, news)
        elif news is News.OVER:
            self._note(place)
        placed = KeptAlert(key, group.key, notice.name, heard, place.incident_id, place.suggestion_id)
        if placed != before:
            self.known.put(placed)
        return became

    def _place(self, notice: Notice, together: Sequence[Notice], group: KeptGroup, news: News) -> tuple[Place, str]:
        alert = Alert(notice.source, notice.name, notice.severity, notice.labels, notice.services)
        decided = verdict(alert, self.playbook.alerts, self.playbook.runbooks)
        last = self.known.incident(group.incident_id)
        if home := self._home(last, alert, decided):
            return self._attach(home, notice, decided, group)
        match decided.deed:
            case Deed.IGNORE:
                return NOWHERE, "ignored"
            case Deed.ATTACH:
                return NOWHERE, "no open incident to attach it to"
            case Deed.SUGGEST:
                return self._suggest(self._proposal(notice, alert, decided), group)
            case Deed.DECLARE:
                proposal = self._proposal(notice, alert, decided)
                if last and news is News.FIRES and self._was_just_closed(last):
                    return self._offer(last, proposal, group)
                return self._declare_first(proposal, notice, together, group)

    def _home(self, last: Record | None, alert: Alert, decided: Verdict) -> Record | None:
        """Return the open incident in which an alert counts: that of its group, or one that it is a sign of."""
        if last and last.incident.is_open:
            return last
        if decided.deed is Deed.IGNORE:
            return None
        signs = (one for one in self.known.open if is_home(one.incident, one.rules, alert, decided))
        if home := next(signs, None):
            return home
        storm = storms([one.incident for one in self.known.open], alert.source, self.now)
        return self.known.open[storm[0]] if storm and decided.deed is Deed.DECLARE else None

    def _declare_first(
        self, proposal: Proposal, notice: Notice, together: Sequence[Notice], group: KeptGroup
    ) -> tuple[Place, str]:
        alike = [one for one in together if one.firing and one.group == notice.group]
        first = min((one.starts_at for one in alike if one.starts_at), default=None)
        proposal = replace(proposal, detected_at=alerting.detected(first, self.now))
        names = tuple(dict.fromkeys(one.name for one in alike))
        try:
            record = self._declare(proposal, names, len({one.fingerprint for one in alike}), group)
        except Rejected as rejected:
            log.warning("an alert declares nothing: %s", rejected)
            return NOWHERE, f"not declared: {rejected}"
        return Place(incident_id=record.id), f"declared {record.incident.name}"

    def _declare(self, proposal: Proposal, names: tuple[str, ...], count: int, group: KeptGroup) -> Record:
        tally = Tally(proposal.source, names, count, count, proposal.url, told=1)
        command = replace(declaration(proposal, tally, self.now), by=None, paged=proposal.paged)
        record = declare(self.tx, self.workspace, command, self.playbook, self.now).record
        self.known.add_open(record)
        self.known.move(group, record)
        self._touched[record.id] = Touched()
        return record

    def _attach(self, record: Record, notice: Notice, decided: Verdict, group: KeptGroup) -> tuple[Place, str]:
        if group.incident_id != record.id or group.again_at:
            self.known.move(group, record)
        touched = self._touched.setdefault(record.id, Touched())
        declares = decided.deed is Deed.DECLARE
        touched.add(record, notice, decided if declares else None, self._paged(notice, decided))
        return Place(incident_id=record.id), f"attached to {record.incident.name}"

    def _offer(self, last: Record, proposal: Proposal, group: KeptGroup) -> tuple[Place, str]:
        if group.again_at is None:
            again_at = self.now + ANSWER_WITHIN
            self.known.put_group(replace(group, again_at=again_at, proposal=proposal))
            handle(self.tx, last.id, c.FireAgain((proposal.name,), again_at), self.playbook, self.now)
        return Place(incident_id=last.id), f"fires again after {last.incident.name} was closed"

    def _suggest(self, proposal: Proposal, group: KeptGroup) -> tuple[Place, str]:
        standing = self.known.suggestion(group.suggestion_id)
        if standing is None or standing.changed_at < self.now - SUGGEST_AGAIN or standing.incident_id:
            standing = self._join(proposal)
        if standing is None:
            made = self.tx.add_suggestion(self.workspace, secrets.token_hex(8), proposal, self.now)
            self.known.suggest(made)
        else:
            made = standing.id
            if standing.state is SuggestionState.OVER:
                self.tx.change_suggestion(made, self.now, state=SuggestionState.OPEN.value)
                self.known.change_suggestion(replace(standing, state=SuggestionState.OPEN))
        if group.suggestion_id != made:
            self.known.put_group(replace(group, suggestion_id=made))
        self._suggestions[made] = True
        return Place(suggestion_id=made), "suggested"

    def _join(self, proposal: Proposal) -> Suggestion | None:
        """Let an alert come into the newest suggestion that nobody has answered, where there are many of late."""
        newest = self.known.suggested(proposal.source, self.now - SUGGESTED_IN)
        unanswered = (one for one in newest if one.state in (SuggestionState.OPEN, SuggestionState.OVER))
        found = next(unanswered, None) if len(newest) >= MOST_SUGGESTED else None
        whole = found.proposal.joined(proposal) if found else None
        if found is None or whole is None or whole == found.proposal:
            return found
        self.tx.change_suggestion(found.id, self.now, proposal=codec.encode(whole))
        joined = replace(found, proposal=whole)
        self.known.change_suggestion(joined)
        return joined

    def _note(self, place: Place) -> None:
        if place.incident_id is not None:
            self._touched.setdefault(place.incident_id, Touched())
        elif place.suggestion_id is not None:
            self._suggestions[place.suggestion_id] = True

    def _was_just_closed(self, last: Record) -> bool:
        closed_at = last.incident.closed_at
        return closed_at is not None and closed_at > self.now - REOPEN_WITHIN

    def _is_of_a_known_page(self, notice: Notice) -> bool:
        return bool(notice.paged) and self.tx.rung(notice.paged) is not None

    def _proposal(self, notice: Notice, alert: Alert, decided: Verdict) -> Proposal:
        return Proposal(
            title=_title(notice),
            source=notice.source,
            name=notice.name,
            severity=decided.severity,
            services=decided.services or services(alert),
            tags=decided.tags,
            runbook=decided.runbook or "",
            summary=notice.summary,
            url=notice.url,
            detected_at=alerting.detected(notice.starts_at, self.now),
            channel=decided.channel,
            paged=self._paged(notice, decided),
        )

    def _paged(self, notice: Notice, decided: Verdict) -> tuple[tuple[str, str], ...]:
        key = notice.paged or (notice.pages_as if decided.paged_by else "")
        way = Way.OPSGENIE if notice.source == "opsgenie" else Way.PAGERDUTY
        return ((way.value, key),) if key and way in self.playbook.connected else ()


def declaration(proposal: Proposal, tally: Tally, now: datetime) -> c.Declare:
    """Return the declaration that `proposal` proposes, with its alerts as they are counted by now."""
    return c.Declare(
        by=None,
        title=proposal.whole_title,
        severity=proposal.severity or "",
        services=", ".join(proposal.services),
        tags=proposal.tags,
        detected_at=alerting.detected(proposal.detected_at, now),
        runbook=proposal.runbook,
        alerts=tally,
    )


def _hear(before: Heard | None, notice: Notice, heard_at: datetime) -> tuple[Heard, News]:
    if notice.firing:
        return hearing.fires(before, notice.starts_at, heard_at)
    return hearing.ends(before, notice.starts_at, notice.ends_at, heard_at)


def _title(notice: Notice) -> str:
    """Return the title of an incident: what the alert is called, and what its monitor says of it."""
    said = " ".join(notice.summary.split())
    whole = f"{notice.name}: {said}" if said and said != notice.name else notice.name
    return whole if len(whole) <= LONGEST_TITLE else f"{whole[: LONGEST_TITLE - 1].rstrip()}…"
