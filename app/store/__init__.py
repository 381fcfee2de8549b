"""The store: incidents, their timelines and timers, the outbox, on SQLite or PostgreSQL.

`Store.run` is the only way in: it takes a function, and hands it a `Transaction`. Everything below is synchronous, and
`now` is always an argument.

    store.py         the door: Store.open, run, call, close
    writers.py       the threads that own the connections, and the queue in front of them
    transaction.py   what a work can ask and tell:
      incidents.py     finding incidents, timelines (reading.py: rows into records)
      saving.py        making and changing them; numbers (bulk.py: many rows at once)
      agenda.py        what falls due
      enqueueing.py    effects become rows of the outbox
      deliveries.py    the outbox at work: claim (turns.py: whose turn it is), finish, again, doubt, bury, recover
      backlog.py       the outbox as it stands
      workspaces.py    bindings, receipts, pulses (upserts.py)
      set_back.py      what waits, where the clock was set back
      alerts.py        what monitors sent, and what is known of each alert (suggestions.py: what they suggest)
      on_call.py       who is on call: what was fetched ahead, joined with bindings
      vitals.py        how it all stands, over all workspaces
      inspection.py    all that is stored of one incident, for the audit
    records.py       what goes in and comes out
    codec.py         domain values as JSON
    tables.py        the tables (moments.py: how times are kept)
    driver.py        statements that are worded once, at the price of the driver
    schema.py        brings them up to date, from migrations/ (completing.py: what old timelines tell)
    database.py      SQLite or PostgreSQL: sqlite.py, postgres.py; faults.py what their errors mean
                     (place.py: a file that is taken away; patient.py: a server that goes silent; server_clock.py:
                     what time it is there)
    errors.py        what can go wrong, in sentences
"""

from app.store.alert_records import KeptAlert, KeptBody, KeptGroup, Suggestion, SuggestionState
from app.store.errors import (
    CannotOpen,
    CannotWrite,
    Closed,
    Conflict,
    FileGone,
    NotRecorded,
    StoreError,
    Unconfirmed,
)
from app.store.on_call import Absence, Feed
from app.store.records import Change, Delivery, DeliveryState, PutOff, Receipt, Record, Undelivered, Unreadable
from app.store.store import Store, answer_by, seconds_to_answer
from app.store.telling import Telling
from app.store.transaction import Transaction

__all__ = [
    "Absence",
    "CannotOpen",
    "CannotWrite",
    "Change",
    "Closed",
    "Conflict",
    "Delivery",
    "DeliveryState",
    "Feed",
    "FileGone",
    "KeptAlert",
    "KeptBody",
    "KeptGroup",
    "NotRecorded",
    "PutOff",
    "Receipt",
    "Record",
    "Store",
    "StoreError",
    "Suggestion",
    "SuggestionState",
    "Telling",
    "Transaction",
    "Unconfirmed",
    "Undelivered",
    "Unreadable",
    "answer_by",
    "seconds_to_answer",
]
