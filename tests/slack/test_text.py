import json
import re
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import AlreadyAcknowledged, MissingText, NotOpen, PromiseTooFar
from app.slack.text import (
    channel_ref,
    clean,
    escape,
    fit,
    mention,
    mentions,
    on_day,
    one_line,
    permalink,
    plain,
    sentence,
    when,
    when_ago,
    when_in,
)
from tests.domain.given import START, at
from tests.slack.accepted import assert_tame
from tests.slack.examples import ONCALL, in_thread, record, tell
from tests.slack.hostile import HOSTILE

FAMILY = "👩‍👩‍👧‍👦"
TEN = "<!date^1772618400^{time}|10:00 UTC>"


@given(HOSTILE)
def test_foreign_text_pings_nobody_and_links_nowhere(text: str) -> None:
    escaped = escape(text)
    assert "<" not in escaped
    assert ">" not in escaped
    assert_tame(escaped)
    json.dumps(escaped, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("nul\x00 and \ud800half", "nul and half"),
        ("\u202eright to left\u202c", "right to left"),
        ("two\r\nlines\u2028or three", "two\nlines\nor three"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        (FAMILY, FAMILY),
        ("می‌خواهم", "می‌خواهم"),
        ("é e\u0301", "é e\u0301"),
    ],
)
def test_text_reads_as_it_was_written(written: str, shown: str) -> None:
    assert escape(written) == shown


def test_marks_do_not_pile_up() -> None:
    assert clean("e" + "\u0301" * 60 + "x") == "e" + "\u0301" * 3 + "x"


def test_plain_text_holds_nothing_that_could_come_alive_elsewhere() -> None:
    assert plain("<!channel>\nx < y") == "<\u2060!channel> x < y"


def test_mentions_are_made_of_ids_alone() -> None:
    assert mention("U0ANN") == "<@U0ANN>"
    assert mention("S0OPS") == "<!subteam^S0OPS>"
    assert mentions(["U0ANN", "W0BOB"]) == "<@U0ANN> <@W0BOB>"
    assert mention(None) == "nobody yet"
    assert mention("U1> <!channel") == "@U1&gt; &lt;!channel"


def test_times_are_shown_in_the_zone_of_the_reader() -> None:
    assert when(START) == TEN
    assert when(START, at(minutes=30)) == TEN
    assert when(START, at(hours=13)) == on_day(START)
    assert on_day(START) == "<!date^1772618400^{time}, {date_short_pretty}|10:00 UTC, 4 Mar 2026>"
    assert when_ago(START) == "<!date^1772618400^{time} ({ago})|10:00 UTC>"


@pytest.mark.parametrize(
    ("minutes", "relative"),
    [
        (0, "now"),
        (0.1, "now"),
        (-0.9, "now"),
        (0.9, "in less than a minute"),
        (1, "in 1 min"),
        (14, "in 14 min"),
        (-107, "1 h 47 min ago"),
        (60, "in 1 h"),
    ],
)
def test_times_are_relative_and_absolute_at_once(minutes: float, relative: str) -> None:
    moment = START + timedelta(minutes=minutes)
    assert when_in(moment, START) == f"{relative}, {when(moment)}"


def test_an_incident_is_named_by_its_channel_or_its_name() -> None:
    assert channel_ref(record(tell())) == "<#C0INCIDENT12>"
    assert channel_ref(in_thread(tell())) == "incident-12"


def test_only_addresses_of_messages_become_links() -> None:
    good = "https://acme.slack.com/archives/C012/p1700000000000100?thread_ts=1.2&cid=C012"
    assert permalink(good, "this <message>") == f"<{good.replace('&', '&amp;')}|this &lt;message&gt;>"
    for bad in (None, "https://evil.example.com/", f"{good}|x> <!channel", "javascript:/archives/C1/p1"):
        assert permalink(bad, "here") == "here"


@given(HOSTILE, st.integers(1, 200))
def test_what_is_too_long_is_cut_and_says_so(text: str, limit: int) -> None:
    kept = fit(text, limit)
    assert len(kept) <= limit
    assert kept == text if len(text) <= limit else "…" in kept


@given(HOSTILE, st.integers(100, 3000))
def test_a_cut_never_goes_through_an_escape(text: str, limit: int) -> None:
    kept = fit(escape(text), limit)
    assert not re.search(r"&(?!(amp|lt|gt);)", kept)


@given(st.integers(100, 400))
def test_a_cut_never_goes_through_a_token(limit: int) -> None:
    kept = fit("".join(f"{mention('U0ANN')}, {when(START)}; " for _ in range(40)), limit)
    assert_tame(kept)


@given(st.integers(100, 160))
def test_a_cut_never_goes_through_what_is_seen_as_one_character(limit: int) -> None:
    for one in (FAMILY, "e\u0301\u0302", "🇩🇪", "👍🏽", "☎️"):
        kept = fit(one * 200, limit).partition("…")[0]
        whole, rest = divmod(len(kept), len(one))
        assert (kept, rest) == (one * whole, 0)


def test_a_cut_says_how_much_is_missing() -> None:
    assert fit("x" * 12_445, 100 + len("… (12,345 more characters)")) == "x" * 100 + "… (12,345 more characters)"
    assert fit("a" + "&amp;" * 200, 130).endswith("… (180 more characters)")
    assert fit("SEV1 Payment API down", 10) == "SEV1 Paym…"


def test_text_of_nothing_but_marks_is_cut_all_the_same() -> None:
    text = "\u093e" * 1000
    assert unicodedata.category(text[0]) == "Mc"
    assert len(fit(text, 150)) <= 150


def test_a_refusal_names_people_times_and_the_incident() -> None:
    story = tell()
    refused = NotOpen(incident="incident-12", status="resolved", at=START, by=ONCALL.id)
    assert sentence(refused, record(story), at(hours=1)) == (
        f"<#C0INCIDENT12> was resolved at {TEN} by <@U0ONCALL>. To work on it again: `/incident reopen`"
    )
    assert sentence(refused).startswith(f"incident-12 was resolved at {on_day(START)} by")


def test_a_refusal_escapes_what_people_wrote() -> None:
    assert sentence(MissingText(what="<!channel>", hint="")) == "&lt;!channel&gt; is missing. "
    taken = AlreadyAcknowledged(incident="<!here>", at=START, by="<!here>")
    assert_tame(sentence(taken))
    late = PromiseTooFar(severity="SEV1", every="15 min", latest=START)
    assert sentence(late, now=START).endswith(f"promised for {TEN} at the latest.")


def test_one_line_has_no_line_ends() -> None:
    assert one_line(" a\n\n b\tc ") == "a b c"
