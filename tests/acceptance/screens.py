"""The page in a real browser, for whoever tests what people see and do there.

With TOCSIN_SCREENSHOTS=FOLDER the story leaves the README's pictures there (`make screenshots`).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
PICTURES = os.environ.get("TOCSIN_SCREENSHOTS")
TRY = (sys.executable, "-c", "from app.cli import main; main()", "try", "--no-browser", "--port", "0")
CHECKOUT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
DESK, PHONE = (1440, 900), (390, 844)
IN_TIME = 15

IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM, reason="no browser was found: install Chromium, or set CHROMIUM to the path of one"
    ),
]


@dataclass(frozen=True)
class Workspace:
    """What `tocsin try` has started: its page, and the control requests behind it."""

    url: str

    def act(self, what: str, **wish: Any) -> dict[str, Any]:
        """Do something without the page, and return what came of it."""
        answer: dict[str, Any] = httpx.post(f"{self.url}_control/{what}", json=wish, timeout=IN_TIME).json()
        return answer

    def waits_for_tocsin(self) -> None:
        """Wait until Tocsin answers."""
        for _ in range(IN_TIME * 10):
            if self.act("command", user="cto", channel="support-desk", command="/incident", text="help")["ok"]:
                return
            sleep(0.1)
        pytest.fail(f"Tocsin answers no command within {IN_TIME} s")


@dataclass
class Screen:
    """What one person sees, and how they use it."""

    page: Page
    workspace: Workspace
    errors: list[str]

    @property
    def messages(self) -> Locator:
        """The messages of the channel."""
        return self.page.locator("#messages .message")

    @property
    def form(self) -> Locator:
        """The form or dialog that is open."""
        return self.page.locator("dialog.modal")

    @property
    def composer(self) -> Locator:
        """The text box under the channel."""
        return self.page.locator("#composer")

    def sits_down(self, member: str, channel: str) -> None:
        """Open the page as a member, in a channel."""
        self.page.goto(f"{self.workspace.url}#as={member}&channel={channel}")
        expect(self.page.locator("#member")).to_have_value(member)

    def becomes(self, member: str) -> None:
        """Act as another member from now on."""
        self.page.locator("#member").select_option(member)

    def room(self, name: str) -> Locator:
        """Return a channel's line in the sidebar; `tocsin` is the direct messages."""
        return self.page.locator(f'#sidebar [data-channel="{name}"]')

    def goes_to(self, name: str) -> None:
        """Open a channel from the sidebar."""
        self.room(name).click()
        expect(self.room(name)).to_have_attribute("aria-current", "page")

    def types(self, text: str) -> None:
        """Type into the composer, and send it."""
        self.composer.press_sequentially(text)
        self.composer.press("Enter")
        expect(self.composer).to_have_value("")

    def reads(self, *words: str) -> Locator:
        """Wait for the newest message with all of these words, and return it."""
        found = self.messages
        for word in words:
            found = found.filter(has_text=word)
        expect(found.last).to_be_visible()
        return found.last

    def presses(self, within: Locator, label: str) -> None:
        """Press a button by its words."""
        within.get_by_role("button", name=label, exact=True).click()

    def moves_the_clock(self, by: str) -> None:
        """Press a button of the clock, and wait until all that fell due on the way is done."""
        self.page.locator(f'[data-advance="{by}"]').click()
        expect(self.page.locator("#clock")).to_have_attribute("aria-busy", "false", timeout=IN_TIME * 2_000)

    def opens(self, name: str) -> Locator:
        """Wait for a form, and return it."""
        expect(self.form).to_have_attribute("data-modal", name)
        return self.form

    def leaves_a_picture(self, name: str) -> None:
        """Leave a picture for the README, if pictures are wanted."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.mouse.move(0, 0)
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", animations="disabled", caret="hide")


SitDown = Callable[..., Screen]


@contextmanager
def tocsin_tries(folder: Path) -> Iterator[Workspace]:
    """Run what `make try` runs, and stop it as Ctrl-C would."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1", "TZ": "UTC"}
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            (*TRY, "--data", str(folder / "data")), env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as running,
    ):
        assert running.stdout
        try:
            found = ADDRESS.search(running.stdout.readline())
            assert found, log.read_text()
            workspace = Workspace(found[0])
            workspace.waits_for_tocsin()
            yield workspace
        finally:
            running.terminate()
        assert running.wait(timeout=IN_TIME) == 0, log.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=IN_TIME * 1_000)
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture
def sit_down(browser: Browser) -> Iterator[SitDown]:
    """Return a function that gives somebody a screen of their own. Errors of the page fail the test."""
    errors: list[str] = []
    screens: list[Page] = []

    def at(workspace: Workspace, member: str, channel: str, size: tuple[int, int] = DESK, **look: Any) -> Screen:
        width, height = size
        viewport: Any = {"width": width, "height": height}
        page = browser.new_page(viewport=viewport, timezone_id="UTC", locale="en-GB", **look)
        page.set_default_timeout(IN_TIME * 1_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        screens.append(page)
        screen = Screen(page, workspace, errors)
        screen.sits_down(member, channel)
        return screen

    yield at
    for page in screens:
        page.close()
    assert errors == []
