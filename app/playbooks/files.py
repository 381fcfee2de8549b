"""Reading the files of a playbook, none of which may be huge, a device, or anything but text."""

from pathlib import Path

from app.playbooks.faults import Fault, PlaybookFaults

LARGEST = 1024 * 1024


def read_text(file: Path) -> str:
    """Return what `file` holds; raises `PlaybookFaults` where it is no text of a bearable size."""
    try:
        if not file.is_file():
            raise _unreadable(file, "missing" if not file.exists() else "not a file", f"write {file.name}")
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise _unreadable(file, reason, "let Tocsin's user read it") from None
    if len(content) > LARGEST:
        raise _unreadable(file, "larger than 1 MiB", "keep it under that")
    return _decoded(content, file)


def _decoded(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = f"not UTF-8 (byte {content[error.start]:#x})"
        raise PlaybookFaults([Fault(file, line, "", problem, "save it as UTF-8")]) from None


def _unreadable(file: Path, problem: str, allowed: str) -> PlaybookFaults:
    return PlaybookFaults([Fault(file, 1, "", problem, allowed)])
