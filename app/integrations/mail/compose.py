"""One mail as it goes over the wire. Whatever a header is given is data: in one line, and never another header.

Headers: https://www.rfc-editor.org/rfc/rfc5322#section-3.6, and https://www.rfc-editor.org/rfc/rfc3834#section-5 for
`Auto-Submitted`, which keeps the absent from answering.
"""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from app.integrations.mail.words import Written
from app.line import one_line

UNDISCLOSED = "undisclosed-recipients:;"


class Composer:
    """Composes mail that is from `mail_from`, an address with or without a name."""

    def __init__(self, mail_from: str) -> None:
        name, self.sender = parseaddr(mail_from)
        self._from = Address(display_name=one_line(name), addr_spec=self.sender)
        self._domain = self.sender.rpartition("@")[2]

    def compose(
        self,
        written: Written,
        to: Sequence[str],
        *,
        key: str,
        at: datetime,
        thread: str,
        hidden: bool = False,
        urgent: bool = False,
    ) -> EmailMessage:
        """Return a mail that is the same each time it is composed of the same `key`, so that two copies are one.

        Mails of one `thread` stand together. Where they are `hidden`, nobody sees who else gets it.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self._from
        message["To"] = UNDISCLOSED if hidden else [Address(addr_spec=one) for one in to]
        message["Subject"] = written.subject
        message["Date"] = at
        message["Message-ID"] = f"<{key}@{self._domain}>"
        message["References"] = f"<{thread}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        if urgent:
            message["Importance"] = "high"
            message["X-Priority"] = "1"
        message.set_content(written.text, cte="quoted-printable")
        message.add_alternative(written.html, subtype="html", cte="quoted-printable")
        return message
