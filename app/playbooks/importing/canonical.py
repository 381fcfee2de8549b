"""One way to write what playbook.yml may say in several: lists for lone values, severities beside each condition."""

from typing import Any


def canonical(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a playbook.yml with its escalation steps written out."""
    steps = data.get("escalation")
    if not isinstance(steps, list):
        return data
    return data | {"escalation": [_step(step) if isinstance(step, dict) else step for step in steps]}


def _step(step: dict[str, Any]) -> dict[str, Any]:
    severities = step.get("severities")
    conditions = _listed(step.get("when", []))
    written = {key: _listed(value) if key in ("page", "notify") else value for key, value in step.items()}
    written["when"] = [_condition(one, severities) for one in conditions]
    label = written.get("step")
    written["step"] = int(label) if isinstance(label, str) and label.isdigit() and str(int(label)) == label else label
    order = ("step", "page", "notify", "severity", "respond_within", "when")
    return {key: written[key] for key in order if key in written and written[key] is not None}


def _condition(one: Any, severities: Any) -> Any:
    condition = {"at": one} if isinstance(one, str) else one
    if not isinstance(condition, dict):
        return condition
    trigger = {
        key: _listed(value) if key == "tag" else value for key, value in condition.items() if key != "severities"
    }
    only = condition.get("severities") or severities
    return trigger | ({"severities": only} if only else {})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
