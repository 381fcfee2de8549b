"""`tocsin metrics`: how incidents went, beside what the playbook wants, and what is left of the error budget."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import typer

from app import playbooks
from app.cli.beside import Workspace, beside, workspaces
from app.cli.terminal import AS_JSON, Unanswerable, at, harmless, say_json, say_table
from app.domain.budget import Spent
from app.domain.metrics import Row, Value
from app.playbooks.durations import read_duration
from app.playbooks.faults import Wrong
from app.slack.blocks.figures import MIX, NAMES, SHARES, in_figures, to_a_tenth, wanted
from app.slack.figures import Figures, figures
from app.store import Transaction

COLUMNS = ("Metric", "Value", "Of", "Target", "Met")
MET = {True: "yes", False: "no", None: ""}


def metrics(
    over: Annotated[str, typer.Argument(metavar="TIME", help="Of what time: 7d, 30d, 12h.")] = "30d",
    *,
    workspace: Workspace = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show how the incidents of some time went, beside the playbook's targets."""
    period = _period(over)

    with beside() as here:
        playbook = playbooks.load(here.settings.playbook).playbook
        told = partial(figures, playbook=playbook, over=period, now=here.now)

        def found(tx: Transaction) -> dict[str, Figures]:
            return {one: told(tx, one) for one in workspaces(tx, workspace)}

        by_workspace = here.store.call(found)
    if as_json:
        say_json([in_json(one, name) for name, one in by_workspace.items()])
    elif by_workspace:
        for name, one in by_workspace.items():
            _say(one, name if len(by_workspace) > 1 else "")
    else:
        typer.echo("There has been no incident yet.")


def _period(over: str) -> timedelta:
    try:
        return read_duration(over)
    except Wrong as wrong:
        raise Unanswerable(f"{wrong.problem}: {wrong.allowed}.") from None


def _say(told: Figures, workspace: str) -> None:
    report = told.report
    mix = ", ".join(f"{severity} {count}" for severity, count in report.mix.items())
    head = f"{workspace}: " if workspace else ""
    incidents = "incident" if report.count == 1 else "incidents"
    typer.echo(f"{head}{report.count} {incidents} since {at(told.now - told.over)} ({harmless(mix)})\n")
    say_table(COLUMNS, (_row(one) for one in report.rows if one.metric != MIX))
    if told.budget:
        typer.echo(f"\n{_budget(told.budget)}")


def _row(row: Row) -> tuple[str, ...]:
    name = NAMES.get(row.metric, row.metric)
    among = f"{name} ({', '.join(row.severities)})" if row.severities else name
    value = "–" if row.value is None else in_figures(row.value, percent=row.metric in SHARES)
    return among, value, str(row.counted), wanted(row.target) if row.target else "", MET[row.met]


def _budget(spent: Spent) -> str:
    objective = in_figures(spent.budget.objective, percent=True)
    left = f"overdrawn by {to_a_tenth(-spent.left)}" if spent.left < timedelta() else f"{to_a_tenth(spent.left)} left"
    return (
        f"Error budget for {objective}: {to_a_tenth(spent.used)} of {to_a_tenth(spent.budget.allowance)} used, {left}"
    )


def in_json(told: Figures, workspace: str) -> dict[str, Any]:
    """Return figures for scripts; times are in seconds, shares are of a hundred."""
    return {
        "workspace": workspace,
        "since": told.now - told.over,
        "until": told.now,
        "count": told.report.count,
        "false_alarms": told.report.false_alarms,
        "severities": dict(told.report.mix),
        "metrics": list(_rows_in_json(told)),
        "error_budget": _budget_in_json(told.budget) if told.budget else None,
    }


def _rows_in_json(told: Figures) -> Iterator[dict[str, Any]]:
    for row in told.report.rows:
        if row.metric != MIX:
            target = row.target
            yield {
                "metric": row.metric,
                "severities": list(row.severities),
                "value": _plain(row.value),
                "counted": row.counted,
                "below": _plain(target.below) if target else None,
                "above": _plain(target.above) if target else None,
                "met": row.met,
            }


def _budget_in_json(spent: Spent) -> dict[str, Any]:
    return {
        "objective": spent.budget.objective,
        "since": spent.since,
        "allowance": _plain(spent.budget.allowance),
        "used": _plain(spent.used),
        "left": _plain(spent.left),
        "availability": spent.availability,
    }


def _plain(value: Value) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value
