"""Refusals that only Slack's side knows: as in `app.domain.errors`, the docstring is the sentence."""

from app.domain.errors import Rejected
from app.store import Record


class Refused(Exception):
    """A refusal, with the incident that it is about."""

    def __init__(self, rejected: Rejected, record: Record) -> None:
        super().__init__(str(rejected))
        self.rejected, self.record = rejected, record


class NameOne(Rejected):
    """It is not clear here which incident is meant. Name it by its number, as in {example}.{all}"""


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


class NoBudget(Rejected):
    """This playbook has no error budget. One can be written into its playbook.yml, under error_budget."""


class UnknownPeriod(Rejected):
    """This is no length of time: {words}. Write it like 7d, 30d or 12h, as in `/incident metrics 30d`."""


class NothingNamed(Rejected):
    """Name each in up to {longest} characters, with commas between: `/incident subscribe SEV1, service payments`"""


class NoRunbooks(Rejected):
    """This playbook has no runbooks. They are Markdown files in its folder runbooks."""


class NoChecklists(Rejected):
    """This playbook has no checklists. They are written into its playbook.yml, under checklists."""


class UnknownChecklist(Rejected):
    """There is no checklist "{words}" in this playbook. It has: {known}."""


class NoBridge(Rejected):
    """Nothing is connected that opens a bridge. Put a link into the playbook.yml, under links, or set up Zoom."""


class NoLibrary(Rejected):
    """Nothing is connected that keeps documents. Set CONFLUENCE_URL and what goes with it; until then, copy it."""


class NoMemberNamed(Rejected):
    """Name the member with @, as in `/incident role {role} @{name}`."""


class NobodyToHandTo(Rejected):
    """Name the next commander with @ and nothing else, as in `/incident handoff @name`."""


class NameTheOther(Rejected):
    """Name the incident that this one is the same as by its number, as in `/incident merge 12`."""


class PrivateIncident(Rejected):
    """Incident #{number} is private: only the people in it can read or change it. Whoever declared it can add you."""


class DrillRunning(Rejected):
    """The drill "{title}" is running already: {name}. To end it: `/incident resolve {number}`"""


class ChangedAgain(Rejected):
    """The playbook has changed since this was shown. Look at it again: `/incident playbook adopt`"""


class PlaybookWords(Rejected):
    """After `playbook` one of these words can follow: {words}. As in `/incident playbook adopt`"""


class NotInARoom(Rejected):
    """This message stands in no incident's channel. To declare one from it: "Declare an incident" in the same menu."""


class MessageUnread(Rejected):
    """Slack did not show that message in time, so it is not in the timeline. Take the pushpin away, and put it anew."""


class UnclearMoment(Rejected):
    """No moment could be read in "{text}". Write one as in `/incident oncall tomorrow 09:00`, `friday` or `in 3h`."""


class FormTooLate(Rejected):
    """Slack did not open the form in time. Press again."""


class Broken(Rejected):
    """Tocsin could not finish this, and its log says why. Read `/incident timeline`, then try again."""
