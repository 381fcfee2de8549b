"""What to do about one kind of failure: how it shows, and what people found to help."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Runbook:
    """One page of advice. `body` is Markdown; `id` is the name of its file.

    `alerts` are the names under which monitoring tells of this failure; such an alert means an incident of `severity`
    with `tags`. `warnings` come before everything else, wherever the runbook is shown. `contacts` and `tools` are ids
    of the playbook's own.
    """

    id: str
    title: str
    body: str
    symptoms: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    severity: str | None = None
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
