"""One incident of each playbook that ships, of its highest severity, in a real browser, and a drill."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.acceptance.screens import IN_A_BROWSER, Screen, SitDown, Workspace, tocsin_tries

pytestmark = IN_A_BROWSER


@dataclass(frozen=True)
class Play:
    """What somebody meets who runs an incident of one playbook."""

    severity: str
    room: str
    pages: str
    checklist: str
    words: str
    runbook: str
    warning: str
    document: str


PLAYS = {
    "default": Play(
        severity="SEV1",
        room=r"incident-\d+",
        pages="Primary on-call",
        checklist="Triage",
        words="rollback",
        runbook="Rollback of a deployment",
        warning="",
        document="Postmortem: Payment API down",
    ),
    "eazepay": Play(
        severity="P0",
        room=r"incident-\d+",
        pages="On-call engineer",
        checklist="Triage",
        words="cannot log in",
        runbook="Authentication failures",
        warning="",
        document="Post-incident report: Payment API down",
    ),
    "multi-service": Play(
        severity="SEV1",
        room=r"incident-\d{4}-\d{3}",
        pages="Primary on-call",
        checklist="Investigation",
        words="redis",
        runbook="Mitigation: cache trouble",
        warning="",
        document="Post-Mortem: Payment API down",
    ),
    "waqiti": Play(
        severity="P1",
        room=r"incident-\d+",
        pages="Platform engineer",
        checklist="",
        words="security breach",
        runbook="Security breach detected",
        warning="not restart services",
        document="Post-mortem: Payment API down",
    ),
    "fintech": Play(
        severity="SEV-1",
        room=r"sev1-\d{4}-\d{2}-\d{2}-\d{4}-payments",
        pages="On-call engineer",
        checklist="The first 15 minutes",
        words="cascade",
        runbook="Recovery: service cascade failure",
        warning="",
        document="Post-Mortem: Payment API down",
    ),
    "phase26": Play(
        severity="P0",
        room=r"incident-\d+",
        pages="Primary (DevOps engineer)",
        checklist="",
        words="carrier rate limit",
        runbook="Carrier API rate limit exceeded",
        warning="",
        document="Post-incident review: Payment API down",
    ),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with tocsin_tries(tmp_path_factory.mktemp("playbooks")) as it:
        yield it


@pytest.mark.parametrize("playbook", PLAYS)
def test_an_incident_from_declaration_to_postmortem(playbook: str, workspace: Workspace, sit_down: SitDown) -> None:
    play = PLAYS[playbook]
    screen = sit_down(workspace, "support", "general")
    chooses(screen, playbook)
    room = declares(screen, play)
    screen.becomes("on-call")
    screen.goes_to(room)
    screen.reads(play.pages, "pages you")
    screen.presses(card(screen), "Acknowledge")
    screen.reads("@on-call acknowledged")
    finds_its_way(screen, play)
    screen.types("/incident update The pool of connections was full")
    screen.reads("The pool of connections was full")
    resolves(screen)
    screen.types("/postmortem")
    draft = screen.reads(play.document)
    expect(draft).to_contain_text("A pool of five connections")


def test_a_drill_is_marked_everywhere_and_scored(workspace: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(workspace, "on-call", "general")
    chooses(screen, "default")
    screen.types("/incident drill monthly")
    begins = screen.reads("rill", "declared")
    room = re.search(r"incident-\d+", begins.inner_text())
    assert room
    screen.goes_to(room[0])
    expect(card(screen)).to_contain_text(re.compile("drill", re.IGNORECASE))
    screen.goes_to("tocsin")
    screen.reads("DRILL", "You are step 1")
    screen.goes_to(room[0])
    screen.presses(card(screen), "Acknowledge")
    screen.reads("@on-call acknowledged")
    resolves(screen)
    screen.reads("DRILL: Checkout answers slowly", "is over", "Detection:")


def chooses(screen: Screen, playbook: str) -> None:
    screen.page.locator("#playbook").select_option(playbook)
    expect(screen.page.locator("#playbook")).to_be_enabled()
    expect(screen.page.locator("#playbook")).to_have_value(playbook)


def declares(screen: Screen, play: Play) -> str:
    screen.types("/incident declare")
    form = screen.opens("declare")
    form.get_by_label("What is wrong?").fill("Payment API down")
    form.get_by_text(f"{play.severity} Critical").click()
    form.get_by_label("What is affected?").fill("payments")
    form.get_by_label("Who notices, and how?").fill("Nobody can pay")
    declared = screen.messages.filter(has_text="is declared.")
    before = declared.count()
    screen.presses(form, "Declare")
    expect(form).to_have_count(0)
    expect(declared).to_have_count(before + 1)
    name = declared.last.inner_text().partition(" is declared")[0].split()[-1]
    room = screen.page.locator(f'#sidebar [data-channel="{name}"], #sidebar [data-channel$="-{name}"]')
    expect(room).to_have_text(re.compile(play.room))
    return str(room.get_attribute("data-channel"))


def card(screen: Screen) -> Locator:
    return screen.page.locator("#messages .message.pinned")


def finds_its_way(screen: Screen, play: Play) -> None:
    """Read a checklist, a runbook and the rules."""
    screen.types("/incident checklist")
    expect(screen.reads("Only visible to you", play.checklist)).to_be_visible()
    screen.types(f"/incident runbook {play.words}")
    expect(screen.reads("Only visible to you", play.runbook)).to_contain_text(play.warning)
    screen.types("/incident why")
    screen.reads("Only visible to you", play.severity)


def resolves(screen: Screen) -> None:
    screen.presses(card(screen), "Resolve")
    form = screen.opens("resolve")
    form.get_by_label("Root cause").fill("A pool of five connections")
    form.get_by_label("What fixed it?").fill("A larger pool")
    form.get_by_label("What did customers notice?").fill("No payment went through")
    screen.presses(form, "Resolve")
    expect(form).to_have_count(0)
    expect(card(screen)).to_contain_text("esolved")
