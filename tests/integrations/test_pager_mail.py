"""Pages by mail, and the one sink that takes all mail."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.domain import effects as f
from app.domain import events as e
from app.integrations import Alert, Misfit, PagerSink, connect
from app.integrations.mail.compose import Composer
from app.integrations.mail.connecting import mail_server
from app.integrations.mail.sink import MailSink
from app.integrations.pagers import pagers
from app.integrations.pagers.mail import MailPager
from app.outbox import Dead, Sent
from tests.domain.given import at
from tests.integrations.postbox import Postbox
from tests.integrations.test_mail import PLAYBOOK, ROOM, sink
from tests.integrations.test_sink import delivery
from tests.slack.examples import record, tell


async def test_a_page_is_mailed_to_each_address_once_and_is_the_same_mail_each_time(box: Postbox) -> None:
    server = sink(box).server
    addresses = {"primary": ("on-call@example.com",), "manager": ("on-call@example.com", "boss@example.com")}
    pager = MailPager(server, Composer("incidents@example.com"), addresses, now=at)
    routes = pager.routes(["primary", "manager", "secondary"])
    assert routes == {"on-call@example.com": ("primary", "manager"), "boss@example.com": ("manager",)}
    alert = Alert("k1", "SEV1 Payment API down. Page to Primary on-call", 0, "payments", {"To do": "Acknowledge"}, ROOM)
    assert [await pager.trigger(route, alert) for route in routes] == [Sent(), Sent()]
    first, other = box.mails
    assert (first["Subject"], first["Importance"]) == (alert.summary, "high")
    text = first.get_body(("plain",))
    assert text
    assert text.get_content() == f"To do: Acknowledge\n\n{ROOM}\n"
    assert first["Message-ID"] != other["Message-ID"]
    await pager.trigger("boss@example.com", replace(alert, repeated=True))
    assert box.mails[-1]["Subject"] == f"(possibly repeated) {alert.summary}"
    assert box.mails[-1]["Message-ID"] == other["Message-ID"]
    box.refusing["boss@example.com"] = "550 no such user"
    refused = await pager.trigger("boss@example.com", alert)
    assert refused == Dead("page by mail", "the mail server takes nothing for boss@example.com: no such user (550)")


async def test_pages_by_mail_and_mail_to_lists_go_by_one_sink(box: Postbox) -> None:
    office = sink(box)
    pager = MailPager(office.server, office.composer, {"manager": ("boss@example.com",)}, now=at)
    both = replace(office, pages=PagerSink(pager, lambda _: ROOM))
    story = tell()
    rung = await both.deliver(delivery(f.RingPager(("manager",), f.Way.EMAIL), story.last(e.Paged)), record(story))
    assert isinstance(rung, Sent)
    assert [to for _, to in box.taken] == [["boss@example.com"]]
    server, whom = await both.prove()
    assert server.says.endswith("mail is from incidents@example.com. Lists of the playbook: stakeholders, customers.")
    assert whom.says == "Pages by mail go to manager (boss@example.com); nobody was mailed."
    alone = await office.deliver(delivery(f.RingPager(("manager",), f.Way.EMAIL), story.last(e.Paged)), record(story))
    assert isinstance(alone, Dead)


def test_whom_mail_is_from_has_to_be_said() -> None:
    with pytest.raises(Misfit, match="TOCSIN_MAIL_FROM is not"):
        mail_server(Settings(smtp_url=SecretStr("smtp://127.0.0.1:25")))


async def test_one_setting_connects_mail_to_lists_and_to_responders_who_have_an_address() -> None:
    settings = Settings(smtp_url=SecretStr("smtps://127.0.0.1"), mail_from="incidents@example.com")
    for emails, is_paged in (({"primary": ("on-call@example.com",)}, True), ({}, False)):
        playbook = replace(PLAYBOOK, emails=emails)
        ringing = pagers(settings, playbook)
        made = connect(settings, playbook, ringing, lambda _: None)
        office = made.sinks[f.Way.EMAIL]
        assert isinstance(office, MailSink)
        assert isinstance(office.pages, PagerSink) is is_paged
        assert ringing.ways("primary", playbook) == ((f.Way.EMAIL,) if is_paged else ())
        await made.close()
