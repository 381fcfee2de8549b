"""What a playbook would do, told ahead: the bot's own rules on a clock that jumps from timer to timer.

`reading` makes a `Script` (what people do, and when) of what was typed, `virtual` plays it, `moments` says what each
event is to people, `picture` draws it short enough to be read at a glance, `words` tells each row, and `changes`
compares two playbooks.
"""

from app.simulator import words
from app.simulator.changes import Change, changes, side_by_side
from app.simulator.moments import Kind, Moment, in_json
from app.simulator.picture import Row, repeats, rows
from app.simulator.reading import Typed, read
from app.simulator.script import CannotSimulate, Script
from app.simulator.virtual import Simulation, simulate

__all__ = [
    "CannotSimulate",
    "Change",
    "Kind",
    "Moment",
    "Row",
    "Script",
    "Simulation",
    "Typed",
    "changes",
    "in_json",
    "read",
    "repeats",
    "rows",
    "side_by_side",
    "simulate",
    "words",
]
