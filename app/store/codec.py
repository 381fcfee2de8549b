"""The domain's plain dataclasses as JSON text, and back.

The rule: what was written once can be read for ever. A field that the class no longer has is passed over, one that it
has gained takes its default; so a new field of an event, an effect, an incident or the rules needs a default, and a
class keeps its name: that is the `kind` it is stored under.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from app.domain.alerts import Proposal
from app.domain.effects import Effect
from app.domain.events import Event
from app.domain.incident import Incident
from app.domain.playbook import Rules

_encoder = msgspec.json.Encoder()
# Equal rules must make equal text, or their digests differ.
_rules_encoder = msgspec.json.Encoder(order="deterministic")

_events: dict[str, msgspec.json.Decoder[Event]] = {one.__name__: msgspec.json.Decoder(one) for one in get_args(Event)}
_effects: dict[str, msgspec.json.Decoder[Effect]] = {
    one.__name__: msgspec.json.Decoder(one) for one in get_args(Effect)
}
_incidents = msgspec.json.Decoder(Incident)
_rules = msgspec.json.Decoder(Rules)
_facts = msgspec.json.Decoder(dict[str, Any])
_timers = msgspec.json.Decoder(dict[str, datetime])
_proposals = msgspec.json.Decoder(Proposal)
_ids = msgspec.json.Decoder(tuple[str, ...])


def encode(value: Any) -> str:
    """Return `value` (a dataclass, or plain JSON) as JSON text."""
    return _encoder.encode(value).decode()


def kind(value: Event | Effect) -> str:
    """Return the name that `value` is stored under."""
    return type(value).__name__


def decode_event(kind: str, body: str) -> Event:
    """Return the event that was stored as `kind` and `body`; raises `KeyError` for a kind that there never was."""
    return _events[kind].decode(body)


def decode_effect(kind: str, body: str) -> Effect:
    """Return the effect that was stored as `kind` and `body`; raises `KeyError` for a kind that there never was."""
    return _effects[kind].decode(body)


def decode_incident(body: str) -> Incident:
    """Return the incident that was stored as `body`."""
    return _incidents.decode(body)


def encode_rules(rules: Rules) -> tuple[str, str]:
    """Return the digest of `rules` (SHA-256, hex) and their JSON text."""
    body = _rules_encoder.encode(rules)
    return hashlib.sha256(body).hexdigest(), body.decode()


def decode_rules(body: str) -> Rules:
    """Return the rules that were stored as `body`."""
    try:
        return _rules.decode(body)
    except msgspec.ValidationError:
        return msgspec.convert(_with_limits(_facts.decode(body)), Rules)


def _with_limits(rules: dict[str, Any]) -> dict[str, Any]:
    # Before business time could be told for them too, a rhythm of updates and the postmortem's time were durations.
    for severity in rules["severities"]:
        for name in ("update_every", "postmortem_within"):
            if isinstance(severity.get(name), str):
                severity[name] = {"after": severity[name]}
    return rules


def decode_facts(body: str) -> dict[str, Any]:
    """Return the plain JSON object that was stored as `body`."""
    return _facts.decode(body)


def decode_ids(body: str) -> tuple[str, ...]:
    """Return the Slack ids that were stored as `body`."""
    return _ids.decode(body)


def decode_timers(body: str) -> dict[str, datetime]:
    """Return the timers that were stored as `body`, each with the moment (UTC) at which it is due."""
    return {name: due_at.astimezone(UTC) for name, due_at in _timers.decode(body).items()}


def decode_proposal(body: str) -> Proposal:
    """Return the proposal that was stored as `body`."""
    return _proposals.decode(body)
