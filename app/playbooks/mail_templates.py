"""The templates of mail in a playbook's folder: which there can be, and whether each can be used.

As in `templates`, no mail is rendered here; whoever writes a mail gives its template what `GIVEN` says.
"""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateSyntaxError, meta, nodes

from app.playbooks.bounded import BoundedEnvironment
from app.playbooks.faults import Fault, PlaybookFaults, choice
from app.playbooks.files import read_text
from app.playbooks.templates import endless

MAIL = "mail"
AS_HTML = ".html.j2"
AS_TEXT = ".j2"
PARTS = ("footer.j2", "layout.html.j2")
GIVEN = ("incident", "rules", "severity", "status", "event", "at", "list", "link", "duration", "subject", "paragraphs")
FILTERS = ("line", "duration", "status")


def faults(messages: Path, general: Path) -> Iterator[Fault]:
    """Find what is wrong with the templates in the folder `mail` of `messages`; `general` holds Tocsin's own."""
    texts = sorted(file.name for file in (general / MAIL).glob(f"*{AS_TEXT}") if file.name not in PARTS)
    known = [*texts, *(text.removesuffix(AS_TEXT) + AS_HTML for text in texts), *PARTS]
    for file in sorted((messages / MAIL).glob("*")):
        if file.name in known:
            yield from _faults(file)
        else:
            yield Fault(file, 1, "", "no mail has that name", choice(file.name, known))


def _faults(file: Path) -> Iterator[Fault]:
    environment = BoundedEnvironment()
    environment.filters |= dict.fromkeys(FILTERS, str)
    try:
        tree = environment.parse(read_text(file))
        for used in tree.find_all(nodes.Filter):
            if used.name not in environment.filters:
                yield Fault(
                    file, used.lineno, used.name, "no filter of mail", f"{choice(used.name, FILTERS)}, and Jinja's"
                )
                return
        for name in sorted(meta.find_undeclared_variables(tree) - set(GIVEN)):
            line = next((used.lineno for used in tree.find_all(nodes.Name) if used.name == name), 1)
            yield Fault(file, line, name, "no variable that a mail is given", choice(name, GIVEN))
        yield from endless(tree, file, environment)
    except PlaybookFaults as unreadable:
        yield from unreadable.faults
    except TemplateSyntaxError as error:
        yield Fault(file, error.lineno, "", f"not a template ({error.message})", "write {{ value }} or {% if … %}")
    except RecursionError:
        yield Fault(file, 1, "", "nested too deeply", "write {{ value }} or {% if … %}")
