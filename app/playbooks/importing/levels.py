"""The severities of a document as a playbook writes them."""

import re
from typing import Any

from app.playbooks.importing.columns import report_unread
from app.playbooks.importing.draft import Draft, one_line, sentence, word
from app.playbooks.importing.gathering import gather
from app.playbooks.importing.severities import THRESHOLD, Severity, emoji, severities

ASKED = ("acknowledge_within", "resolve_within", "update_every", "postmortem_within", "monitor_for")
STANDARD: tuple[dict[str, Any], ...] = (
    {
        "id": "SEV1",
        "name": "Critical",
        "means": "Everybody is affected, or data or money is being lost",
        "acknowledge_within": "5m",
        "resolve_within": "1h",
        "update_every": "15m",
        "postmortem_within": "72h",
    },
    {
        "id": "SEV2",
        "name": "High",
        "means": "An important part is broken or slow for many people",
        "acknowledge_within": "15m",
        "resolve_within": "4h",
        "update_every": "30m",
        "postmortem_within": "72h",
    },
    {
        "id": "SEV3",
        "name": "Medium",
        "means": "A minor part is broken, or there is a way around it",
        "acknowledge_within": "1h",
        "resolve_within": "24h",
        "update_every": "2h",
    },
    {
        "id": "SEV4",
        "name": "Low",
        "means": "A blemish that stops nobody from working",
        "acknowledge_within": "end of next business day",
    },
)
"""What a playbook begins with whose document knows no severities: those of Tocsin's own."""
POINTS = ("next", "end")


def recognise(draft: Draft) -> None:
    """Find the severities, and what is asked for each."""
    draft.severities = severities(gather(draft.root))
    draft.data["severities"] = []
    for place, severity in enumerate(draft.severities):
        _write(draft, place, severity)
    report_unread(draft)
    if not draft.severities:
        draft.severities = [Severity(("SEV", one["id"][-1]), one["id"], 0, one["name"]) for one in STANDARD]
        draft.data["severities"] = [one | {"emoji": emoji(place, len(STANDARD))} for place, one in enumerate(STANDARD)]
        draft.guess(("severities",), "no severities were recognised in the document, so these are Tocsin's own")


def _write(draft: Draft, place: int, severity: Severity) -> None:
    one: dict[str, Any] = {
        "id": severity.id,
        "name": word(severity.name),
        "emoji": emoji(place, len(draft.severities)),
        "means": one_line(sentence(severity.means)),
    }
    path = ("severities", place)
    if severity.name_is_guessed:
        draft.guess((*path, "name"), "the document does not name it", severity.line, f"name of {severity.id}")
    examples = [one_line(sentence(text)) for text in severity.examples if re.search(r"\w", text)]
    if examples:
        one["examples"] = examples[:20]
    if measured := [one_line(text) for text in severity.thresholds] or [
        text for text in examples if THRESHOLD.search(text)
    ]:
        one["thresholds"] = measured[:20]
    if severity.is_ticket:
        one |= {"own_channel": False, "ticket": True}
        draft.guess(
            (*path, "ticket"), "the document sends it to a queue of tickets", severity.line, f"{severity.id} ticket"
        )
    for ask in ASKED:
        promise = severity.promises.get(ask)
        if promise is None or (ask == "monitor_for" and promise.written.startswith(POINTS)):
            continue
        one[ask] = promise.written
        if promise.guess:
            draft.guess((*path, ask), promise.guess, promise.line, f"{severity.id} {ask} {promise.written}")
        else:
            draft.understood(promise.line, f"{severity.id} {ask} {promise.written}")
    draft.understood(severity.line, f"{severity.id} {severity.name}")
    draft.data["severities"].append(one)
