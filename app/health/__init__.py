"""Whether Tocsin does its work, told to whoever watches it. Nothing in here knows of a single incident.

    signs.py      what is measured
    checks.py     what is judged of it: each check with its age and what to do
    watch.py      measures, all the time
    heartbeat.py  the sign of life that goes out, and stays away when all is not well

Two questions are kept apart. *Is it well?* (`Health.report`, `/healthz`, the heartbeat) is red also when Slack or the
database is away, because then nobody is paged, and somebody has to know. *Is it alive?* (`Health.alive`, `/livez`) is
red only when a restart would help: clock, sender or store hang. A platform that restarts what is red must ask the
second, or it restarts Tocsin for an outage of Slack's, which helps nobody.
"""

from app.health.checks import Check, Limits, Report, State
from app.health.heartbeat import Heartbeat
from app.health.signs import Signs
from app.health.watch import Health, LastWord

__all__ = ["Check", "Health", "Heartbeat", "LastWord", "Limits", "Report", "Signs", "State"]
