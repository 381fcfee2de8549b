"""Mail arrives at a real SMTP server as text and HTML, and whatever that server says becomes the right outcome."""

import re
import ssl
import subprocess
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.mailing import to_lists
from app.domain.playbook import Playbook
from app.domain.reference import CUSTOMERS_TOLD, DECLARED, RESOLVED, SEVERITY_CHANGED, UPDATED, MailingList
from app.integrations.mail.compose import Composer
from app.integrations.mail.server import MailServer
from app.integrations.mail.session import access
from app.integrations.mail.sink import MailSink
from app.integrations.mail.words import GENERAL, MailWords, facts
from app.line import Fence
from app.line.addresses import Address
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.store import Delivery
from tests.domain.given import DEFAULT, Story, at
from tests.integrations.postbox import PASSWORD, USER, Postbox, listening
from tests.integrations.test_sink import delivery
from tests.slack.examples import ONCALL, record, tell

STAKEHOLDERS = MailingList(
    "stakeholders",
    ("cto@example.com", "support@example.com"),
    (DECLARED, UPDATED, SEVERITY_CHANGED, RESOLVED),
    ("SEV1",),
)
CUSTOMERS = MailingList("customers", ("one@customer.example", "two@customer.example"), (CUSTOMERS_TOLD,))
PLAYBOOK = Playbook(DEFAULT, connected=frozenset(f.Way), mailing=(STAKEHOLDERS, CUSTOMERS))
ROOM = "https://slack.com/app_redirect?team=T1&channel=C1"
HOSTILE = "x\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script> <https://evil.example|Log in> {{ 7 * 7 }}"


def sink(box: Postbox, url: str = "", fence: Fence | None = None, context: ssl.SSLContext | None = None) -> MailSink:
    address = SecretStr(url or f"smtp://127.0.0.1:{box.port}")
    composer = Composer("Incidents <incidents@example.com>")
    server = MailServer(access(address, fence or Fence(), context), composer.sender)
    return MailSink(server, composer, MailWords({}), PLAYBOOK, lambda _: ROOM)


async def mailed(
    sink: MailSink, story: Story, *, to: str = "stakeholders", delivery_: Delivery | None = None
) -> Outcome:
    """Make the mail to one list that follows from the last event."""
    event = story.events[-1]
    [effect] = [one for one in to_lists(event, story.incident, PLAYBOOK) if isinstance(one, f.MailList)]
    assert effect.list_id == to
    return await sink.deliver(delivery_ or delivery(effect, event), record(story))


def hosted(event: e.Event) -> Delivery:
    return delivery(f.MailList("stakeholders", "mail/update"), event)


def updated(text: str = "Half of the cards work") -> Story:
    return (
        tell(title=text, services=text, impact=text)
        .do(c.Acknowledge(ONCALL))
        .do(c.PostUpdate(ONCALL, "identified", text, text, text, at(minutes=20)))
    )


async def test_a_mail_is_text_and_html_from_us_and_says_that_a_machine_wrote_it(box: Postbox) -> None:
    assert await mailed(sink(box), updated()) == Sent({"addresses": 2})
    [(mail, to)] = box.taken
    assert to == ["cto@example.com", "support@example.com"]
    assert mail["From"] == "Incidents <incidents@example.com>"
    assert mail["To"] == "cto@example.com, support@example.com"
    assert mail["Subject"] == "SEV1 Half of the cards work: identified"
    assert (mail["Message-ID"], mail["References"]) == ("<k1@example.com>", "<incident-3-stakeholders@example.com>")
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert "The next update is promised by 2026-03-04 10:20 UTC.\n" in text.get_content()
    assert f"in Slack: {ROOM}" in text.get_content()
    assert '<p style="margin:0 0 16px">Half of the cards work</p>' in html.get_content()


async def test_what_people_wrote_becomes_no_header_no_markup_and_no_template(box: Postbox) -> None:
    assert isinstance(await mailed(sink(box), updated(HOSTILE)), Sent)
    [(mail, to)] = box.taken
    assert to == list(STAKEHOLDERS.to)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    html = mail.get_body(("html",))
    assert html
    assert "<script" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()
    assert "{{ 7 * 7 }}" in html.get_content()
    assert re.findall(r"<a href=\"([^\"]+)\"", html.get_content()) == [ROOM.replace("&", "&amp;")]


async def test_customers_read_what_was_confirmed_and_nobody_sees_who_else_does(box: Postbox) -> None:
    story = tell()
    told = e.CustomersTold(
        at(), ONCALL.id, "Card payments fail", "We work on it.", "investigating", "major", ("Checkout",)
    )
    story.events.append(told)
    assert isinstance(await mailed(sink(box), story, to="customers"), Sent)
    [(mail, to)] = box.taken
    assert (mail["To"], to) == ("undisclosed-recipients:;", list(CUSTOMERS.to))
    assert mail["Subject"] == "Investigating: Card payments fail"
    text = mail.get_body(("plain",))
    assert text
    assert text.get_content() == "We work on it.\n\nAffected: Checkout\n\n2026-03-04 10:00 UTC\n"
    assert "Payment API down" not in mail.as_string()
    assert "slack.com" not in mail.as_string()


