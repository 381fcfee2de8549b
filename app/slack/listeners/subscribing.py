"""`/incident subscribe`, `unsubscribe` and `subscriptions`: of which incidents one is told by direct message."""

import re
from collections.abc import Callable, Iterable, Iterator

from app.domain.asked import known_severity
from app.domain.playbook import Playbook
from app.domain.subscribing import LONGEST_VALUE, Subject, Subscription, check_room
from app.handle import AnsweredBefore
from app.slack.blocks import subscriptions as blocks
from app.slack.listeners.answer import Answer, Open, Replace, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import SEVERITY, Phrase, one_of, split_word
from app.slack.listeners.refusals import NothingNamed, Outdated
from app.slack.requests import Request
from app.slack.text import Message, clean, one_line
from app.store import Transaction

KINDS = {subject.value: subject for subject in Subject if subject is not Subject.ALL} | {
    "severities": Subject.SEVERITY,
    "services": Subject.SERVICE,
    "tags": Subject.TAG,
}
BETWEEN = re.compile(r"[,;\n]")

Alter = Callable[[Transaction, Subscription], None]


async def subscribe(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Subscribe to what was typed: severities, services, tags; to all incidents where nothing was."""

    def alter(tx: Transaction, wanted: Subscription) -> None:
        check_room(wanted, tx.subscriptions(edge.workspace))
        tx.subscribe(edge.workspace, wanted, edge.now())

    named = list(_named(phrase.written, request.user, edge.playbook)) or [Subscription(request.user)]
    for one in named:
        if one.subject is Subject.SEVERITY:
            known_severity(one.value, edge.playbook.rules)
    return Say(await _altered(edge, request, named, alter))


async def unsubscribe(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Let go of what was typed; of everything where nothing was."""
    named = list(_named(phrase.written, request.user, edge.playbook))
    alter: Alter = _let_go(edge) if named else _let_go_wholly(edge)
    return Say(await _altered(edge, request, named or [Subscription(request.user)], alter))


async def listed(edge: Edge, request: Request, _phrase: Phrase) -> Answer:
    """Show what one is subscribed to."""
    return Say(blocks.subscriptions(await _own(edge, request.user)))


async def press_list(edge: Edge, request: Request) -> Answer:
    """Show the same over the Home tab."""
    return Open(blocks.in_dialog(await _own(edge, request.user)))


async def press_stop(edge: Edge, request: Request) -> Answer:
    """Let go of the one that the button carries, as `subject:value`."""
    subject, _, value = request.value.partition(":")
    if subject not in list(Subject):
        raise Outdated
    named = Subscription(request.user, Subject(subject), value)
    message = await _altered(edge, request, [named], _let_go(edge))
    return Replace(message) if request.private else Say(message)


def _let_go(edge: Edge) -> Alter:
    return lambda tx, unwanted: tx.unsubscribe(edge.workspace, unwanted)


def _let_go_wholly(edge: Edge) -> Alter:
    return lambda tx, unwanted: tx.unsubscribe_wholly(edge.workspace, unwanted.member)


async def _own(edge: Edge, member: str) -> list[Subscription]:
    return _of(member, await edge.store.run(lambda tx: tx.subscriptions(edge.workspace)))


def _of(member: str, known: Iterable[Subscription]) -> list[Subscription]:
    return [one for one in known if one.member == member]


async def _altered(edge: Edge, request: Request, named: list[Subscription], alter: Alter) -> Message:
    def work(tx: Transaction) -> tuple[list[Subscription], list[Subscription]]:
        if request.receipt:
            if tx.receipt(edge.workspace, request.receipt):
                # An old copy must not undo what was said since.
                raise AnsweredBefore
            tx.keep_receipt(edge.workspace, request.receipt, None, edge.now())
        before = _of(request.user, tx.subscriptions(edge.workspace))
        for one in named:
            alter(tx, one)
        return before, _of(request.user, tx.subscriptions(edge.workspace))

    before, own = await edge.store.run(work)
    return blocks.subscriptions(own, [one for one in named if one not in (*before, *own)] if before == own else [])


def _named(text: str, member: str, playbook: Playbook) -> Iterator[Subscription]:
    """Yield what a text names, between its commas: `SEV1`, `data-loss`, `payments`, or with the kind before it."""
    if not text or text.casefold() in (Subject.ALL, "everything"):
        return
    for part in BETWEEN.split(text):
        kind, rest = split_word(part)
        subject = KINDS.get(kind.casefold())
        words = one_line(clean(rest if subject else part))
        if not words or len(words) > LONGEST_VALUE:
            raise NothingNamed(longest=LONGEST_VALUE)
        yield _one(words, subject, member, playbook)


def _one(words: str, subject: Subject | None, member: str, playbook: Playbook) -> Subscription:
    severities = [one.id for one in playbook.rules.severities]
    severity, tag = one_of(words, severities), one_of(words, playbook.tags)
    looks_like_one = severity or (SEVERITY.fullmatch(words) and not tag)
    if subject is Subject.SEVERITY or (subject is None and looks_like_one):
        return Subscription(member, Subject.SEVERITY, severity or words)
    if subject is Subject.TAG or (subject is None and tag):
        return Subscription(member, Subject.TAG, tag or words.lower())
    return Subscription(member, Subject.SERVICE, words)
