"""The button of `make try` that sends an alert, in a real browser."""

from pathlib import Path

from playwright.sync_api import expect

from tests.acceptance.screens import DESK, IN_A_BROWSER, PHONE, SitDown, tocsin_tries

pytestmark = IN_A_BROWSER


def test_one_press_sends_an_alert_that_becomes_an_incident(sit_down: SitDown, tmp_path: Path) -> None:
    with tocsin_tries(tmp_path) as workspace:
        for number, size in enumerate((DESK, PHONE), start=1):
            screen = sit_down(workspace, "on-call", "general", size)
            screen.page.get_by_role("button", name="Send an alert").click()
            panel = screen.page.locator("#monitor")
            box = panel.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size[0]
            panel.get_by_label("PaymentErrorsSEV1" if number == 1 else "PaymentErrorsSEV2").check()
            screen.presses(panel, "It fires")
            expect(panel.get_by_role("status")).to_have_text("Tocsin has it.")
            expect(panel.get_by_text("fires since")).to_be_visible()
            expect(screen.room("incident-1")).to_have_count(1)
            screen.presses(panel, "It is resolved")
            expect(panel.get_by_text("fires since")).to_have_count(0)
