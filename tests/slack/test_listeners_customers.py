"""The text for customers can be had at the beginning, in between and at the end of an incident."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slack.workplace import SUPPORT, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, "fintech") as place:
        yield place


async def copied(at_work: Workplace, words: str) -> str:
    """Type it in a channel, and return what is given to copy."""
    assert (await at_work.types(words)).startswith("Text for customers about SEV-2 Login fails &lt;now&gt;, ")
    rooms = (await at_work.state())["channels"]
    *_, last = [one for room in rooms for one in room["messages"] if one.get("ephemeral_for") == SUPPORT]
    (text,) = [one for block in last["blocks"] if block["type"] == "rich_text" for one in block["elements"]]
    assert text["type"] == "rich_text_preformatted"
    return str(text["elements"][0]["text"])


async def test_customers_are_told_at_each_stage_in_the_words_of_the_playbook(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-2 Login fails <now>")
    number = record.incident.number
    first = await copied(at_work, f"customers {number}")
    assert "We are investigating it." in first
    assert "every 30 min" in first
    await at_work.types(f"status {number} identified")
    assert "A fix is on its way" in await copied(at_work, f"{number} customer")
    await at_work.types(f"role {number} commander <@{SUPPORT}>")
    await at_work.types(f"cancel {number} an alert was set wrongly")
    assert "false alarm" in await copied(at_work, f"customers {number}")
