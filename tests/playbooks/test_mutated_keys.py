"""Whatever stands at any key of a playbook, the answer is faults on one line each, or a playbook that can be played."""

import copy
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.playbooks import PlaybookFaults, Source, load, names, schema, suspicions
from app.playbooks.shipped import shipped
from app.simulator import CannotSimulate, Typed, in_json, read, simulate
from tests.playbooks.folders import copy_of
from tests.simulator.played import NOW

LEAST = 300
TODAY = date(2026, 3, 2)

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, "", " ", "\x00", "null", [], {}, [[]], [{}], {"": ""}, [None], "💥" * 400),
    *("0m", "1m", "999d", "-5m", "1h1h", "5", "end of next business day", "next business hour", "acknowledge_within"),
    *(
        "{number}",
        "{",
        "}",
        "{{ x }}",
        "{number.__class__}",
        "{year:>9999999}",
        "{%s}",
        "../../etc/passwd",
        "#incidents",
    ),
    *("declared", {"open": "1m"}, {"tag": "data-loss"}, {"at": "declared", "open": "1h"}, ["declared", "declared"]),
    *("U0123ABC", {"members": []}, {"url": "javascript:alert(1)"}, "9999-12-31", "2026-02-30", "25:00", "Mars/Phobos"),
    *("monthly.yml", "0.0000001 %", "100 %", "101 %", "nan", "inf", 1, "1"),
)

Path_ = tuple[str | int, ...]


def written(name: str) -> Any:
    text = (shipped() / "playbooks" / name / "playbook.yml").read_text()
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def paths(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*here, key)
        yield from paths(below, (*here, key))


def pattern(path: Path_) -> str:
    """Return a path without the positions and ids that an author chooses."""
    parts = [str(part) for part in path]
    if len(parts) > 1 and parts[0] in NAMED:
        parts[1] = "*"
    return ".".join("*" if part.isdigit() else part for part in parts)


NAMED = ("milestones", "responders", "roles", "checklists", "contacts", "tools", "drills", "statuses", "links", "mail")


def documents() -> dict[str, Any]:
    """Return what ships, and, of `default`, a playbook that also says what no playbook that ships has to."""
    found = {name: written(name) for name in names()}
    rotation = {
        "members": ["U0123AB", "U0123CD"],
        "every": "7d",
        "from": "2026-01-05",
        "at": "09:00",
        "timezone": "Europe/Berlin",
        "overrides": [{"member": "U0123EF", "from": "2026-12-24 09:00", "until": "2026-12-27 09:00"}],
    }
    calendar = {"file": "oncall.ics", "people": {"Anna": "U0123AB"}}
    found["default"] |= {
        "business_hours": {
            "days": ["mon..fri"],
            "opens": "08:00",
            "closes": "18:00",
            "holidays": ["2026-12-24", {"date": "2026-12-25"}, {"country": "DE", "subdivision": "BY"}],
        },
        "responders": found["default"]["responders"]
        | {
            "secondary": {"name": "Second", "rotation": rotation},
            "head-of-engineering": {
                "name": "Head",
                "slack": ["U0123AB"],
                "page_by": ["email", "pagerduty"],
                "email": ["head@example.com"],
            },
            "cto": {"name": "CTO", "on_call_schedule": {"pagerduty": "PI7DH85"}},
            "incident-manager": {"name": "Manager", "calendar": calendar},
        },
    }
    found["default"]["alerts"] += [
        {"source": "datadog", "declare": "SEV3", "services": ["payments"], "paged_by": "pagerduty"},
        {"source": ["grafana", "generic"], "attach": True},
    ]
    logs = {"name": "Loki", "kind": "loki", "url": "https://grafana.example.com", "datasource": "P8E"}
    found["default"].setdefault("tools", {})["logs"] = logs
    found["default"]["mail"] = {
        "leads": {
            "to": ["leads@example.com", "cto@example.com"],
            "when": ["declared", "resolved"],
            "severities": ["SEV1"],
        },
        "customers": {"to": "status@example.com", "when": "customers_told"},
    }
    found["default"]["escalation"].append({"step": 9, "notify": ["leadership"], "when": {"open": "3h"}})
    return found


def keys_of(playbooks: dict[str, Any]) -> dict[str, tuple[str, Path_]]:
    """Return one place for every key that the playbooks use."""
    found: dict[str, tuple[str, Path_]] = {}
    for name, document in playbooks.items():
        for path in paths(document):
            found.setdefault(pattern(path), (name, path))
    return found


def spoilt(document: Any, path: Path_, value: Any, how: str) -> Any:
    document = copy.deepcopy(document)
    place = document
    for part in path[:-1]:
        place = place[part]
    if how == "renamed" and isinstance(path[-1], str):
        place[f"{path[-1]}x"] = place.pop(path[-1])
    elif how == "gone":
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def mutations() -> Iterator[tuple[str, Any]]:
    """Yield every key once gone or misspelt, and once with another value, drawn for it."""
    chance = random.Random(4)  # noqa: S311
    whole = documents()
    for number, (name, path) in enumerate(keys_of(whole).values()):
        yield name, spoilt(whole[name], path, None, "renamed" if number % 3 else "gone")
        yield name, spoilt(whole[name], path, chance.choice(VALUES), "changed")


def refusals(source: Source) -> Iterator[str]:
    """Play each severity, and yield why it cannot be."""
    for severity in source.playbook.rules.severities:
        for resolve in (None, "2h"):
            typed = Typed(severity.id, "2026-03-06T16:59", resolve_after=resolve, tag=source.playbook.tags[:3])
            try:
                in_json(simulate(source.playbook.rules, read(typed, source.playbook, NOW), 60).moments)
            except CannotSimulate as error:
                yield str(error)


def faults(folder: Path, document: Any) -> list[str]:
    """Return what is wrong with a playbook; where nothing is, what is odd, and why it cannot be played."""
    (folder / "playbook.yml").write_text(json.dumps(document))
    try:
        source = load(str(folder), TODAY)
    except PlaybookFaults as error:
        return [str(fault) for fault in error.faults]
    assert all(len(line.splitlines()) == 1 for line in (*map(str, suspicions(source)), *refusals(source)))
    return []


def test_every_key_of_the_language_is_mutated() -> None:
    mutated = {part for path in keys_of(documents()) for part in path.split(".")}
    every = {key for one in (schema(), *schema()["$defs"].values()) for key in properties(one)}
    assert sorted(every - mutated - OF_SCRIPTS) == []


def properties(one: dict[str, Any]) -> set[str]:
    inner = [other for other in one.get("anyOf", []) if isinstance(other, dict)]
    return {*one.get("properties", {}), *(key for other in inner for key in other.get("properties", {}))}


OF_SCRIPTS: set[str] = set()
"""Keys of drills/*.yml."""


def with_few_words(folder: Path) -> Path:
    """Shorten what is checked along with playbook.yml, and is not the matter here."""
    for template in folder.rglob("*.j2"):
        template.write_text("{{ incident.title }}")
    for runbook in folder.glob("runbooks/*"):
        runbook.unlink()
    return folder


@pytest.mark.slow
def test_hundreds_of_mutated_playbooks_give_faults_or_play(tmp_path: Path) -> None:
    folders = {name: with_few_words(copy_of(name, tmp_path)) for name in names()}
    (folders["default"] / "oncall.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    assert faults(folders["default"], documents()["default"]) == []
    told = [faults(folders[name], document) for name, document in mutations()]
    assert len(told) >= LEAST
    assert all(len(line.splitlines()) == 1 for lines in told for line in lines)
    assert 0 < sum(bool(lines) for lines in told) < len(told)
