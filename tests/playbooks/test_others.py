"""An incident is run by the playbook that it was declared under, after another one has come into use."""

from dataclasses import replace

from app.playbooks import beside_others, folders_beside, message_folders
from app.slack.words import Words
from tests import shipped


def test_an_incident_keeps_the_lists_of_its_own_playbook() -> None:
    now = beside_others(shipped.source("waqiti"), {"default", "ours"}).playbook
    before = shipped.playbook("default")
    assert now.of(before.rules).checklist("triage") == before.checklist("triage")
    assert now.checklist("triage") is None


def test_the_playbook_in_use_is_read_as_it_is_now() -> None:
    now = beside_others(shipped.source("default"), {"default", "../default"}).playbook
    edited = replace(now, checklists=())
    assert edited.of(now.rules) is edited


def test_of_a_playbook_that_is_known_no_more_the_one_in_use_takes_the_place() -> None:
    now = beside_others(shipped.source("default"), {"default", "../default"}).playbook
    assert now.of(replace(now.rules, playbook="ours")) is now
    assert now.others == {}


def test_its_messages_are_those_of_its_own_playbook() -> None:
    source = shipped.source("waqiti")
    words = Words(message_folders(source), others=folders_beside(source))
    assert words.of("fintech").folders == tuple(message_folders(shipped.source("fintech")))
    assert words.of("fintech") is words.of("fintech")
    assert words.of("waqiti") is words
    assert words.of("ours") is words
