"""What Slack sends over HTTP, made quick to read for Bolt: it reads the same in it as in the form itself."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.request.internals import parse_body

from app.slack.dispatch import unwrapped

FORM = "application/x-www-form-urlencoded"
PAYLOADS = st.dictionaries(st.text(max_size=5), st.text(max_size=30) | st.lists(st.text(max_size=9), max_size=3))


@given(PAYLOADS, st.sampled_from([json.dumps, partial(json.dumps, ensure_ascii=False)]))
def test_bolt_reads_the_same_payload_in_it(payload: dict[str, Any], dumps: Callable[[object], str]) -> None:
    text = dumps(payload)
    for body in (urlencode({"payload": text}), "payload=" + quote(text, safe="")):
        assert unwrapped(body.encode()) == text.encode()
        assert parse_body(unwrapped(body.encode()).decode(), FORM) == parse_body(body, FORM) == payload


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=%5B1%5D",
        b"payload=%7B%7D&payload=%7B%7D",
        b"command=%2Fincident&text=payload%3D%7B%7D",
        b"payload=%7B%22a%22%3A%7",
        b"payload=%7B%zz%7D",
        b"payload=%7B=22%7D",
        b"payload=%7B\xff%7D",
        b'{"type": "event_callback"}',
    ],
)
def test_whatever_else_comes_is_left_as_it_is(body: bytes) -> None:
    assert unwrapped(body) == body
