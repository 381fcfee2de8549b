"""What the answer of a system outside means for a delivery."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.integrations.answers import OtherSide
from app.line import Answer, Unanswered, Unreachable
from app.outbox import Away, Dead, Doubtful, Failed, Later

JIRA = OtherSide("Jira", "JIRA_API_TOKEN", (SecretStr("hush-hush"),), "JIRA_URL")
WHAT = "open a ticket"
HTML = "text/html"
A_PAGE = "Jira answers with a web page, perhaps a login"
SEE = "See the address in JIRA_URL, and JIRA_API_TOKEN"


async def hear(answer: Answer | Exception, **more: tuple[int, ...]) -> Answer | Failed:
    async def asking() -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return await JIRA.hear(asking(), WHAT, **more)


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (Unreachable("nobody answers at its address"), Away("Jira cannot be reached: nobody answers at its address")),
        (Unanswered(), Doubtful("Jira did not answer")),
        (Answer(401, b""), Away("Jira does not let us in: it answered 401. See JIRA_API_TOKEN")),
        (Answer(403, b'{"message": "no"}'), Away("Jira does not let us in: no (403). See JIRA_API_TOKEN")),
        (Answer(429, b"", timedelta(seconds=7)), Later("Jira asked for a pause", timedelta(seconds=7))),
        (Answer(408, b""), Later("Jira asked for a pause", None)),
        (Answer(500, b""), Doubtful("Jira failed: 500")),
        (Answer(503, b""), Doubtful("Jira failed: 503")),
        (Answer(301, b""), Away("the address of Jira leads to another one (301). See JIRA_URL")),
        (Answer(302, b"<html>", kind=HTML), Away("the address of Jira leads to another one (302). See JIRA_URL")),
        (Answer(404, b"<html>", kind=HTML), Dead(WHAT, "Jira refuses it: it answered 404")),
        (Answer(200, b"<!DOCTYPE html><p>Sign in", kind=HTML), Away(f"{A_PAGE} (200). {SEE}")),
        (Answer(201, b"\xef\xbb\xbf\n<p>Sign in", kind=HTML), Away(f"{A_PAGE} (201). {SEE}")),
        (Answer(200, b"<?xml version='1.0'?><html>", kind="application/xhtml+xml"), Away(f"{A_PAGE} (200). {SEE}")),
        (Answer(200, b"  <HTML lang=en>"), Away(f"{A_PAGE} (200). {SEE}")),
    ],
)
async def test_an_answer_that_is_not_good_means_something_for_a_delivery(
    answer: Answer | Exception, means: Failed
) -> None:
    assert await hear(answer) == means


async def test_a_good_answer_and_one_that_was_expected_come_back_as_they_are() -> None:
    for answer, also in ((Answer(201, b"{}"), ()), (Answer(404, b""), (404,)), (Answer(401, b""), (401,))):
        assert await hear(answer, also=also) is answer


async def test_a_403_about_one_thing_alone_does_not_stop_everything() -> None:
    assert isinstance(await hear(Answer(403, b""), refuses_us=(401,)), Dead)


@pytest.mark.parametrize("body", [b"", b"ok", b'{"id": "<7>"}', b"\n"])
async def test_what_a_server_merely_calls_a_web_page_is_none(body: bytes) -> None:
    answer = Answer(200, body, kind=HTML)
    assert await hear(answer) is answer


async def test_where_nobody_is_refused_for_all_a_login_is_about_one_thing_and_a_redirect_is_about_all() -> None:
    shown = await hear(Answer(200, b"<html>", kind=HTML), refuses_us=())
    assert shown == Dead(WHAT, f"{A_PAGE} (200). {SEE}")
    assert isinstance(await hear(Answer(302, b""), refuses_us=()), Away)


async def test_one_whose_address_has_no_setting_of_its_own_names_the_one_that_there_is() -> None:
    one = OtherSide("the webhook", "TOCSIN_WEBHOOK_URL")
    moved, shown = (one.refusal(Answer(status, b"<html>"), WHAT) for status in (308, 200))
    assert moved == Away("the address of the webhook leads to another one (308). See TOCSIN_WEBHOOK_URL")
    assert shown == Away("the webhook answers with a web page, perhaps a login (200). See TOCSIN_WEBHOOK_URL")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b'{"errorMessages": ["Not here"], "errors": {"summary": "is required"}}',
            "summary: is required, Not here (400)",
        ),
        (b'{"message": "invalid", "errors": ["a", "b", "a"]}', "invalid, a, b (400)"),
        (b'{"error": {"message": "x", "errors": ["y"], "code": 3}}', "x, y (400)"),
        (b'{"errors": [{"status": 400, "title": "t", "detail": "d"}]}', "t, d (400)"),
        (b'{"message": "the token hush-hush is wrong"}', "the token [redacted] is wrong (400)"),
        (b'{"message": "two\\nlines \\u202e\\u0000"}', "two lines (400)"),
        (b'["no object"]', "it answered 400"),
        (b'{"message": 7, "errors": null}', "it answered 400"),
        (b"\xff\xfe", "it answered 400"),
        (b'{"errors": ' + b"[" * 900 + b"]" * 900 + b"}", "it answered 400"),
    ],
)
def test_what_it_says_is_told_in_one_line_without_our_secrets(body: bytes, words: str) -> None:
    assert JIRA.words(Answer(400, body)) == words


def test_however_much_it_says_the_reason_stays_short() -> None:
    assert len(JIRA.words(Answer(400, b'{"message": "' + b"x" * 100_000 + b'"}'))) < 350


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"issues": null}', b'{"issues": [{"key": "OPS-1"}'])
def test_what_holds_no_list_does_not_say_that_nothing_is_there(body: bytes) -> None:
    assert JIRA.found(Answer(200, body), "issues") == Doubtful("Jira answered in a way that says nothing")


def test_what_a_look_up_found_is_listed_under_its_name_or_is_all_there_is() -> None:
    assert JIRA.found(Answer(200, b'{"issues": [{"key": "OPS-1"}, null]}'), "issues") == [{"key": "OPS-1"}]
    assert JIRA.found(Answer(200, b"[]")) == []
