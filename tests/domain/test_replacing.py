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


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    first: int
    second: int

    def __post_init__(self) -> None:
        if self.first > self.second:
            raise ValueError


def test_what_is_checked_when_it_is_made_is_not_made_unchecked() -> None:
    with pytest.raises(TypeError, match="Checked does more"):
        replace(Checked(1, 2), first=3)
