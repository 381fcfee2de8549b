"""What shows that a system outside takes what we send, before an incident needs it."""

from dataclasses import dataclass

from app.outbox import Away, Doubtful, Later


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was looked at. It `says` what works, or what does not with the one thing to do.

    What works, and will not for ever, is `to_look_at`.
    """

    ok: bool
    says: str
    to_look_at: bool = False


def disproof(reason: str, mend: str) -> Proof:
    """Return that something does not work: why, and what to do."""
    return Proof(ok=False, says=f"{_sentence(reason)} {_sentence(mend)}")


def unheard(name: str, failed: Away | Doubtful | Later) -> Proof:
    """Return that a system takes nothing just now, whatever we would send."""
    if "See " in failed.reason or "TOCSIN_ALLOWED_HOSTS" in failed.reason:
        return Proof(ok=False, says=_sentence(failed.reason))
    return disproof(failed.reason, f"Look at the status page of {name}, and whether this machine reaches it")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
