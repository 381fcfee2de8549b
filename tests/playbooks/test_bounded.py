"""Whatever a template says, its rendering comes to an end, and what is meant for people is let through.

Without a limit each of these would take a second or so, and not for ever: a test that fails ends, too.
"""

import pytest
from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context

from app.playbooks.bounded import BoundedEnvironment, TooMuch, too_much
from app.playbooks.shipped import shipped

GIVEN = [*range(300)]
NAMESPACE = "{% set ns = namespace(s='xx', n=2, many=[1]) %}"


def render(template: str, **given: object) -> str:
    return BoundedEnvironment().from_string(template).render(given=GIVEN, **given)


def doubling(what: str) -> str:
    """Return a template that makes `ns.s` twice as long twenty times."""
    return f"{NAMESPACE}{{% for _ in range(20) %}}{{% set ns.s = {what} %}}{{% endfor %}}"


ENDLESS = {
    "loops over numbers": "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
    "loops over what is given": "{% for a in given %}{% for b in given %}{% endfor %}{% endfor %}",
    "loops one after the other": "{% for a in range(9999) %}{% endfor %}" * 3,
    "a loop that leaves all out": "{% for a in given %}{% for b in given if false %}{% endfor %}{% endfor %}",
    "a loop within itself": "{% for a in [given] recursive %}{{ loop(range(99999)) if a is iterable }}{% endfor %}",
    "a macro that calls itself twice": "{% macro f(n) %}{{ f(n-1) ~ f(n-1) if n }}{% endmacro %}{{ f(17) }}",
    "filters in a loop": "{% for a in given %}{{ given | sort | length }}{% endfor %}",
    "numbers in a filter": "{{ range(99999) | sum }}",
    "text times a number": "{{ 'x' * 10**15 }}",
    "a number times text": "{{ 10**15 * 'x' }}",
    "a list times a number": "{{ [1] * 10**15 }}",
    "a power": "{{ 10 ** (10 ** 5) }}",
    "a power of one's own": NAMESPACE + "{% for _ in range(16) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
    "center": "{{ 'x' | center(10**15) }}",
    "center by its name": "{{ 'x' | center(width=10**15) }}",
    "center of text": "{{ 'x'.center(10**15) }}",
    "center found by name": "{{ ('x' | attr('center'))(10**15) }}",
    "ljust": "{{ 'x'.ljust(10**15) }}",
    "rjust": "{{ 'x'.rjust(10**15) }}",
    "zfill": "{{ 'x'.zfill(10**15) }}",
    "expandtabs": "{{ '\t'.expandtabs(10**15) }}",
    "indent": "{{ 'x\nx' | indent(10**15) }}",
    "batch": "{{ given | batch(10**6, 'x') | list }}",
    "slice": "{{ given | slice(10**6) | list }}",
    "round": "{{ 1.5 | round(10**5, 'ceil') }}",
    "a filter for each": "{{ given | map('center', 10**5) | list }}",
    "a width": "{{ '%999999999999999d' | format(1) }}",
    "a width that is given": "{{ '%*d' | format(10**15, 1) }}",
    "a width after a percent sign": "{{ '%999999999999999d' % 1 }}",
    "a width in braces": "{{ '{:999999999999999}'.format(1) }}",
    "a width in braces that is given": "{{ '{:{w}}'.format(1, w=10**15) }}",
    "a width of a mapping": "{{ '{a:999999999999999}'.format_map({'a': 1}) }}",
    "text joined": doubling("ns.s ~ ns.s"),
    "text added": doubling("ns.s + ns.s"),
    "text joined by a filter": doubling("[ns.s, ns.s] | join"),
    "text joined by text": doubling("ns.s.join([ns.s, ns.s])"),
    "text in place of text": doubling("ns.s | replace('x', 'xx')"),
    "text in place of text, by its method": doubling("ns.s.replace('x', 'xx')"),
    "text formatted": doubling("'{0}{0}'.format(ns.s)"),
    "text formatted by a percent sign": doubling("'%s%s' % (ns.s, ns.s)"),
    "a list added": doubling("[1] * 9 + [2] * 9 if ns.s is string else ns.s + ns.s"),
    "text printed": NAMESPACE + "{% for _ in range(20) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}",
}


