"""The page in a real browser: what somebody sees and does who has typed `make try`."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.acceptance.screens import DESK, IN_A_BROWSER, IN_TIME, PHONE, Screen, SitDown, Workspace, tocsin_tries

TUESDAY = 1
READABLE = 4.5

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def payments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace in which support has declared a SEV1, shared by the small tests: none of them changes it."""
    with tocsin_tries(tmp_path_factory.mktemp("payments")) as workspace:
        text = "declare SEV1 Payment API down"
        assert workspace.act("command", user="support", channel="general", command="/incident", text=text)["ok"]
        workspace.act("advance", seconds=1)
        yield workspace


def test_an_incident_from_the_composer_to_the_postmortem(sit_down: SitDown, tmp_path: Path) -> None:
    with tocsin_tries(tmp_path) as workspace:
        tuesday = datetime.combine(datetime.now(UTC).date() + timedelta(days=7), clock_time(10, 2), UTC)
        tuesday -= timedelta(days=(tuesday.weekday() - TUESDAY) % 7)
        assert workspace.act("advance", to=tuesday.isoformat())["ok"]
        screen = sit_down(workspace, "support", "general")
        declares(screen)
        is_paged(screen)
        is_escalated(screen)
        is_acknowledged(screen)
        is_asked_for_an_update(screen)
        posts_an_update(screen)
        resolves(screen)
        reads_the_postmortem(screen)


def declares(screen: Screen) -> None:
    expect(screen.page.locator("#due")).to_have_text("Nothing is due.")
    screen.composer.press_sequentially("/inc")
    expect(screen.page.get_by_role("option", name="/incident")).to_be_visible()
    screen.composer.press("Enter")
    expect(screen.composer).to_have_value("/incident ")
    screen.types("declare")

    form = screen.opens("declare")
    form.get_by_label("What is wrong?").fill("Payment API down")
    form.get_by_text("SEV1 Critical").click()
    form.get_by_label("What is affected?").fill("payments")
    form.get_by_label("Who notices, and how?").fill("Nobody can pay")
    form.get_by_label("Tags").click()
    screen.page.get_by_role("option", name="user-impact").click()
    screen.leaves_a_picture("declare")
    screen.presses(form, "Declare")
    expect(form).to_have_count(0)

    expect(screen.reads("incident-1 is declared.")).to_contain_text("Only visible to you")
    expect(screen.room("incident-1")).to_have_class("unread")
    screen.goes_to("incident-1")
    expect(screen.page.locator("#channel-head")).to_contain_text("SEV1 · Payment API down · Investigating")
    expect(screen.page.locator("[data-pins]")).to_have_text("1 pinned")
    for words in (
        "Nobody can pay",
        "payments",
        "nobody yet",
        "Tags: user-impact",
        "step 2 at 10:07 unless acknowledged",
    ):
        expect(card(screen)).to_contain_text(words)
    screen.reads("declared at 10:02 by @support: Nobody can pay")
    screen.reads("@on-call: step 1 (Primary on-call) pages you for SEV1 Payment API down.")
    screen.goes_to("incidents")
    expect(screen.page.locator("#channel-foot")).to_contain_text("You are not in #incidents.")
    screen.reads("Follow it in #incident-1.")


def card(screen: Screen) -> Locator:
    return screen.page.locator("#messages .message.pinned")


def is_paged(screen: Screen) -> None:
    screen.becomes("on-call")
    expect(screen.room("tocsin").locator(".badge")).to_have_text("1")
    screen.goes_to("tocsin")
    expect(screen.room("tocsin").locator(".badge")).to_have_count(0)
    page = screen.reads("SEV1 Payment API down: nobody has acknowledged it yet. You are step 1 (Primary on-call).")
    expect(page).to_contain_text("Why me: default, step 1, SEV1 declared.")
    expect(page.get_by_role("button", name="I can't take it")).to_be_visible()
    screen.leaves_a_picture("page")


