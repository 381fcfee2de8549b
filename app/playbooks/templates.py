"""The templates of a playbook: which ones there are, what they are given, and whether each can be used.

No message is rendered here. Whoever renders a template gives it at least what `WORDED_HERE` says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import FileSystemLoader, TemplateSyntaxError, meta, nodes

from app.domain.events import Declared, Resolved, UpdatePosted
from app.domain.incident import Incident, Resolution
from app.domain.playbook import Severity
from app.playbooks.bounded import BoundedEnvironment, too_much
from app.playbooks.faults import Fault, PlaybookFaults, choice
from app.playbooks.files import read_text

MESSAGES = "messages"
SUFFIX = ".j2"
SYNTAX_HINT = "write {{ value }}, {% if … %} … {% endif %} or {# remark #}"
ENDS = "loop over less, and repeat less"


@dataclass(frozen=True, slots=True)
class Given:
    """What a template is given: variables, filters beside Jinja's own, and of what type some variables are."""

    variables: tuple[str, ...]
    filters: tuple[str, ...]
    types: Mapping[str, type] = field(default_factory=dict)


MESSAGE_VARIABLES = (
    *("incident", "severity", "name", "status", "commander", "event", "next_update_at", "duration"),
    *("postmortem_due_at", "rules", "emoji", "kind", "at", "next_page", "members"),
)
POSTMORTEM_VARIABLES = (
    *("incident", "severity", "name", "status", "times", "measures", "timeline", "roles", "resolution", "agenda"),
    *("blank", "rules", "follow_ups"),
)
FILTERS = (
    *("time", "member", "members", "duration", "line", "soon", "status", "role", "count", "quoted", "link", "outside"),
    "monitor",
)


def _message(event: type) -> Given:
    return Given(MESSAGE_VARIABLES, FILTERS, {"incident": Incident, "severity": Severity, "event": event})


WORDED_HERE = {
    "messages/declared.j2": _message(Declared),
    "messages/update.j2": _message(UpdatePosted),
    "messages/customer.j2": _message(UpdatePosted),
    "messages/resolved.j2": _message(Resolved),
    "postmortem.md.j2": Given(
        POSTMORTEM_VARIABLES,
        (*FILTERS, "cell"),
        {"incident": Incident, "severity": Severity, "resolution": Resolution},
    ),
}
"""What playbooks word themselves. A folder may word other messages as well, in place of Tocsin's own."""


def faults(folder: Path, general: Path) -> Iterator[Fault]:
    """Find what is wrong with the templates in a playbook's `folder`; `general` holds Tocsin's own messages."""
    env = BoundedEnvironment(loader=FileSystemLoader([folder / MESSAGES, general]))
    for name, given in WORDED_HERE.items():
        if (folder / name).exists() or Path(name).name not in env.list_templates():
            yield from _faults(folder / name, env, given)
    for file in sorted((folder / MESSAGES).glob(f"*{SUFFIX}")):
        if f"{MESSAGES}/{file.name}" not in WORDED_HERE:
            yield from _other_message(file, env, general)


def _other_message(file: Path, env: BoundedEnvironment, general: Path) -> Iterator[Fault]:
    known = [Path(name).name for name in WORDED_HERE if name.startswith(MESSAGES)]
    known += sorted(other.name for other in general.glob(f"*{SUFFIX}") if other.name not in known)
    if file.name in known:
        yield from _faults(file, env, None)
    else:
        yield Fault(file, 1, "", "no message has that name", choice(file.name, known))


def _faults(file: Path, env: BoundedEnvironment, given: Given | None) -> Iterator[Fault]:
    try:
        tree = env.parse(read_text(file))
        if given:
            yield from _unknown_filters(tree, file, env, given)
            yield from _unknown_attributes(tree, file, given)
            yield from _unknown_variables(tree, file, env, given)
        yield from _unknown_includes(tree, file, env)
        yield from endless(tree, file, env)
    except PlaybookFaults as unreadable:
        yield from unreadable.faults
    except TemplateSyntaxError as error:
        yield Fault(file, error.lineno, "", f"not a template ({error.message})", SYNTAX_HINT)
    except RecursionError:
        yield Fault(file, 1, "", "nested too deeply", SYNTAX_HINT)


def endless(tree: nodes.Template, file: Path, env: BoundedEnvironment) -> Iterator[Fault]:
    """Find what in a template does not come to an end. That changes `tree`."""
    for line, why in too_much(tree, env):
        yield Fault(file, line, "", f"too much for one message: {why}", ENDS)


def _unknown_filters(tree: nodes.Template, file: Path, env: BoundedEnvironment, given: Given) -> Iterator[Fault]:
    for used in tree.find_all(nodes.Filter):
        if used.name not in (*env.filters, *given.filters):
            allowed = f"{choice(used.name, given.filters)}, and Jinja's own"
            yield Fault(file, used.lineno, used.name, "no filter that this template is given", allowed)


def _unknown_attributes(tree: nodes.Template, file: Path, given: Given) -> Iterator[Fault]:
    for used in tree.find_all(nodes.Getattr):
        owner = used.node.name if isinstance(used.node, nodes.Name) else ""
        if owner not in given.types:
            continue
        known = [name for name in dir(given.types[owner]) if not name.startswith("_")]
        if used.attr not in known:
            yield Fault(file, used.lineno, f"{owner}.{used.attr}", f"not a part of {owner}", choice(used.attr, known))


def _unknown_variables(tree: nodes.Template, file: Path, env: BoundedEnvironment, given: Given) -> Iterator[Fault]:
    # Jinja refuses to look for variables while it meets a filter that it does not know; those are told already.
    lenient = env.overlay()
    lenient.filters = env.filters | {used.name: str for used in tree.find_all(nodes.Filter)}
    tree.set_environment(lenient)
    unknown = meta.find_undeclared_variables(tree) - {*given.variables, *env.globals}
    for used in tree.find_all(nodes.Name):
        if used.name in unknown:
            problem = "no variable that this template is given"
            yield Fault(file, used.lineno, used.name, problem, choice(used.name, given.variables))


def _unknown_includes(tree: nodes.Template, file: Path, env: BoundedEnvironment) -> Iterator[Fault]:
    known = env.list_templates()
    for used in tree.find_all((nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)):
        name = _named(used)
        if name and name not in known:
            yield Fault(file, used.lineno, name, "no template of that name", choice(name, known))


def _named(reference: nodes.Node) -> str | None:
    template = dict(reference.iter_fields()).get("template")
    return str(template.value) if isinstance(template, nodes.Const) else None
