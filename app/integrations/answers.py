"""What the answer of a system outside means for a delivery, the same for all of them.

2xx is good. 429 and 408 ask for a pause. 5xx leaves open whether it was done. 401 and 403 mean that nothing will go
through until somebody looks at the settings, so that all waits meanwhile; a web page means the same, since it is most
often a login, and so does an address that leads to another one. Whatever else is refused stays refused.
"""

import re
from collections.abc import Awaitable, Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from app.line import Answer, Json, Unanswered, Unreachable, mappings, one_line
from app.outbox import Away, Dead, Doubtful, Failed, Later

LONGEST_REASON = 300
SHORTEST_SECRET = 8
ASKS_FOR_A_PAUSE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
REFUSES_US = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
SAID_IN = ("message", "error", "errors", "errorMessages", "title", "detail", "reason")
"""Where vendors say in words what is wrong."""
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class OtherSide:
    """One system outside, as people call it; `setting` is where to look when it refuses us.

    `secrets` are what we send, taken out of what it says. `address` is the setting that holds its address, where that
    is another.
    """

    name: str
    setting: str
    secrets: tuple[SecretStr, ...] = ()
    address: str = ""

    async def hear(
        self,
        asking: Awaitable[Answer],
        what: str,
        *,
        also: Collection[int] = (),
        refuses_us: Collection[int] = REFUSES_US,
    ) -> Answer | Failed:
        """Return the answer if it is good, or has a status of `also`; else what that means for a delivery.

        `what` was wanted, in words. Where a 403 is about one thing and not about us, leave it out of `refuses_us`.
        """
        try:
            answer = await asking
        except Unreachable as error:
            return Away(f"{self.name} cannot be reached: {error}")
        except Unanswered:
            return Doubtful(f"{self.name} did not answer")
        if (answer.is_good and not answer.is_web_page) or answer.status in also:
            return answer
        return self.refusal(answer, what, refuses_us)

    def found(self, answer: Answer, name: str = "") -> list[Json] | Doubtful:
        """Return the objects that a look-up found: of the list called `name`, or of the whole answer.

        An answer that holds no list, a page of HTML or one that is cut off, does not say that nothing is there.
        """
        listed = answer.read().get(name) if name else answer.json()
        if not isinstance(listed, list):
            return Doubtful(f"{self.name} answered in a way that says nothing")
        return mappings(listed)

    def refusal(self, answer: Answer, what: str, refuses_us: Collection[int] = REFUSES_US) -> Failed:
        """Return what an answer that is not good means for a delivery that wanted `what`."""
        if answer.leads_elsewhere:
            return Away(self.leads_elsewhere(answer))
        if answer.is_good:
            # Whoever is shown a login is not let in.
            shown = self.shows_a_page(answer)
            return Away(shown) if HTTPStatus.UNAUTHORIZED in refuses_us else Dead(what, shown)
        if answer.status in ASKS_FOR_A_PAUSE:
            return Later(f"{self.name} asked for a pause", answer.pause)
        if answer.status in refuses_us:
            return Away(f"{self.name} does not let us in: {self.words(answer)}. See {self.setting}")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Doubtful(f"{self.name} failed: {answer.status}")
        return Dead(what, f"{self.name} refuses it: {self.words(answer)}")

    def leads_elsewhere(self, answer: Answer) -> str:
        """Return in words that its address leads to another one."""
        return f"the address of {self.name} leads to another one ({answer.status}). See {self.address or self.setting}"

    def shows_a_page(self, answer: Answer) -> str:
        """Return in words that it shows a web page where a program would answer."""
        see = f"the address in {self.address}, and {self.setting}" if self.address else self.setting
        return f"{self.name} answers with a web page, perhaps a login ({answer.status}). See {see}"

    def words(self, answer: Answer) -> str:
        """Return what it says in words, in one line, without a secret."""
        told = one_line(", ".join(dict.fromkeys(_said(answer.read()))))
        for secret in self.secrets:
            for one in _revealing(secret.get_secret_value()):
                told = told.replace(one, "[redacted]")
        return f"{told[:LONGEST_REASON]} ({answer.status})" if told else f"it answered {answer.status}"


def _revealing(secret: str) -> Iterator[str]:
    """Yield a secret, and what gives it away by itself: a credential without its scheme, the words of an address."""
    yield secret
    words = [secret.rpartition(" ")[2]]
    if secret.startswith(("https://", "http://")):
        address = urlsplit(secret)
        words = re.split(r"[/?&=]", f"{address.path}?{address.query}")
    yield from (form for word in words for form in (word, unquote(word)) if len(form) >= SHORTEST_SECRET)


def _said(read: object, depth: int = 0) -> Iterator[str]:
    if depth > DEEPEST:
        return
    match read:
        case str() if depth:
            yield read
        case dict() if depth == 0 or set(SAID_IN) & set(read):
            for name in SAID_IN:
                yield from _said(read.get(name), depth + 1)
        case dict():
            # The faults of single fields, by their names.
            for name, said in read.items():
                yield from (f"{name}: {one}" for one in _said(said, depth + 1))
        case list():
            for one in read:
                yield from _said(one, depth + 1)
        case _:
            return
