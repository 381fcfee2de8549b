"""What the settings say of mail: the server, whom mail is from, and the sink of what goes by it."""

from collections.abc import Mapping

from app.config import Settings
from app.domain.effects import Way
from app.integrations.mail.compose import Composer
from app.integrations.mail.server import MailServer
from app.integrations.mail.session import access
from app.integrations.mail.sink import MailSink
from app.integrations.mail.words import MailWords
from app.integrations.misfit import Misfit
from app.integrations.system import Around, System
from app.line import Fence


def mail(around: Around) -> Mapping[Way, System]:
    """Return what is mailed by, if the settings connect a mail server. Raises `Misfit`."""
    server = mail_server(around.settings)
    if server is None:
        return {}
    return {
        Way.EMAIL: MailSink(
            server,
            Composer(around.settings.mail_from),
            MailWords(around.folders),
            around.playbook,
            around.link,
            pages=around.made.get(Way.EMAIL),
        )
    }


def mail_server(settings: Settings) -> MailServer | None:
    """Return the mail server of the settings, if there is one. Raises `Misfit` unless it is known whom mail is from."""
    if settings.smtp_url is None:
        return None
    if not settings.mail_from:
        raise Misfit(
            "SMTP_URL is set and TOCSIN_MAIL_FROM is not. Set it to an address that the mail server lets Tocsin send "
            "as, such as Incidents <incidents@example.com>."
        )
    composer = Composer(settings.mail_from)
    return MailServer(access(settings.smtp_url, Fence(settings.allowed_hosts)), composer.sender)
