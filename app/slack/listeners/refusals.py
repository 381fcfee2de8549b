"""Refusals that only Slack's side knows: as in `app.domain.errors`, the docstring is the sentence."""

from app.domain.errors import Rejected
from app.store import Record


class Refused(Exception):
    """A refusal, with the incident that it is about."""

    def __init__(self, rejected: Rejected, record: Record) -> None:
        super().__init__(str(rejected))
        self.rejected, self.record = rejected, record


class NameOne(Rejected):
    """It is not clear here which incident is meant. Name it by its number: {examples}."""


class NothingOpen(Rejected):
    """No incident is open. Name a closed one by its number, as in `/incident {word} 12`, or use `/incident declare`."""


class Outdated(Rejected):
    """This belongs to something that Tocsin does not know any more. For what can be done now, type `/incident`."""


class Nobody(Rejected):
    """Slack did not say who asks, so nothing was done. Try again."""


class Stranger(Rejected):
    """Only members of the workspace that Tocsin belongs to can do this. Ask somebody there."""


class AdminsOnly(Rejected):
    """Binding responders is for admins of this workspace and those in TOCSIN_ADMINS. Ask one of them."""


class TestsForAdmins(Rejected):
    """Test pages to others are for admins and those in TOCSIN_ADMINS. To try your own, type `/incident test-page`."""


class NameWhomToTest(Rejected):
    """Name the member with @, as in `/incident test-page @name`, or nobody to try your own."""


class GroupUnread(Rejected):
    """Slack did not say in time who is in this group. Nothing was saved. Press Save again."""


class RetriedBefore(Rejected):
    """That is not waiting for a retry any more: it was made, or it is on its way."""


class NoMemberNamed(Rejected):
    """Name the member with @, as in `/incident role {role} @name`."""


class FormTooLate(Rejected):
    """Slack did not open the form in time. Press again."""


class Broken(Rejected):
    """Tocsin could not finish this, and its log says why. Read `/incident timeline`, then try again."""