def test_lists_are_told_of_their_moments_and_severities_alone() -> None:
    def lists(story: Story, event: type[e.Event]) -> list[str]:
        told = to_lists(story.last(event), story.incident, PLAYBOOK)
        return [one.message for one in told if isinstance(one, f.MailList)]

    story = tell("SEV2")
    assert lists(story, e.Declared) == []
    story.do(c.ChangeSeverity(ONCALL, "SEV1"))
    assert lists(story, e.SeverityChanged) == ["mail/severity_changed"]
    story.do(c.PostUpdate(ONCALL, no_change=True))
    assert lists(story, e.UpdatePosted) == []
    story.do(c.Cancel(ONCALL, "A test"))
    assert lists(story, e.Cancelled) == ["mail/cancelled"]
    for hidden in (replace(story.incident, private=True), replace(story.incident, drill=True)):
        assert to_lists(story.last(e.Cancelled), hidden, PLAYBOOK) == []
    unconnected = replace(PLAYBOOK, connected=frozenset({f.Way.SLACK}))
    assert to_lists(story.last(e.Cancelled), story.incident, unconnected) == []


def test_every_event_that_is_mailed_has_its_template() -> None:
    story = tell().do(c.ChangeSeverity(ONCALL, "SEV2")).do(c.ChangeSeverity(ONCALL, "SEV1"))
    story.do(c.ChangeStatus(ONCALL, "monitoring")).do(c.Resolve(ONCALL, root_cause="A disk", fix="A bigger one"))
    story.do(c.Reopen(ONCALL, "Again")).do(c.Cancel(ONCALL, "No")).do(c.Reopen(ONCALL))
    story.events.append(e.MergedInto(at(), ONCALL.id, 3, "incident-3", "C3"))
    words, then = MailWords({}), record(story)
    for event in story.events:
        for one in to_lists(event, story.incident, PLAYBOOK):
            assert isinstance(one, f.MailList)
            written = words.write(one.message, "default", facts(then, event, STAKEHOLDERS, None))
            assert written.subject.startswith(("SEV1 ", "SEV2 "))
            assert "the list stakeholders" in written.text


def test_a_mail_is_written_in_tocsin_s_own_words_where_the_playbook_s_do_not_come_to_an_end(tmp_path: Path) -> None:
    for name in ("declared.j2", "update.html.j2"):
        (tmp_path / "mail").mkdir(exist_ok=True)
        (tmp_path / "mail" / name).write_text(
            "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}"
        )
    story = updated()
    known = facts(record(story), story.events[-1], STAKEHOLDERS, None)
    for template in ("declared", "update"):
        theirs = MailWords({"default": [tmp_path, GENERAL]}).write(f"mail/{template}", "default", known)
        assert theirs == MailWords({}).write(f"mail/{template}", "default", known)


async def test_a_second_copy_says_so_and_has_the_same_id(box: Postbox) -> None:
    story = updated()
    office = sink(box)
    box.answers.append("drop")
    first = hosted(story.events[-1])
    assert await mailed(office, story, delivery_=first) == Doubtful(
        "the mail server did not say whether it took the mail"
    )
    assert await office.find(first, record(story)) is None
    assert isinstance(await mailed(office, story, delivery_=replace(first, repeated=True)), Sent)
    one, other = box.mails
    assert one["Message-ID"] == other["Message-ID"]
    assert other["Subject"] == f"(possibly repeated) {one['Subject']}"


async def test_a_server_that_takes_its_time_over_a_mail_gets_it_once(box: Postbox) -> None:
    office, story = sink(box), updated()
    office = replace(office, server=replace(office.server, within=timedelta(seconds=0.3)))
    box.answers.append("slow")
    first = hosted(story.events[-1])
    again = replace(first, repeated=True)
    for attempt in (first, again):
        assert isinstance(await mailed(office, story, delivery_=attempt), Doubtful)
    box.done.set()
    assert await mailed(office, story, delivery_=again) == Sent({"addresses": 2})
    assert len(box.mails) == 1


async def test_what_is_put_off_comes_later_and_what_is_refused_never(box: Postbox) -> None:
    box.answers += ["451 greylisted, try again", "554 looks like spam", ""]
    greylisted = Later("the mail server puts it off: greylisted, try again (451)", of_all=False)
    assert await mailed(sink(box), updated()) == greylisted
    assert await mailed(sink(box), updated()) == Dead(
        "mail the list stakeholders", "the mail server refuses it: looks like spam (554)"
    )
    assert await mailed(sink(box), updated()) == Sent({"addresses": 2})


