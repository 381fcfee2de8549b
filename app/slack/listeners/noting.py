"""A message becomes part of the timeline: by the :pushpin: reaction, or by the shortcut "Add to timeline"."""

from app.slack.blocks import answers
from app.slack.listeners import citing
from app.slack.listeners.answer import Answer, Nothing, Say
from app.slack.listeners.citing import Cited
from app.slack.listeners.confirmations import confirmed
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import MessageUnread, NotInARoom
from app.slack.requests import Request
from app.slack.text import MEMBER, sentence
from app.store import Record, Transaction

PUSHPIN = "pushpin"


async def pinned(edge: Edge, request: Request) -> Answer:
    """Add the message that somebody put a pushpin on, if it stands in the room of an incident."""
    channel, ts = request.channel, request.message_ts
    if request.value != PUSHPIN or not channel or not ts:
        return Nothing()
    if not await edge.store.run(lambda tx: _may_be_room(tx, edge.workspace, channel)):
        return Nothing()
    said = await citing.read(edge, channel, ts)
    if said is None:
        return Say(answers.refusal(sentence(MessageUnread())))
    record = await _room(edge, said)
    if record:
        await edge.handler(edge.workspace, record.id, await said.note(edge, request.user), request.receipt)
    return Nothing()


async def add(edge: Edge, request: Request) -> Answer:
    """Add the message that the shortcut was used on, and say so."""
    author = request.author if MEMBER.fullmatch(request.author) else None
    said = Cited(request.channel or "", request.message_ts or "", request.text, author, request.thread_ts)
    record = await _room(edge, said)
    if record is None or not said.ts:
        raise NotInARoom
    command = await said.note(edge, request.user)
    handled = await edge.handler(edge.workspace, record.id, command, request.receipt)
    return Say(confirmed(handled.record, command))


async def _room(edge: Edge, said: Cited) -> Record | None:
    def find(tx: Transaction) -> Record | None:
        here = tx.by_room(edge.workspace, said.channel)
        return here or tx.by_room(edge.workspace, said.channel, said.thread_ts or said.ts)

    return await edge.store.run(find)


def _may_be_room(tx: Transaction, workspace: str, channel: str) -> bool:
    # Slack tells of every reaction in every channel that Tocsin is in: few are worth reading a message for.
    if tx.by_room(workspace, channel):
        return True
    announced = (record.incident.announcement for record in tx.open_records(workspace) if record.incident.in_thread)
    return any(one is not None and one.channel == channel for one in announced)
