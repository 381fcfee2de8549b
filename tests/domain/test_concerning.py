"""What of the rules concerns a severity is worked out once, and never mixed up with that of other rules."""

from dataclasses import replace

from app.domain.concerning import MOST, concerning
from app.domain.playbook import Condition, Trigger
from tests.domain.given import DEFAULT


def test_rules_that_differ_are_told_apart_however_many_there_are() -> None:
    step = DEFAULT.steps[0]
    business, at_once = (Condition(one) for one in (Trigger.NEXT_BUSINESS_HOUR, Trigger.DECLARED))
    for number in range(2 * MOST):
        waits = number % 2 == 0
        rules = replace(DEFAULT, steps=(replace(step, label=str(number), when=(business if waits else at_once,)),))
        found = concerning(rules, "SEV1")
        assert found.waits is waits
        assert [key for _, key, _ in found.steps] == [rules.steps[0].key]


def test_only_what_names_the_severity_concerns_it() -> None:
    named = Condition(Trigger.DECLARED, severities=("SEV1",))
    rules = replace(
        DEFAULT, steps=(replace(DEFAULT.steps[0], when=(named, Condition(Trigger.OPEN, severities=("SEV2",)))),)
    )
    assert [conditions for *_, conditions in concerning(rules, "SEV1").steps] == [(named,)]
    assert concerning(rules, "SEV3").steps == ()
