"""Pages by several ways: the next one where one fails, nobody by two, and nobody by none while a way is left."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain import ways
from app.domain.decide import decide
from app.domain.effects import Way
from app.domain.evolve import evolve
from app.domain.incident import Incident, Ring
from app.domain.react import react
from app.domain.still_wanted import still_wanted
from tests.domain.given import DEFAULT, PLAYBOOK, PRIMARY, ROSTER, acknowledge, at, declared

ORDER = {
    "primary": (Way.PAGERDUTY, Way.OPSGENIE, Way.EMAIL),
    "secondary": (Way.PAGERDUTY, Way.EMAIL),
    "manager": (Way.OPSGENIE,),
    "vp": (),
}
SEVERAL = replace(PLAYBOOK, pages_by=ORDER)
STEP = "1:primary+secondary+manager+vp"
PAGED = e.Paged(at(), STEP, "1", ("All",), (), (PRIMARY.id,), "a rule", pages=tuple(ORDER))
NEXT_IN_LINE = replace(PAGED, at=at(seconds=5), members=("U2",), pages=(), until_acknowledged=True)
RINGS = [f.RingPager(("primary", "secondary"), Way.PAGERDUTY, STEP), f.RingPager(("manager",), Way.OPSGENIE, STEP)]


@dataclass
class Phones:
    """An incident whose pages go out by hand: `out` are those that wait, by key, with the event behind them."""

    incident: Incident = field(default_factory=declared)
    out: dict[str, tuple[f.RingPager, e.Event]] = field(default_factory=dict)
    tried: dict[str, list[Way]] = field(default_factory=lambda: {one: [] for one in ORDER})
    made: int = 0

    def happens(self, event: e.Event) -> list[f.Effect]:
        self.incident = evolve(self.incident, event)
        effects = react(event, self.incident, SEVERAL)
        for effect in effects:
            if isinstance(effect, f.RingPager):
                self.made += 1
                self.out[f"k{self.made}"] = (effect, event)
                for responder in effect.responders:
                    self.tried[responder].append(effect.way)
        return effects

    def does(self, command: c.Command) -> list[f.Effect]:
        events = decide(self.incident, command, DEFAULT, {}, at(minutes=1))
        return [effect for event in events for effect in self.happens(event)]

    def wants(self, key: str) -> bool:
        return still_wanted(*self.out[key], self.incident)

    def confirms(self, key: str) -> list[f.Effect]:
        effect, event = self.out.pop(key)
        called = ways.behind(effect, event)
        assert called is not None
        whom = ways.still_to_ring(called, self.incident, effect.way, key)
        return self.does(c.RecordRing(called.step, key, whom, paged_at=called.at, way=effect.way.value))

    def rings_for_some(self, key: str) -> list[f.Effect]:
        effect, event = self.out[key]
        called = ways.behind(effect, event)
        assert called is not None
        some = ways.still_to_ring(called, self.incident, effect.way, key)[:1]
        return self.does(c.RecordRing(called.step, key, some, paged_at=called.at, way=effect.way.value, partly=True))

    def dies_after_a_doubt(self, key: str) -> list[f.Effect]:
        effect, event = self.out.pop(key)
        called = ways.behind(effect, event)
        assert called is not None
        failed = c.RecordFailure(key, "page", "unknown", "RingPager", ways.failed(effect, event))
        perhaps = c.RecordRing(
            called.step, key, called.responders, perhaps=True, paged_at=called.at, way=effect.way.value
        )
        return [*self.does(failed), *self.does(perhaps)]

    def is_late(self, key: str) -> list[f.Effect]:
        effect, event = self.out[key]
        called = ways.late(effect, event, self.incident)
        return self.does(c.RecordPageUnconfirmed((key,), effect.way.value, (), (), "late", called))

    def is_refused(self, key: str) -> list[f.Effect]:
        effect, event = self.out.pop(key)
        return self.does(c.RecordFailure(key, "page", "refused", "RingPager", ways.failed(effect, event)))

    def live(self, responder: str) -> list[Ring]:
        sure = (ring for ring in self.incident.live_rings if not ring.perhaps)
        return [ring for ring in sure if responder in ring.responders]


def of(kind: type[f.Effect], effects: list[f.Effect]) -> list[f.Effect]:
    return [one for one in effects if isinstance(one, kind)]


def test_each_responder_is_paged_by_the_first_of_their_ways() -> None:
    assert of(f.RingPager, Phones().happens(PAGED)) == RINGS


def test_what_is_refused_goes_on_by_the_next_way_until_none_is_left() -> None:
    phones = Phones()
    phones.happens(PAGED)
    assert of(f.RingPager, phones.is_refused("k1")) == [
        f.RingPager(("primary",), Way.OPSGENIE, STEP),
        f.RingPager(("secondary",), Way.EMAIL, STEP),
    ]
    assert of(f.RingPager, phones.is_refused("k3")) == [f.RingPager(("primary",), Way.EMAIL, STEP)]
    effects = phones.is_refused("k5")
    assert of(f.RingPager, effects) == []
    assert f.Post("delivery_failed") in effects
    last = phones.incident.unconfirmed
    assert last == ("k1", "k3", "k5")


def test_what_was_late_and_is_refused_then_has_gone_on_already() -> None:
    phones = Phones()
    phones.happens(PAGED)
    assert len(of(f.RingPager, phones.is_late("k1"))) == 2
    assert of(f.RingPager, phones.is_refused("k1")) == []


def test_a_way_that_confirms_late_is_quieted_and_what_waits_is_no_longer_wanted() -> None:
    phones = Phones()
    phones.happens(PAGED)
    phones.is_late("k1")
    phones.confirms("k3")  # primary, by Opsgenie
    assert phones.wants("k4")  # secondary, by e-mail
    assert phones.wants("k1")  # for secondary
    phones.confirms("k4")
    assert not phones.wants("k1")
    ended = phones.does(c.RecordRing(STEP, "k1", ("primary", "secondary"), perhaps=True, paged_at=at()))
    assert of(f.EndRing, ended) == [f.EndRing("k1", ("primary", "secondary"), Way.PAGERDUTY)]


def test_where_the_late_way_reaches_more_the_others_are_quieted() -> None:
    phones = Phones()
    phones.happens(PAGED)
    phones.is_late("k1")
    phones.confirms("k3")
    both = c.RecordRing(STEP, "k1", ("primary", "secondary"), paged_at=at())
    assert of(f.EndRing, phones.does(both)) == [f.EndRing("k3", ("primary",), Way.OPSGENIE)]
    assert [ring.way for ring in phones.live("primary")] == [Way.PAGERDUTY]


def test_after_an_acknowledgement_nothing_more_rings_and_each_way_is_quieted() -> None:
    phones = Phones()
    phones.happens(PAGED)
    phones.confirms("k2")
    phones.is_late("k1")
    phones.confirms("k3")
    effects = phones.does(acknowledge())
    assert of(f.QuietPager, effects) == [f.QuietPager(Way.OPSGENIE)]
    assert not any(phones.wants(key) for key in phones.out)


def test_what_the_monitor_paged_itself_rings_no_second_time_at_the_declaration() -> None:
    phones = Phones()
    phones.happens(e.PageAdopted(at(), "pagerduty", "theirs"))
    assert of(f.RingPager, phones.happens(PAGED)) == RINGS[1:]
    assert of(f.RingPager, phones.happens(replace(PAGED, at=at(minutes=5)))) == RINGS
    assert f.QuietPager(Way.PAGERDUTY) in phones.does(acknowledge())


def test_whom_the_monitor_s_page_cannot_have_reached_is_rung_all_the_same() -> None:
    incident = Phones().incident
    paged = replace(incident, rings=(Ring("theirs", (), paged_at=at(), way=Way.PAGERDUTY, by_monitor=True),))
    apart = {Way.PAGERDUTY: frozenset({"secondary"}), Way.OPSGENIE: frozenset({"manager"})}
    own = f.RingPager(("secondary",), Way.PAGERDUTY, STEP)
    assert ways.rings_at_first(PAGED, paged, ORDER, apart) == [own, RINGS[1]]


def test_a_declaration_that_a_monitor_has_paged_for_adopts_that_page_before_it_pages() -> None:
    declaration = c.Declare(PRIMARY, "Payment API down", "SEV1", paged=(("pagerduty", "theirs"),))
    first, second, *rest = decide(None, declaration, DEFAULT, ROSTER, at())
    assert isinstance(first, e.Declared)
    assert second == e.PageAdopted(at(), "pagerduty", "theirs")
    assert any(isinstance(one, e.Paged) for one in rest)


def test_a_page_adopted_after_the_acknowledgement_is_quiet_at_once() -> None:
    phones = Phones()
    phones.does(acknowledge())
    assert phones.does(c.AdoptPage("pagerduty", "theirs")) == [f.QuietPager(Way.PAGERDUTY)]
    assert phones.does(c.AdoptPage("pagerduty", "theirs")) == []
    [ring] = phones.incident.rings
    assert phones.incident.has_answered(ring)


def test_the_next_in_line_in_slack_takes_no_ring_away_that_is_still_to_come() -> None:
    phones = Phones()
    phones.happens(PAGED)
    phones.happens(NEXT_IN_LINE)
    assert phones.wants("k1")
    assert of(f.RingPager, phones.is_late("k1"))
    assert phones.wants("k3")
    phones.happens(replace(PAGED, at=at(minutes=5)))
    assert not any(map(phones.wants, ("k1", "k2", "k3", "k4")))


def test_of_a_page_that_rang_for_some_only_the_others_go_to_the_next_way() -> None:
    phones = Phones()
    phones.happens(PAGED)
    phones.rings_for_some("k1")
    assert of(f.RingPager, phones.is_late("k1")) == [f.RingPager(("secondary",), Way.EMAIL, STEP)]
    assert of(f.RingPager, phones.is_refused("k1")) == []


def test_what_perhaps_rang_is_quieted_and_keeps_nobody_from_being_paged() -> None:
    phones = Phones()
    phones.happens(PAGED)
    phones.dies_after_a_doubt("k2")
    assert phones.incident.live_rings[0].perhaps
    assert of(f.QuietPager, phones.does(acknowledge())) == [f.QuietPager(Way.OPSGENIE)]
    phones = Phones()
    phones.happens(PAGED)
    phones.dies_after_a_doubt("k1")
    assert phones.wants("k3")
    phones.confirms("k4")
    assert f.EndRing("k1", ("primary", "secondary"), Way.PAGERDUTY) in phones.confirms("k3")


def is_forgotten(phones: Phones, responder: str) -> bool:
    """Say whether nobody pages somebody, or is about to, although a way is left."""
    waits = any(responder in effect.responders and phones.wants(key) for key, (effect, _) in phones.out.items())
    nothing_left = phones.tried[responder] == list(ORDER[responder])
    return not (phones.live(responder) or waits or nothing_left)


HAPPENINGS = (
    "confirms",
    "is late",
    "is refused",
    "rings for some",
    "dies after a doubt",
    "the next in line is paged in Slack",
    "somebody acknowledges",
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_in_any_order_nobody_is_paged_twice_and_nobody_forgotten(data: st.DataObject) -> None:
    phones = Phones()
    phones.happens(PAGED)
    late: set[str] = set()
    while wanted := [key for key in phones.out if phones.wants(key)]:
        key = data.draw(st.sampled_from(wanted))
        match data.draw(st.sampled_from(HAPPENINGS)):
            case "confirms":
                phones.confirms(key)
            case "is late":
                if key not in late:
                    late.add(key)
                    phones.is_late(key)
            case "is refused":
                phones.is_refused(key)
            case "rings for some":
                phones.rings_for_some(key)
            case "dies after a doubt":
                phones.dies_after_a_doubt(key)
            case "the next in line is paged in Slack":
                phones.happens(NEXT_IN_LINE)
            case _:
                phones.does(acknowledge())
                assert not any(map(phones.wants, phones.out))
        for responder, order in ORDER.items():
            assert len(phones.live(responder)) <= 1
            assert phones.tried[responder] == list(order)[: len(phones.tried[responder])]
            assert phones.incident.acknowledged_at or not is_forgotten(phones, responder)


def test_the_card_learns_that_a_step_that_reached_nobody_in_slack_rang() -> None:
    phones, alone = Phones(), replace(PAGED, members=())
    phones.happens(alone)
    assert f.EditCard() in phones.confirms("k2")
    reached = Phones()
    reached.happens(PAGED)
    assert f.EditCard() not in reached.confirms("k2")
