"""Where tickets are opened: one file for each tracker, behind one small protocol.

Each act is given the delivery's key, which marks the ticket there, so that it is found again.

tracker.py    what a tracker is, and what it is told of an incident or of a follow-up
jira.py       Jira Cloud, by its REST API v3
sink.py       the sink of the outbox for tickets
reading.py    reads back how far they are
connecting.py the tracker that the settings connect
"""

from app.integrations.tickets.connecting import tickets
from app.integrations.tickets.jira import Jira
from app.integrations.tickets.reading import TicketStates
from app.integrations.tickets.sink import TicketSink
from app.integrations.tickets.tracker import Tracker

__all__ = ["Jira", "TicketSink", "TicketStates", "Tracker", "tickets"]
