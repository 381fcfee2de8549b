"""Confluence: one page for each incident, written anew each time it is published, unless people have changed it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.domain import commands as c
from app.domain import effects as f
from app.integrations.documents.confluence import Account, Confluence
from app.integrations.documents.sink import DocumentSink
from app.integrations.documents.storage import in_storage
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.sandbox.vendors import Fault, Vendors, confluence
from app.store import Record
from tests.integrations.test_sink import delivery
from tests.slack.examples import record, tell

ACCOUNT = Account("", confluence.EMAIL, SecretStr(confluence.TOKEN), confluence.SPACE)
PUBLISH = delivery(f.PublishDocument())
TITLE = "Postmortem incident-12: Payment API down"


class Connected:
    """A sink, and the Confluence behind it."""

    def __init__(self, vendors: Vendors) -> None:
        self.fake = vendors.of(confluence.Confluence)
        self.site = vendors.url("confluence")
        self.made: list[DocumentSink] = []
        self.said = "# Postmortem\n\nThe *pool* was **full**."
        self.sink = self.with_account(ACCOUNT)

    def with_account(self, account: Account) -> DocumentSink:
        sink = DocumentSink(Confluence(replace(account, site=self.site)))
        sink.draft = self.draft
        self.made.append(sink)
        return sink

    async def draft(self, _: Record) -> str:
        return self.said

    async def publish(self) -> Outcome:
        return await self.sink.deliver(PUBLISH, record(tell()))


@pytest.fixture
async def wiki(vendors: Vendors) -> AsyncIterator[Connected]:
    connected = Connected(vendors)
    yield connected
    for sink in connected.made:
        await sink.close()


async def test_a_postmortem_becomes_a_page_and_its_address_is_learned(wiki: Connected) -> None:
    published = await wiki.publish()
    url = f"{wiki.site}/wiki/spaces/OPS/pages/1000"
    assert published == Sent({"url": url}, (c.RecordDocument(url),))
    [page] = wiki.fake.pages.values()
    assert page.title == TITLE
    assert "<p>The <em>pool</em> was <strong>full</strong>.</p>" in page.body


async def test_what_only_people_can_fill_in_is_told_with_it(wiki: Connected) -> None:
    wiki.said = "_[to fill in: summary]_ and \\_\\[to fill in: what somebody wrote\\]\\_, _[to fill in: summary]_"
    published = await wiki.publish()
    assert isinstance(published, Sent)
    assert [one.blanks for one in published.learned if isinstance(one, c.RecordDocument)] == [("summary",)]


async def test_published_again_it_is_the_same_page(wiki: Connected) -> None:
    await wiki.publish()
    for wiki.said in ("second", "third"):
        assert isinstance(await wiki.publish(), Sent)
    [page] = wiki.fake.pages.values()
    assert page.body == "<p>third</p>\n"
    assert page.version == 3


async def test_what_people_have_changed_is_left_as_it_is(wiki: Connected) -> None:
    await wiki.publish()
    [page] = wiki.fake.pages.values()
    page.body, page.version, page.message = "<p>theirs</p>", 2, ""
    refused = await wiki.publish()
    assert isinstance(refused, Dead)
    assert "people have changed the page" in refused.reason
    assert page.body == "<p>theirs</p>"


async def test_a_page_of_that_title_that_somebody_else_wrote_is_left_as_it_is(wiki: Connected) -> None:
    wiki.fake.pages["7"] = theirs = confluence.Page("7", TITLE, "<p>theirs</p>", author="557058")
    refused = await wiki.publish()
    assert isinstance(refused, Dead)
    assert "somebody else has a page of that title" in refused.reason
    assert theirs.body == "<p>theirs</p>"


async def test_one_page_that_we_may_not_edit_keeps_no_other_waiting(wiki: Connected) -> None:
    await wiki.publish()
    wiki.fake.pages["1000"].restricted = True
    refused = await wiki.publish()
    assert isinstance(refused, Dead)
    assert "You may not edit this page" in refused.reason


@pytest.mark.parametrize("fault", ["error_after", "drop_after"])
async def test_a_page_that_was_written_without_an_answer_is_there_once(wiki: Connected, fault: Fault) -> None:
    wiki.fake.fail(fault)
    assert isinstance(await wiki.publish(), Doubtful)
    assert isinstance(await wiki.publish(), Sent)
    assert len(wiki.fake.pages) == 1


async def test_below_a_parent_where_one_is_set(wiki: Connected) -> None:
    await wiki.with_account(replace(ACCOUNT, parent="777")).deliver(PUBLISH, record(tell()))
    [page] = wiki.fake.pages.values()
    assert page.parent == "777"


async def test_what_is_private_is_published_nowhere(wiki: Connected) -> None:
    secret = record(tell())
    secret = replace(secret, incident=replace(secret.incident, private=True))
    became = await wiki.sink.deliver(PUBLISH, secret)
    assert isinstance(became, Sent)
    assert not wiki.fake.heard


async def test_pauses_refusals_and_unknown_spaces_are_told_apart(wiki: Connected) -> None:
    wiki.fake.fail("ratelimited")
    assert await wiki.publish() == Later("Confluence asked for a pause", timedelta(seconds=1))
    stranger = await wiki.with_account(replace(ACCOUNT, token=SecretStr("stale"))).deliver(PUBLISH, record(tell()))
    assert isinstance(stranger, Away)
    assert "CONFLUENCE_API_TOKEN" in stranger.reason
    lost = await wiki.with_account(replace(ACCOUNT, space="NONE")).deliver(PUBLISH, record(tell()))
    assert isinstance(lost, Dead)
    assert "no space NONE" in lost.reason


async def test_until_slack_is_known_it_waits(wiki: Connected) -> None:
    wiki.sink.draft = None
    became = await wiki.publish()
    assert isinstance(became, Later)
    assert not became.tried


async def test_the_proof_writes_nothing(wiki: Connected) -> None:
    assert [one.ok for one in await wiki.sink.prove()] == [True]
    *_, parent = await wiki.with_account(replace(ACCOUNT, parent="777")).prove()
    assert "CONFLUENCE_PARENT" in parent.says
    assert not wiki.fake.pages


def test_nothing_in_a_page_is_live() -> None:
    hostile = (
        "<script>alert(1)</script> <ac:structured-macro/> ![x](http://evil.example/a.png) [y](javascript:alert(1))"
        " \x0b\ufffe"
    )
    made = in_storage(f"| a |\n|---|\n| {hostile} |\n\n{hostile} & © <br>")
    assert "<script" not in made
    assert "<ac:" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert confluence.is_storage({"representation": "storage", "value": made})