@pytest.mark.parametrize("template", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_does_not_come_to_an_end_is_stopped(template: str) -> None:
    with pytest.raises(TooMuch):
        render(template)


@pytest.mark.parametrize("named", ["'x'", "['none', 'x']"])
def test_a_template_that_includes_itself_twice_is_stopped(named: str) -> None:
    loop = f"{{% set n = n - 1 %}}{{% if n %}}{{% include {named} %}}{{% include {named} %}}{{% endif %}}"
    with pytest.raises(TooMuch):
        BoundedEnvironment(loader=DictLoader({"x": loop})).get_template("x").render(n=16)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            "{% for a in given %}{% for b in range(60) if a == b %}{{ b }}{% endfor %}{% endfor %}",
            "".join(map(str, range(60))),
        ),
        ("{{ '%05.1f' | format(2.5) }} {{ '{:>9,} of 1234567'.format(1234567) }}", "002.5 1,234,567 of 1234567"),
        ("{{ '%s %d%%' % ('disk', 99999) }} {{ 'Ticket 1234567: %s' % 'x' }}", "disk 99999% Ticket 1234567: x"),
        ("{{ 'ab' * 3 }} {{ 2**31 }} {{ 5 % 3 }} {{ 2.5 * 2 }} {{ [1] + [2] }}", "ababab 2147483648 2 5.0 [1, 2]"),
        ("{% for row in given[:4] | batch(3, '-') %}{{ row | join(',') }};{% endfor %}", "0,1,2;3,-,-;"),
        ("[{{ 'ab' | center(6) }}] {{ 'a\nb' | indent(2) }} {{ 2.345 | round(1) }}", "[  ab  ] a\n  b 2.3"),
        ("{% for a in [1, [2, [3]]] recursive %}{{ a if a is number else loop(a) }}{% endfor %}", "123"),
        ("{{ 'a' ~ 1 }} {{ given | sum }} {{ 'a-b'.replace('-', '+') }} {{ ', '.join('ab') }}", "a1 44850 a+b a, b"),
    ],
)
def test_what_is_meant_for_people_is_let_through(template: str, said: str) -> None:
    assert render(template) == said


def test_each_rendering_has_all_steps_to_itself() -> None:
    template = BoundedEnvironment().from_string("{% for a in range(9999) %}{% endfor %}done")
    assert [template.render() for _ in range(5)] == ["done"] * 5


def test_filters_of_ones_own_are_given_what_they_were_given_before() -> None:
    @pass_context
    def told(context: Context, value: str, mark: str = "!") -> str:
        return f"{context['name']}: {value}{mark}"

    environment = BoundedEnvironment(finalize=told)
    environment.filters["told"] = told
    assert environment.from_string("{{ 'x' | told('?') }} {{ 'y' }}").render(name="Ann") == "Ann: Ann: x?! Ann: y!"


def test_a_long_postmortem_is_far_from_the_limit() -> None:
    rows = (
        "{% for row in given %}| {{ row.at | upper }} | {{ row.who | upper }} | {{ row.what | upper }} |\n{% endfor %}"
    )
    given = [{"at": "10:00", "who": "Ann", "what": "x" * 90} for _ in range(5000)]
    assert BoundedEnvironment().from_string(rows).render(given=given).count("\n") == 5000


@pytest.mark.parametrize(
    ("template", "lines"),
    [
        ("\n{% if incident %}\n" + ENDLESS["loops over numbers"] + "{% endif %}", [3]),
        ("\n{% for a in given %}{{ a }}\n{{ 'x' | center(10**7) }}{% endfor %}", [3]),
        ("\n{% set wide = 'x' * 10**7 %}", [2]),
        ("{% for a in range(999) %}\n{% for b in range(999) %}{{ b | told(a) }}{% endfor %}{% endfor %}", [1]),
        ("{% for a in given %}{{ 'ab' * 3 }}{{ a | told }}{% for b in range(9) %}{{ b }}{% endfor %}{% endfor %}", []),
    ],
)
def test_what_takes_too_much_whatever_it_is_given_is_found_by_its_line(template: str, lines: list[int]) -> None:
    environment = BoundedEnvironment()
    assert [line for line, _ in too_much(environment.parse(template), environment)] == lines


def test_nothing_that_ships_takes_too_much() -> None:
    environment = BoundedEnvironment()
    for file in sorted(shipped().rglob("*.j2")):
        assert list(too_much(environment.parse(file.read_text()), environment)) == [], file
