"""`/incident playbook adopt`: what a changed playbook would change in an open incident, and letting it."""

from app.domain import commands as c
from app.domain.adopting import check_adoptable
from app.domain.differences import differences
from app.domain.errors import Rejected
from app.domain.playbook import Rules
from app.slack.blocks import adopting
from app.slack.listeners import acting, asking, opening
from app.slack.listeners.answer import Answer, Replace, Say
from app.slack.listeners.asking import Asked
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import ChangedAgain, Refused
from app.slack.requests import Request
from app.store.codec import encode_rules

SHORT = 12


async def preview(asked: Asked) -> Answer:
    """Show what the playbook as it is now would change, with the button that lets it."""
    opening.check(asked)
    record, rules = asked.record, asked.edge.playbook.rules
    try:
        check_adoptable(record.incident, record.rules, rules)
    except Rejected as rejected:
        raise Refused(rejected, record) from rejected
    return Say(adopting.preview(record, differences(record.rules, rules), _version(rules)))


async def confirm(edge: Edge, request: Request) -> Answer:
    """Adopt what was shown; the button carries the incident, and which version of the playbook that was."""
    value, _, shown = request.value.partition(":")
    asked, rules = await asking.carried(edge, request, value), edge.playbook.rules
    if shown != _version(rules):
        raise Refused(ChangedAgain(), asked.record)
    handled = await acting.act(asked, c.AdoptRules(asked.by, rules))
    return Replace(adopting.adopted(handled.record)) if request.private else Say(adopting.adopted(handled.record))


def _version(rules: Rules) -> str:
    digest, _ = encode_rules(rules)
    return digest[:SHORT]
