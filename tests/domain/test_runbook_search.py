from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import spelling
from app.domain.runbook import Runbook
from app.domain.runbook_search import clear_match, for_incident, search
from tests.domain.given import declared

DATABASE = Runbook(
    "database",
    "Database connection failure",
    "1. Look at the pool\n\n```\nkubectl logs deployment/api\n```",
    symptoms=('"Connection refused" errors', "The database holds unusually many connections"),
    alerts=("WaqitiDatabaseDown",),
)
PAYMENTS = Runbook(
    "payments",
    "Payment processing failure",
    "Ask the gateway. Look at the database too.",
    symptoms=("Transactions fail", "Errors from the payment gateway"),
    services=("payment-service",),
)
MEMORY = Runbook("memory", "High memory usage", "Restart the pods.", symptoms=("OOM kills", "Services crash"))
LOGIN = Runbook("login", "Authentication failures", "Look at the tokens.", symptoms=("Users cannot log in",))
ALL = (DATABASE, PAYMENTS, MEMORY, LOGIN)


def best(words: str) -> str | None:
    found = search(ALL, words)
    return found[0].runbook.id if found else None


def offered(title: str, services: str = "") -> str | None:
    found = clear_match(ALL, replace(declared(), title=title, services=services, impact="", tags={}))
    return found.id if found else None


@pytest.mark.parametrize(
    ("words", "runbook"),
    [
        ("database", "database"),
        ("connection refused", "database"),
        ("waqitidatabasedown", "database"),
        ("db conection refusd", "database"),
        ("databsae", "database"),
        ("payment gateway", "payments"),
        ("pyament", "payments"),
        ("transaction", "payments"),
        ("out of memory", "memory"),
        ("OOMKilled oom", "memory"),
        ("pods", "memory"),
        ("login users", "login"),
        ("login", "login"),
        ("log in", "login"),
        ("auth", "login"),
        ("token", "login"),
    ],
)
def test_what_is_searched_for_is_found(words: str, runbook: str) -> None:
    assert best(words) == runbook


@pytest.mark.parametrize("words", ["", "the of and", "zzzz", "bananas", "!!! ???", "\u202e", "🦈"])
def test_what_no_runbook_says_is_not_found(words: str) -> None:
    assert search(ALL, words) == []


def test_the_name_of_its_file_names_a_runbook() -> None:
    rollback = Runbook("rollback", "Errors since a deployment", "Go back to the version before.")
    other = Runbook("dependency", "A service of others fails", "Roll back what was changed for it, rolling.")
    for words in ("rollback", "roll back", "rolback"):
        assert search((other, rollback), words)[0].runbook is rollback, words


def test_a_word_as_it_is_comes_before_one_that_only_begins_like_it() -> None:
    data = Runbook("data", "Data is wrong", "Look at the data.", symptoms=("Data contradicts data",))
    assert search((data, DATABASE), "database")[0].runbook is DATABASE
    assert search((data, DATABASE), "data")[0].runbook is data


def test_what_only_the_text_says_is_found_and_said_to_be_no_more_than_near() -> None:
    assert not search(ALL, "pods")[0].sure
    assert search(ALL, "memory")[0].sure


def test_one_word_of_several_makes_no_runbook_the_answer() -> None:
    [near, *_] = search(ALL, "printer connection")
    assert (near.runbook, near.sure, near.words) == (DATABASE, False, ("connection",))
    assert search(ALL, "connection refused")[0].sure
    assert search(ALL, "connections pool")[0].words == ("connections", "pool")
    assert not any(one.sure for one in search(ALL, "Printer API down in the office"))


def test_a_title_counts_more_than_the_text() -> None:
    assert [one.runbook.id for one in search(ALL, "database")] == ["database", "payments"]


@pytest.mark.parametrize(
    ("title", "services", "runbook"),
    [
        ("Payment API down", "", "payments"),
        ("Database connection refused", "", "database"),
        ("[FIRING] WaqitiDatabaseDown on prod-3", "", "database"),
        ("Users cannot log in", "", "login"),
        ("Errors in the checkout", "payment-service", "payments"),
        ("Memory leak in the search index of orders", "", None),
        ("Website logo is wrong", "", None),
        ("API down", "", None),
        ("Something is broken", "", None),
    ],
)
def test_only_a_clear_match_is_offered(title: str, services: str, runbook: str | None) -> None:
    assert offered(title, services) == runbook


def test_of_two_that_fit_alike_none_is_offered() -> None:
    twin = replace(PAYMENTS, body=f"{PAYMENTS.body} ")
    assert clear_match((PAYMENTS, twin), replace(declared(), title="Payment processing failure")) is None


def test_without_runbooks_nothing_is_offered() -> None:
    assert clear_match((), declared()) is None


def test_for_an_incident_its_services_and_tags_count_too() -> None:
    incident = replace(declared(), title="Checkout broken", services="payment-service", tags={}, impact="OOM")
    assert for_incident(ALL, incident)[0].runbook is PAYMENTS


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("kitten", "sitting", 3), ("", "ab", 2)],
)
def test_letters_that_differ_are_counted(one: str, other: str, letters: int) -> None:
    assert spelling.distance(one, other) == letters
    assert spelling.distance(other, one) == letters


def test_short_words_are_not_taken_for_one_another() -> None:
    assert not spelling.is_misspelled("pod", "pad")
    assert spelling.is_misspelled("latncy", "latency")


@given(st.text(max_size=300))
def test_any_text_can_be_searched_for(words: str) -> None:
    assert all(one.score > 0 for one in search(ALL, words))
