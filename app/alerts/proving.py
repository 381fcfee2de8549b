"""How a sender proves that it is the one: by a signature over what it sends where it signs, by a token otherwise.

Everything here takes any bytes and never raises; secrets are compared in constant time. Each source may have two
secrets at once, so that one can take the other's place while alerts come in.

Grafana: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/#hmac-signature
PagerDuty: https://developer.pagerduty.com/docs/verifying-webhook-signatures
Anything else: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

WINDOW = timedelta(minutes=5)
"""How far the time that was signed may be from now."""
MOST_SIGNATURES = 10
LONGEST_ID = 256
TIMESTAMP = re.compile(r"[0-9]{1,12}")
ENCODED = "whsec_"
GRAFANA = "x-grafana-alerting-signature"
GRAFANA_TIME = "x-grafana-alerting-timestamp"
PAGERDUTY = "x-pagerduty-signature"
STANDARD = "webhook-signature"

Headers: TypeAlias = Mapping[str, str]
Secrets: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class Proof:
    """That the sender is the one. `once` names this very telling, where its time was signed: nobody repeats it."""

    once: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """How a sender signs: `header` tells that it did, `check` whether it is true. `now` is in seconds since 1970."""

    header: str
    check: Callable[[Headers, bytes, Secrets, float], Proof | None]


def holds_token(headers: Headers, secrets: Secrets) -> bool:
    """Say whether it came with a secret: as a bearer token, or as the password of basic authentication."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return _is_one_of(rest.strip(), secrets)
        case "basic":
            return _is_one_of(_password(rest.strip()), secrets)
        case _:
            return False


def by_grafana(headers: Headers, body: bytes, secrets: Secrets, now: float) -> Proof | None:
    """Check Grafana's signature: of the body, and of the time where it is set to send one."""
    told, stamp = headers.get(GRAFANA, ""), headers.get(GRAFANA_TIME, "")
    signed = f"{stamp}:".encode("latin-1") + body if stamp else body
    if not _is_one_of(told, [_hex(secret.encode(), signed) for secret in secrets]):
        return None
    # Without a time, a body word for word as one before brings nothing new: it says itself when its alerts began.
    return Proof(told) if not stamp or _is_recent(stamp, now) else None


def by_pagerduty(headers: Headers, body: bytes, secrets: Secrets, _: float) -> Proof | None:
    """Check PagerDuty's signatures: while its secret is being changed there are several. The body tells the time."""
    told = [one.strip() for one in headers.get(PAGERDUTY, "").split(",")[:MOST_SIGNATURES]]
    ours = ["v1=" + _hex(secret.encode(), body) for secret in secrets]
    return Proof() if any(_is_one_of(one, ours) for one in told) else None


def by_the_standard(headers: Headers, body: bytes, secrets: Secrets, now: float) -> Proof | None:
    """Check the signature of Standard Webhooks: of an id, a time and the body."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (name and len(name) <= LONGEST_ID and _is_recent(stamp, now)):
        return None
    signed = f"{name}.{stamp}.".encode("latin-1", "replace") + body
    ours = ["v1," + base64.b64encode(_sha256(_key(secret), signed)).decode() for secret in secrets]
    told = headers.get(STANDARD, "").split(" ")[:MOST_SIGNATURES]
    return Proof(name) if any(_is_one_of(one, ours) for one in told) else None


def _is_recent(stamp: str, now: float) -> bool:
    return bool(TIMESTAMP.fullmatch(stamp)) and abs(now - int(stamp)) <= WINDOW.total_seconds()


def _is_one_of(told: str, secrets: Iterable[str]) -> bool:
    said = told.encode("utf-8", "replace")
    return bool(told) and any(hmac.compare_digest(said, secret.encode()) for secret in secrets)


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _key(secret: str) -> bytes:
    if not secret.startswith(ENCODED):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(ENCODED))
    except (binascii.Error, ValueError):
        return secret.encode()


def _hex(key: bytes, signed: bytes) -> str:
    return _sha256(key, signed).hex()


def _sha256(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()