async def test_one_address_that_is_put_off_or_refused_keeps_the_others_from_nothing(box: Postbox) -> None:
    office, story = sink(box), updated()
    box.refusing["support@example.com"] = "450 mailbox busy"
    put_off = await mailed(office, story)
    assert isinstance(put_off, Later)
    assert (put_off.reason, put_off.of_all) == ("the mail server puts off 1 address: mailbox busy (450)", False)
    box.refusing["support@example.com"] = "550 no such user"
    again = replace(hosted(story.events[-1]), result=dict(put_off.kept or {}))
    became = await mailed(office, story, delivery_=again)
    assert isinstance(became, Sent)
    assert became.result == {"addresses": 1, "refused": 1}
    [told] = became.learned
    assert isinstance(told, c.RecordFailure)
    assert told.reason == "the mail server takes nothing for 1 address: no such user (550)"
    # Who has it already is not mailed a second time.
    assert [to for _, to in box.taken] == [["cto@example.com"]]
    box.refusing = dict.fromkeys(STAKEHOLDERS.to, "550 no such user")
    assert isinstance(await mailed(office, updated()), Dead)


async def test_a_long_list_is_mailed_by_and_by_to_everybody_once(box: Postbox) -> None:
    everybody = tuple(f"u{one}@example.com" for one in range(50))
    playbook = replace(PLAYBOOK, mailing=(replace(STAKEHOLDERS, to=everybody),))
    office, story = replace(sink(box), playbook=playbook), updated()
    box.refusing = {"u3@example.com": "450 mailbox busy", "u4@example.com": "550 no such user"}
    next_one, became = hosted(story.events[-1]), []
    while not isinstance(one := await mailed(office, story, delivery_=next_one), Sent):
        assert isinstance(one, Later)
        became.append((one.tried, one.of_all))
        next_one = replace(next_one, result=dict(one.kept or {}))
        if one.tried:
            box.refusing.pop("u3@example.com", None)
    assert became == [(False, False), (False, False), (True, False)]
    assert one.result == {"addresses": 49, "refused": 1}
    reached = [to for _, some in box.taken for to in some]
    assert sorted(reached) == sorted({*everybody} - {"u4@example.com"})


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_server_that_is_not_there_or_asks_who_we_are_is_away(box: Postbox) -> None:
    nobody = sink(box, "smtp://127.0.0.1:9")
    assert await mailed(nobody, updated()) == Away("the mail server cannot be reached: nobody answers at its address")
    assert await nobody.away() == "the mail server cannot be reached: nobody answers at its address"
    asking = Postbox()
    async with listening(asking, asks=True):
        wrong = sink(asking, f"smtp://{USER}:wrong@127.0.0.1:{asking.port}")
        assert (await wrong.away() or "").startswith("the mail server does not let us in: ")
        assert "wrong" not in (await wrong.prove())[0].says
        right = sink(asking, f"smtp://{USER}:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{asking.port}")
        assert [proof.ok for proof in await right.prove()] == [True]
        assert isinstance(await mailed(right, updated()), Sent)
    assert asking.mails
    assert box.mails == []


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of a server mail.example, and that of a client which trusts it."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=mail.example"
    named = ["-addext", "subjectAltName=DNS:mail.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make.split(), *named], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=certificate)


async def test_nothing_goes_unencrypted_but_to_this_machine(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def here(_name: str, _port: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1")]

    tls, trusting = contexts
    fence, offering, plain = Fence(frozenset({"mail.example"}), here), Postbox(), Postbox()
    async with AsyncExitStack() as open_:
        await open_.enter_async_context(listening(offering, tls))
        await open_.enter_async_context(listening(plain))
        at_name = f"smtp://mail.example:{offering.port}"
        assert isinstance(await mailed(sink(offering, at_name, fence, trusting), updated()), Sent)
        assert offering.encrypted == [True]
        untrusted = await mailed(sink(offering, at_name, fence), updated())
        assert untrusted == Away(
            "the mail server cannot be reached: its certificate is not one that this machine trusts. See SMTP_URL"
        )
        refused = await mailed(sink(plain, f"smtp://mail.example:{plain.port}", fence, trusting), updated())
        assert refused == Away(
            "the mail server offers no encryption (STARTTLS), and nothing is sent without. See SMTP_URL"
        )
        inside = await mailed(sink(plain, f"smtp://mail.example:{plain.port}", Fence(resolve=here)), updated())
        assert isinstance(inside, Away)
        assert "TOCSIN_ALLOWED_HOSTS" in inside.reason
        wrapped = Postbox()
        await open_.enter_async_context(listening(wrapped, tls, from_the_start=True))
        encrypted = sink(wrapped, f"smtps://mail.example:{wrapped.port}", fence, trusting)
        assert isinstance(await mailed(encrypted, updated()), Sent)
        mixed_up = await mailed(sink(plain, f"smtps://mail.example:{plain.port}", fence, trusting), updated())
        assert mixed_up == Away(
            "the mail server cannot be reached: it speaks no TLS there: smtp:// is for port 587, smtps:// for 465. "
            "See SMTP_URL"
        )
    assert plain.mails == []
