"""A draft as the files of a playbook folder: YAML that marks what was guessed."""

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString

from app.playbooks.importing.draft import Draft, Path

WIDTH = 120
GUESSED = "guessed: "
SCHEMA = "https://json-schema.org/draft/2020-12/schema"
ORDER = (
    *("version", "name", "title", "timezone", "business_hours", "channels", "severities", "escalation", "milestones"),
    *("responders", "roles", "tags", "statuses", "checklists", "postmortem", "contacts", "tools", "metrics"),
    *("error_budget", "drills", "reviews", "status_page", "links"),
)


def in_yaml(value: Any) -> str:
    """Return plain values as YAML."""
    return _dumped(_commented(value, (), {}))


def playbook_yml(draft: Draft, heading: str) -> str:
    """Return the playbook.yml of a draft: its keys in the order of the language, its guesses marked."""
    known = [key for key in ORDER if key in draft.data]
    data = {key: draft.data[key] for key in [*known, *(key for key in draft.data if key not in known)]}
    body = _dumped(_commented(data, (), draft.guesses))
    return f"# {heading}\n{_spaced(body)}"


def _dumped(value: Any) -> str:
    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.default_flow_style = False
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _commented(value: Any, path: Path, guesses: dict[Path, str]) -> Any:
    match value:
        case dict():
            mapping = CommentedMap()
            for key, inner in value.items():
                mapping[key] = _commented(inner, (*path, key), guesses)
                if why := guesses.get((*path, key)):
                    _mark(mapping, key, inner, why, len(path))
            return mapping
        case list() | tuple():
            sequence = CommentedSeq([_commented(inner, (*path, at), guesses) for at, inner in enumerate(value)])
            for at in range(len(value)):
                if why := guesses.get((*path, at)):
                    sequence.yaml_set_comment_before_after_key(at, before=GUESSED + why, indent=2 * len(path))
            return sequence
        case str() if "\n" in value.strip("\n"):
            return LiteralScalarString(value)
        case _:
            return value


def _mark(mapping: CommentedMap, key: str, value: Any, why: str, depth: int) -> None:
    if isinstance(value, dict | list):
        mapping.yaml_set_comment_before_after_key(key, before=GUESSED + why, indent=2 * depth)
    else:
        mapping.yaml_add_eol_comment(GUESSED + why, key, column=0)


def _spaced(body: str) -> str:
    """Return YAML with an empty line before each long part."""
    lines: list[str] = []
    for line in body.split("\n"):
        starts = line and line[0].isalpha() and line.endswith(":")
        remark = line.startswith("# ")
        if lines and (remark or (starts and not lines[-1].startswith("# "))):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)