def is_escalated(screen: Screen) -> None:
    due = screen.page.locator("#due")
    expect(due).to_contain_text("80 % of the time to acknowledge has passed")
    screen.moves_the_clock("next")
    expect(screen.page.locator("#now")).to_contain_text("Tue 10:06")
    screen.moves_the_clock("next")
    expect(screen.page.locator("#now")).to_contain_text("Tue 10:07")
    screen.becomes("secondary")
    screen.goes_to("tocsin")
    page = screen.reads("nobody has acknowledged it for 5 min. You are step 2 (Secondary on-call).")
    expect(page).to_contain_text("#incident-1 · declared 10:02 by @support")
    page.get_by_role("link", name="#incident-1").click()
    screen.reads("@secondary: step 2 (Secondary on-call) pages you")
    screen.reads("Nobody has acknowledged SEV1 Payment API down.")
    expect(card(screen)).to_contain_text("step 2 paged 10:07")


def is_acknowledged(screen: Screen) -> None:
    screen.becomes("on-call")
    screen.goes_to("incident-1")
    screen.presses(card(screen), "Acknowledge")
    screen.reads("@on-call acknowledged SEV1 Payment API down.")
    expect(card(screen).get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(card(screen)).to_contain_text("Investigating, acknowledged 10:07 by @on-call")
    expect(card(screen)).to_contain_text("step 4 at 11:02 unless resolved")
    screen.presses(card(screen), "Take command")
    screen.reads("@on-call is Incident commander of SEV1 Payment API down now.")
    expect(card(screen).get_by_role("button", name="Take command")).to_have_count(0)


def is_asked_for_an_update(screen: Screen) -> None:
    screen.moves_the_clock("900")
    nudge = screen.reads("@on-call an update is due now. SEV1 asks for one every 15 min")
    expect(nudge.get_by_role("button")).to_have_text(["Post update", "No change", "Snooze 15 min"])
    screen.page.locator(f'#messages [data-thread="{card(screen).get_attribute("data-ts")}"]').click()
    expect(screen.page.locator("#thread")).to_contain_text("Does the severity still fit?")
    screen.page.locator("#messages").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    screen.page.locator("#thread .messages").evaluate("node => { node.scrollTop = 0; }")
    screen.leaves_a_picture("incident")
    screen.page.get_by_role("button", name="Close thread").click()
    screen.presses(card(screen), "Escalate")
    screen.reads("@vp: step 4 (Head of engineering) pages you", "asked for by @on-call")


def posts_an_update(screen: Screen) -> None:
    screen.presses(screen.reads("an update is due now"), "Post update")
    form = screen.opens("update")
    form.get_by_label("Status").select_option("Identified")
    form.get_by_label("What is happening?").fill("A deployment broke the connection pool.")
    form.get_by_label("What was done so far?").fill("The deployment is stopped.")
    form.get_by_label("What comes next, and when is it expected to work?").fill("Rollback, done by 10:40.")
    screen.presses(form, "Post")
    text = screen.opens("customers").get_by_label("What they read", exact=True)
    expect(text).to_have_value(
        re.compile("We know what causes the problem with API and Payments, and are working on the fix")
    )
    screen.presses(screen.form.locator("footer"), "Cancel")
    update = screen.reads("SEV1 Payment API down, identified: A deployment broke the connection pool.")
    expect(update).to_contain_text("Next: Rollback, done by 10:40.")
    expect(update).to_contain_text("Next update: 10:37")
    expect(screen.page.locator("#channel-head")).to_contain_text("SEV1 · Payment API down · Identified")


def resolves(screen: Screen) -> None:
    screen.moves_the_clock("60")
    screen.presses(card(screen), "Resolve")
    form = screen.opens("resolve")
    form.get_by_label("Root cause").fill("A pool of five connections")
    form.get_by_label("What fixed it?").fill("Rolled back to version 41")
    form.get_by_label("What did customers notice?").fill("No payment went through for 20 minutes")
    form.get_by_label("When did it really start?").fill(f"{now(screen):%Y-%m-%dT09:40}")
    screen.presses(form, "Resolve")
    expect(form).to_have_count(0)
    resolved = screen.reads("SEV1 Payment API down was resolved by @on-call after 43 min.")
    for words in ("A pool of five connections", "Rolled back to version 41", "Postmortem: due by 10:23, "):
        expect(resolved).to_contain_text(words)
    expect(card(screen)).to_contain_text("Resolved 10:23, today by @on-call")
    expect(card(screen).get_by_role("button")).to_contain_text(["Draft postmortem", "Reopen"])
    screen.goes_to("tocsin")
    screen.reads("SEV1 Payment API down: resolved at 10:23 by @on-call. Nothing is left to do.")
    screen.goes_to("incident-1")


def now(screen: Screen) -> datetime:
    said = httpx.get(f"{screen.workspace.url}_control/state", timeout=IN_TIME).json()["now"]
    return datetime.fromisoformat(said)


def reads_the_postmortem(screen: Screen) -> None:
    screen.types("/postmortem")
    expect(screen.reads("The draft of the postmortem is posted in #incident-1")).to_contain_text("Only visible to you")
    draft = screen.reads("Postmortem: Payment API down", "What went well")
    for words in ("A pool of five connections", "No payment went through for 20 minutes", "[to fill in: "):
        expect(draft).to_contain_text(words)
    expect(draft.get_by_role("row", name="Time to acknowledge (MTTA)")).to_contain_text("5 min")
    expect(draft.get_by_role("row", name="Time to resolve (MTTR)")).to_contain_text("43 min")
    expect(draft.get_by_role("row").filter(has_text="paged step 2 (Secondary on-call): secondary")).to_be_visible()
    draft.evaluate("node => node.scrollIntoView({ block: 'start' })")
    screen.leaves_a_picture("postmortem")


def test_what_is_new_is_marked_until_it_is_read(payments: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(payments, "secondary", "general")
    expect(screen.room("support-desk")).not_to_have_class("unread")
    payments.act("message", user="support", channel="support-desk", text="Is anybody there?")
    expect(screen.room("support-desk")).to_have_class("unread")
    payments.act("message", user="support", channel="support-desk", text="<@U0SECOND> are you?")
    expect(screen.room("support-desk").locator(".badge")).to_have_text("1")
    expect(screen.page).to_have_title(re.compile(r"^\(\d+\) "))
    screen.goes_to("support-desk")
    screen.reads("@secondary are you?")
    expect(screen.room("support-desk")).not_to_have_class("unread")
    screen.goes_to("general")
    expect(screen.room("support-desk").locator(".badge")).to_have_count(0)


def test_the_checklist_is_in_the_thread_of_the_card(payments: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(payments, "on-call", "incident-1")
    thread = screen.page.locator("#thread")
    expect(thread).to_be_hidden()
    card(screen).get_by_role("button", name="1 reply").click()
    expect(thread.locator(".message")).to_have_count(2)
    expect(thread).to_contain_text("Which services and which people are affected?")
    thread.get_by_label("Reply", exact=True).fill("/incident ack")
    thread.get_by_label("Reply", exact=True).press("Enter")
    expect(screen.page.locator(".toast")).to_contain_text("Slack takes no commands in a thread.")
    screen.page.keyboard.press("Escape")
    expect(thread).to_be_hidden()


def test_an_answer_is_seen_by_the_one_who_asked_alone(payments: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(payments, "manager", "incident-1")
    screen.types("/incident aknowledge")
    answer = screen.reads('Unknown word "aknowledge". Did you mean /incident ack?')
    expect(answer).to_contain_text("Only visible to you")
    expect(answer.get_by_role("button", name="Acknowledge")).to_be_visible()
    screen.becomes("on-call")
    screen.reads("pages you")
    expect(screen.page.locator("#messages")).not_to_contain_text("aknowledge")


def test_a_form_says_which_field_is_wrong(payments: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(payments, "support", "support-desk")
    screen.types("/incident declare")
    form = screen.opens("declare")
    expect(form).to_contain_text("Is it this one, opened in the last hour?")
    screen.presses(form, "Declare")
    wrong = form.locator('[data-block-id="title"] .field-error')
    expect(wrong.first).to_have_text("Please complete this required field.")
    expect(form.get_by_label("What is wrong?")).to_be_focused()
    screen.page.keyboard.press("Escape")
    expect(form).to_have_count(0)


def test_the_home_tab_shows_what_waits_and_who_is_paged(payments: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(payments, "on-call", "general")
    screen.page.locator('[data-view="home"]').click()
    home = screen.page.locator("#home")
    expect(home.get_by_role("heading")).to_have_text(["Waiting for you", "Open incidents", "On call now"])
    expect(home.get_by_role("button", name="Acknowledge")).to_be_visible()
    expect(home).to_contain_text("Primary on-call: @on-call")
    home.get_by_role("link", name="#incident-1").first.click()
    expect(screen.page.locator("#channel-head")).to_contain_text("incident-1")


def test_the_page_can_be_read_in_the_dark(payments: Workspace, sit_down: SitDown) -> None:
    for scheme, dark in (("light", False), ("dark", True)):
        screen = sit_down(payments, "on-call", "incident-1", color_scheme=scheme)
        screen.reads("pages you")
        paper, ink = colours(screen.page.locator("body"))
        assert (luminance(paper) < luminance(ink)) is dark
        assert contrast(paper, ink) > READABLE
        assert contrast(*colours(card(screen).get_by_role("button", name="Acknowledge"))) > READABLE


def colours(node: Locator) -> tuple[str, str]:
    shown = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
    behind, text = node.evaluate(shown)
    return behind, text


def luminance(colour: str) -> float:
    """Return how bright a colour is, as WCAG counts it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def test_the_page_fits_a_phone(payments: Workspace, sit_down: SitDown) -> None:
    screen = sit_down(payments, "on-call", "general", PHONE, has_touch=True, is_mobile=True)
    expect(screen.room("incident-1")).to_be_hidden()
    screen.page.get_by_role("button", name="Show channels").click()
    screen.room("incident-1").click()
    expect(screen.room("incident-1")).to_be_hidden()
    acknowledge = card(screen).get_by_role("button", name="Acknowledge")
    acknowledge.scroll_into_view_if_needed()
    expect(acknowledge).to_be_in_viewport(ratio=1)
    assert screen.page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    card(screen).get_by_role("button", name="1 reply").click()
    expect(screen.page.locator("#thread")).to_be_in_viewport()
    screen.page.get_by_role("button", name="Close thread").click()
    expect(screen.composer).to_be_in_viewport()


def test_a_phone_rings_beside_slack(payments: Workspace, sit_down: SitDown) -> None:
    for scheme, size in (("light", DESK), ("dark", PHONE)):
        screen = sit_down(payments, "on-call", "general", size, color_scheme=scheme)
        strip = screen.page.locator("#pager button")
        expect(strip).to_contain_text("Phones ring for 2 alerts")
        expect(strip).to_contain_text("SEV1 Payment API down")
        assert contrast(colours(screen.page.locator("#pager"))[0], colours(strip.locator("b"))[1]) > READABLE
        strip.click()
        alerts = screen.page.locator("#alerts")
        expect(alerts.locator(".alert")).to_have_count(2)
        expect(alerts).to_be_in_viewport(ratio=1)
        expect(alerts).to_contain_text("Page to Primary on-call (default, step 1, SEV1 declared)")
        expect(alerts).to_contain_text(re.compile(r"rang \d\d:\d\d"))
        rings = alerts.locator(".alert b").first
        assert contrast(colours(alerts)[0], colours(rings)[1]) > READABLE
        assert screen.page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_what_rings_is_quiet_once_somebody_has_it(tmp_path: Path, sit_down: SitDown) -> None:
    with tocsin_tries(tmp_path) as workspace:
        screen = sit_down(workspace, "on-call", "general")
        strip = screen.page.locator("#pager")
        expect(strip).to_be_hidden()
        screen.types("/incident declare SEV1 Payment API down")
        expect(strip).to_contain_text("Phones ring for 2 alerts")
        screen.types("/incident ack 1")
        expect(strip).to_contain_text("Acknowledged")
        screen.types("/incident cancel 1 false alarm")
        expect(strip).to_contain_text("All quiet")
        strip.get_by_role("button").click()
        screen.presses(screen.page.locator("#alerts"), "Take PagerDuty down")
        expect(strip).to_contain_text("PagerDuty is down")
        screen.presses(screen.page.locator("#alerts"), "Let PagerDuty be back")
        expect(strip).to_contain_text("All quiet")
