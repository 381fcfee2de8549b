"""What customers are told is written in a form, shown exactly as they will read it, and sent when that is confirmed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.slack.blocks.customers import Draft
from app.store import Record
from tests.slack.workplace import CTO, SUPPORT, Workplace, workplace


def with_status_page(playbook: Playbook) -> Playbook:
    return replace(playbook, connected=frozenset({Way.SLACK, Way.STATUS_PAGE}))


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, "fintech", edited=with_status_page) as place:
        yield place


@pytest.fixture
async def without(tmp_path: Path) -> AsyncIterator[Workplace]:
    """A workplace to which no status page is connected."""
    async with workplace(tmp_path, "fintech") as place:
        yield place


def filled(form: dict[str, Any]) -> dict[str, Any]:
    """Return what stands in the fields of a form."""
    elements = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    return {name: _value(element) for name, element in elements.items()}


def _value(element: dict[str, Any]) -> Any:
    if element["type"] == "multi_static_select":
        return [one["value"] for one in element.get("initial_options", [])]
    return element["initial_value"] if "initial_value" in element else element["initial_option"]["value"]


def shown(form: dict[str, Any]) -> str:
    """Return the text that a form shows exactly as it is."""
    (text,) = [one for block in form["blocks"] if block["type"] == "rich_text" for one in block["elements"]]
    return str(text["elements"][0]["text"])


async def tellings(at_work: Workplace, record: Record) -> list[e.CustomersTold]:
    timeline = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    return [event for event in timeline if isinstance(event, e.CustomersTold)]


async def previews(at_work: Workplace, text: str, user: str = SUPPORT, **more: Any) -> dict[str, Any]:
    """Open the form, write `text`, and return the form that shows it."""
    await at_work.types("customers 1", user=user)
    told = await at_work.fills(filled(await at_work.form(user)) | {"body": text} | more, user=user)
    assert not told["errors"], told
    return await at_work.form(user)


async def test_the_form_begins_with_the_playbooks_words_for_the_moment(at_work: Workplace) -> None:
    await at_work.declares("SEV-2 Auth service <down>")
    await at_work.types("customers 1")
    form = filled(await at_work.form())
    assert "We are investigating it." in form["body"]
    assert "every 15 min" in form["body"]
    assert (form["public_status"], form["public_impact"]) == ("investigating", "major")
    assert form["components"] == ["Accounts and sign-in"]
    assert form["headline"] == "Problem with Accounts and sign-in"


async def test_customers_read_the_names_that_they_know(at_work: Workplace) -> None:
    made = c.Declare(c.Actor(SUPPORT), "Transfers fail", "SEV-2", services="payment-service, ledger-db-3")
    await at_work.edge.handler.declare(at_work.edge.workspace, made)
    await at_work.types("customers 1")
    form = filled(await at_work.form())
    assert form["headline"] == "Problem with Payments"
    assert form["body"].startswith("Something is wrong with Payments. ")


async def test_what_is_confirmed_is_what_was_shown(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-2 Login fails")
    written = "Signing in <fails> & we know.\n\n*Next* word at 10:17."
    preview = await previews(at_work, written, headline="Sign-in  fails", public_status="identified")
    assert shown(preview) == f"Sign-in fails\nIdentified · major impact\n\n{written}"
    assert await tellings(at_work, record) == []
    assert (await at_work.fills({}))["closed"]
    [told] = await tellings(at_work, record)
    assert (told.headline, told.body, told.status) == ("Sign-in fails", written, "identified")
    assert (await at_work.state())["modals"].get(SUPPORT, []) == []


async def test_what_the_playbook_leaves_to_be_filled_in_is_never_shown_to_customers(at_work: Workplace) -> None:
    await at_work.declares("SEV-2 Login fails")
    await at_work.types("customers 1")
    told = await at_work.fills(filled(await at_work.form()) | {"body": "It works again at [time]."})
    assert told["errors"] == {"body": "This is still to be filled in, or to be taken out: [time]"}
    assert (await at_work.form())["callback_id"] == "customers"


async def test_the_preview_leads_back_to_what_was_written_and_asks_about_brackets(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-2 Login fails")
    preview = await previews(at_work, "It works again [for most], see [our page](https://acme.example).")
    assert "Is this still to be filled in?* [for most]." in str(preview["blocks"])
    await at_work.control("close", user=SUPPORT)
    assert (await at_work.form())["callback_id"] == "customers"
    assert await tellings(at_work, record) == []


async def test_of_two_who_write_at_once_the_second_reads_what_the_first_has_said(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-2 Login fails")
    await previews(at_work, "The first.")
    await previews(at_work, "The second.", user=CTO)
    await at_work.fills({})
    await at_work.fills({}, user=CTO)
    late = await at_work.form(CTO)
    assert "told customers while you wrote" in str(late["blocks"])
    assert "The first." in str(late["blocks"])
    assert shown(late).endswith("The second.")
    assert [one.body for one in await tellings(at_work, record)] == ["The first."]


async def test_without_a_status_page_the_words_are_recorded_and_copied(without: Workplace) -> None:
    record = await without.declares("SEV-2 Login fails")
    preview = await previews(without, "We are on it.")
    assert preview["submit"]["text"] == "Record it"
    await without.fills({})
    assert shown(await without.form()).endswith("We are on it.")
    assert len(await tellings(without, record)) == 1


@pytest.mark.parametrize("kind", ["private", "drill"])
async def test_what_is_private_or_a_drill_is_shown_to_be_copied_and_never_sent(at_work: Workplace, kind: str) -> None:
    made = c.Declare(c.Actor(SUPPORT), "Login fails", "SEV-2", private=kind == "private", drill=kind == "drill")
    await at_work.edge.handler.declare(at_work.edge.workspace, made)
    said = await at_work.types("customers 1")
    assert f" is {'private' if kind == 'private' else 'a drill'}, so nothing of it is ever told to customers." in said
    assert (await at_work.state())["modals"].get(SUPPORT, []) == []


async def test_when_it_is_over_customers_can_still_be_told_so(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-2 Login fails")
    await previews(at_work, "We are on it.")
    await at_work.fills({})
    await at_work.does(record, c.Resolve(c.Actor(SUPPORT)))
    preview = await previews(at_work, "It works again.")
    assert shown(preview).splitlines()[1] == "Resolved"
    await at_work.fills({})
    assert [one.status for one in await tellings(at_work, record)] == ["investigating", "resolved"]


async def test_what_customers_are_promised_counts_from_the_words_that_promise_it(at_work: Workplace) -> None:
    record = await at_work.declares("SEV-2 Login fails")
    begun = at_work.edge.now()
    await at_work.types("customers 1")
    form = filled(await at_work.form())
    at_work.sandbox.clock.move(120)
    await at_work.fills(form)
    await at_work.fills({})
    [told] = await tellings(at_work, record)
    assert told.worded_at is not None
    assert begun - timedelta(seconds=1) < told.worded_at < told.at - timedelta(minutes=1)


async def test_an_empty_word_is_refused_under_its_field(at_work: Workplace) -> None:
    await at_work.declares("SEV-2 Login fails")
    await at_work.types("customers 1")
    told = await at_work.fills(filled(await at_work.form()) | {"headline": " ", "body": "\u200b"})
    assert set(told["errors"]) == {"headline", "body"}


def test_a_draft_is_carried_as_it_is() -> None:
    begun = datetime(2026, 3, 4, 10, tzinfo=UTC)
    components = ("Payments", "Sign-in, all")
    draft = Draft("Paying fails", "One\n\nTwo\tthree", "identified", "major", components, 3, int(begun.timestamp()))
    assert Draft.read(draft.carried(7)) == ("7", draft)
    assert draft.command(c.Actor(CTO)).worded_at == begun
    assert Draft.read("nothing of ours") is None
    assert Draft("x", "y" * 2990, "identified", "major").is_too_long(7)
