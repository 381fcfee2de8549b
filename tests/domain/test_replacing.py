import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.incident import MessageRef
from app.domain.replacing import replace

FIELDS = st.fixed_dictionaries({}, optional={"channel": st.text(), "ts": st.text()})


@given(st.text(), st.text(), FIELDS)
def test_it_makes_what_the_standard_library_makes(channel: str, ts: str, changes: dict[str, str]) -> None:
    ref = MessageRef(channel, ts)
    assert replace(ref, **changes) == dataclasses.replace(ref, **changes)
    assert ref == MessageRef(channel, ts)


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError, match="room"):
        replace(MessageRef("C1", "1.2"), room="C2")
