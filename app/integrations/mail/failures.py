"""What it means that a mail server takes no mail.

4xx says that it may take it later, 5xx that it never will:
https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1. Once the text of a mail is on its way and no answer comes, nobody
knows.
"""

import ssl
from collections.abc import Iterator

from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException, SMTPSenderRefused
from pydantic import SecretStr

from app.integrations.mail.session import SETTING, Unencrypted
from app.line import distrust, one_line
from app.line.fence import Fenced, Nowhere
from app.outbox import Away, Dead, Doubtful, Later

NAME = "the mail server"
LONGEST_REASON = 300
PERMANENT = 500
CLOSES = 421
"""It is about the whole server, not about this mail."""

UNSAID = Doubtful(f"{NAME} did not say whether it took the mail")

Failed = Later | Away | Doubtful | Dead
TROUBLES = (SMTPException, OSError, Unencrypted, Fenced, Nowhere)
"""What can come of talking to a mail server; running out of time is an `OSError`."""


def shut_out(error: Exception, password: SecretStr) -> Away | Later:
    """Return what it means that no session came about: nothing was sent, for certain."""
    match error:
        case Unencrypted():
            return Away(f"{NAME} offers no encryption (STARTTLS), and nothing is sent without. See {SETTING}")
        case Fenced() | Nowhere():
            return Away(f"{NAME} cannot be reached: {error}")
        case SMTPAuthenticationError() if error.code >= PERMANENT:
            return Away(f"{NAME} does not let us in: {words(error, password)}. See {SETTING}")
        case SMTPResponseException():
            return Away(f"{NAME} takes nothing now: {words(error, password)}")
        case _:
            return Away(f"{NAME} cannot be reached: {_why(error)}")


def turned_down(error: Exception, what: str, password: SecretStr, *, begun: bool) -> Failed:
    """Return what it means that a mail was not taken; `begun` if its text was on its way, `what` was wanted."""
    match error:
        case SMTPSenderRefused() if error.code >= PERMANENT:
            return Dead(what, f"{NAME} lets nobody send as TOCSIN_MAIL_FROM says: {words(error, password)}")
        case SMTPResponseException() if error.code >= PERMANENT:
            return Dead(what, f"{NAME} refuses it: {words(error, password)}")
        case SMTPResponseException():
            return Later(f"{NAME} puts it off: {words(error, password)}", of_all=error.code == CLOSES)
        case _ if begun:
            return UNSAID
        case _:
            return Later(f"{NAME} hung up")


def words(error: SMTPResponseException, password: SecretStr) -> str:
    """Return what the server said, in one line, without the password."""
    said, secret = one_line(error.message), password.get_secret_value()
    return f"{(said.replace(secret, '[redacted]') if secret else said)[:LONGEST_REASON]} ({error.code})"


def _why(error: BaseException) -> str:
    causes = list(_causes(error))
    if shown := next((one for one in causes if isinstance(one, ssl.SSLCertVerificationError)), None):
        return f"{distrust(str(shown))}. See {SETTING}"
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return f"it speaks no TLS there: smtp:// is for port 587, smtps:// for 465. See {SETTING}"
    late = any(isinstance(one, TimeoutError) for one in causes)
    return "it does not answer in time" if late else "nobody answers at its address"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
