"""Whatever becomes of a good file, the answer is a playbook or its faults, each on one line that the file has."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.playbooks.shipped import shipped
from tests.playbooks.folders import copy_of, faults_of

FILES = ("playbook.yml", "messages/declared.j2", "postmortem.md.j2")
SHIPPED = {
    (name, file): (shipped() / "playbooks" / name / file).read_bytes()
    for name in ("default", "multi-service")
    for file in FILES
}

fragments = st.one_of(
    st.binary(max_size=12),
    st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            *(
                b"null",
                b"[]",
                b"{}",
                b"- ",
                b": ",
                b"&a ",
                b"*a",
                b"!!int ",
                b"<<: ",
                b"? ",
                b"| ",
                b"> ",
                b"\t",
                b"---\n",
            ),
            *(
                b"0x1f",
                b"1e9",
                b".inf",
                b"12:30",
                b"2026-12-25",
                b"on",
                b"9" * 30,
                b"-1",
                b'"\\ud800"',
                b'"\\U99999999"',
            ),
            *(b"%YAML 9.9\n", b"%TAG ! x\n", b"{{", b"}}", b"{%", b"%}", b"{#", b"\xef\xbb\xbf", b"\x00", b"\x85"),
        ]
    ),
)
edits = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 80), fragments).map(lambda edit: ("splice", edit))
    | st.integers(0, 2**32).map(lambda seed: ("lines", seed)),
    min_size=1,
    max_size=4,
)


def spoil(content: bytes, edit: tuple[str, object]) -> bytes:
    match edit:
        case ("splice", (float(place), int(length), bytes(fragment))):
            start = int(place * len(content))
            return content[:start] + fragment + content[start + length :]
        case ("lines", int(seed)):
            return _with_lines_moved(content, random.Random(seed))  # noqa: S311
        case _:
            raise AssertionError(edit)


def _with_lines_moved(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    chosen, place = chance.randrange(len(lines)), chance.randrange(len(lines))
    moved = lines[chosen] if chance.random() < 0.5 else lines.pop(chosen)
    lines.insert(place, b" " * chance.randrange(4) + moved)
    return b"".join(lines)


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(SHIPPED)), edits)
@example(("default", "playbook.yml"), [("splice", (0.0, 0, b"%YAML 1.x\n"))])
@example(("default", "playbook.yml"), [("splice", (1.0, 0, b"%YAML 0.0"))])
@example(("default", "playbook.yml"), [("splice", (0.0, 0, b"? {a: b}\n: c\n"))])
@example(("default", "playbook.yml"), [("splice", (0.0, 0, b'"\\ud800": "\\ud800"\n'))])
@example(("default", "playbook.yml"), [("splice", (0.0, 10**6, b""))])
def test_a_spoiled_file_gives_faults_and_never_a_traceback(
    which: tuple[str, str], spoiling: list[tuple[str, object]]
) -> None:
    name, file = which
    content = SHIPPED[which]
    for edit in spoiling:
        content = spoil(content, edit)
    with tempfile.TemporaryDirectory() as place:
        folder = copy_of(name, Path(place))
        (folder / file).write_bytes(content)
        for fault in faults_of(folder):
            assert 1 <= fault.line <= fault.file.read_bytes().count(b"\n") + 2
            assert fault.problem
            assert fault.allowed
            assert len(str(fault).encode().splitlines()) == 1
