"""The page's chart of what the playbook would do, in a real browser."""

from pathlib import Path

from playwright.sync_api import expect

from tests.acceptance.screens import IN_A_BROWSER, PHONE, SitDown, tocsin_tries

pytestmark = IN_A_BROWSER


def test_the_chart_shows_whom_the_playbook_that_plays_would_page(sit_down: SitDown, tmp_path: Path) -> None:
    with tocsin_tries(tmp_path) as workspace:
        screen = sit_down(workspace, "support", "general")
        page = screen.page
        page.get_by_role("button", name="What it would do").click()
        panel = page.locator("#preview")
        expect(panel.get_by_role("heading")).to_have_text("What default would do")
        expect(panel.get_by_text("Secondary on-call").first).to_be_visible()
        expect(panel.get_by_role("row", name="paged 2 Secondary on-call unacknowledged 5 min")).to_be_visible()

        panel.get_by_label("People").focus()
        panel.get_by_label("People").select_option(label="Acknowledged after 2 min")
        expect(panel.get_by_role("row", name="acknowledged by Primary on-call")).to_be_visible()
        expect(panel.get_by_text("Secondary on-call")).to_have_count(0)
        expect(panel.get_by_label("People")).to_be_focused()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()

        page.get_by_label("Playbook of new incidents").select_option("fintech")
        expect(page.get_by_label("Playbook of new incidents")).to_be_enabled()
        page.get_by_role("button", name="What it would do").click()
        panel.get_by_label("Severity").select_option("SEV-2")
        expect(panel.get_by_role("row", name="severity changed raise")).to_be_visible()
        screen.leaves_a_picture("preview")

        narrow = sit_down(workspace, "support", "general", PHONE).page
        narrow.get_by_role("button", name="Show channels").click()
        narrow.get_by_role("button", name="What it would do").click()
        box = narrow.locator("#preview").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE[0]
