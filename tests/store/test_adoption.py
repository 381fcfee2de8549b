from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain import events as e
from app.domain.limits import Limit
from app.domain.playbook import Severity
from app.store import Conflict, Record, Store, Transaction
from app.store.tables import incident
from tests.store.given import ANN, RULES, WORKSPACE, at, change, declare, due, save

WORSE = Severity("SEV0", "Catastrophe", "Nothing is left", acknowledge_within=Limit(timedelta(minutes=1)))
OTHERS = replace(RULES, severities=(WORSE, *RULES.severities))
ADOPTED = e.RulesAdopted(at(5), ANN, "default", ("SEV0: new",))


def adopt(store: Store, record: Record) -> Record:
    def work(tx: Transaction) -> Record:
        tx.adopt(replace(record, rules=OTHERS))
        [saved] = tx.save([change(replace(record, rules=OTHERS), ADOPTED, timers=due(update=9))], at(5))
        return saved

    return store.call(work)


def test_an_incident_is_run_by_other_rules_from_then_on(store: Store) -> None:
    record, another = declare(store), declare(store)
    saved = adopt(store, record)
    assert store.call(lambda tx: tx.incident(record.id)) == saved
    assert saved.rules == OTHERS
    kept = store.call(lambda tx: tx.incident(another.id))
    assert kept
    assert kept.rules == RULES


def test_it_is_ranked_by_them(store: Store) -> None:
    record = declare(store)
    adopt(store, record)
    rank = select(incident.c.rank).where(incident.c.id == record.id)
    assert store.call(lambda tx: tx.connection.execute(rank).scalar_one()) == 1


def test_somebody_who_was_faster_is_not_overwritten(store: Store) -> None:
    record = declare(store)
    save(store, change(record, e.Acknowledged(at(2), ANN)))
    with pytest.raises(Conflict):
        adopt(store, record)
    current = store.call(lambda tx: tx.by_number(WORKSPACE, record.incident.number))
    assert current
    assert current.rules == RULES
