"""Where templates of a playbook are rendered: a sandbox in which none goes on for ever, and none makes endless text.

Jinja's own sandbox keeps a template from what is none of its business, and bounds one `range`, but not two nested ones.
Here each rendering may take so many steps. A step is one turn of a loop, one call, one include, one item of what a
filter is given or makes, or a hundred characters of text. What grows by a number (`"x" * n`, `center(n)`, `batch(n)`)
is counted before it is made. It is counted and not timed, so that a template fails everywhere or nowhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MOST_STEPS = 20_000
"""Several times what the longest postmortem takes, and over in a fraction of a second."""
CHARACTERS = 100
"""So many make one step."""
MOST_BITS = 10_000
"""A number that is longer is no number for people."""
MOST_WIDTH = 9_999
REPEATS = frozenset({"batch", "slice", "tojson", "round"})
"""Filters that make as many items, or digits, as a number says."""
WIDENS = frozenset({"center", "indent", "ljust", "rjust", "zfill", "expandtabs"})
"""Filters, and methods of text, that make text as wide as a number says."""
WIDE = re.compile(r"%[^%a-zA-Z]*\d{5}|{[^{}]*:[^{}]*\d{5}[^{}]*}")
"""A width of more than `MOST_WIDTH` in what text is formatted by: %99999d, {:99999}."""
WIDTH_IS_GIVEN = re.compile(r"%[^%a-zA-Z]*\*|{[^{}]*{")
"""A width that comes from what is given: %*d, {:{width}}."""


class TooMuch(Exception):
    """A template does not come to an end in the steps that it has."""


_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def _counted() -> Iterator[None]:
    before = _left.set([MOST_STEPS])
    try:
        yield
    finally:
        _left.reset(before)


def _spend(steps: int) -> None:
    left = _left.get()
    if left is None:
        # What is worked out as a template is compiled has all steps to itself.
        left = [MOST_STEPS]
    left[0] -= steps
    if left[0] < 0:
        raise TooMuch(f"it takes more than {MOST_STEPS:,} steps")


def _size(value: object) -> int:
    if isinstance(value, str | bytes):
        return len(value) // CHARACTERS
    return len(value) if isinstance(value, list | tuple | dict | range | set | frozenset) else 0


class _Counted(Template):
    """A template that may take so many steps each time that it is rendered."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Render it. Raises `TooMuch`."""
        with _counted():
            return super().render(*args, **kwargs)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox whose templates come to an end: each rendering that takes too many steps raises `TooMuch`."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    template_class = _Counted

    def __init__(self, *args: Any, finalize: Callable[..., Any] | None = None, **kwargs: Any) -> None:
        """Take what any environment of Jinja's takes."""
        super().__init__(*args, finalize=_last_counted(finalize or _as_it_is), **kwargs)
        self.filters |= {name: _filter_counted(name, made) for name, made in self.filters.items()}
        # Text to fill a page with, as long as is asked for: no message needs it.
        self.globals.pop("lipsum", None)

    @staticmethod
    def turn() -> bool:
        """Begin one more turn of a loop."""
        _spend(1)
        return True

    @staticmethod
    def joined(text: str) -> str:
        """Return text that was joined."""
        _spend(_size(text))
        return text

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls, and count it."""
        if obj is BoundedEnvironment.turn or obj is BoundedEnvironment.joined:
            # These count themselves, and every loop calls them.
            return obj(*args)
        _spend(1)
        _before_a_call(obj, args, kwargs)
        made = super().call(context, obj, *args, **kwargs)
        # A range has nothing in it until something goes through it, which counts by itself.
        _spend(len(made) // CHARACTERS if isinstance(made, range) else _size(made))
        return made

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Reckon, and count what becomes of it."""
        _before_reckoning(operator, left, right)
        made = super().call_binop(context, operator, left, right)
        _spend(_size(made))
        return made

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:  # noqa: A002 -- as Jinja's
        # Templates include each other by it.
        _spend(1)
        return super()._load_template(name, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Counting().visit(super()._parse(source, name, filename))
        tree.set_environment(self)
        return tree


def too_much(tree: nodes.Template, environment: BoundedEnvironment) -> Iterator[tuple[int, str]]:
    """Yield the line, and why, of what in a template takes too many steps whatever the template is given.

    What needs nothing that is given, two loops over numbers for one, is tried out by itself, with filters that Jinja
    does not know doing nothing. That changes `tree`.
    """
    used = tree.find_all(nodes.Filter)
    environment = environment.overlay()
    environment.filters = dict.fromkeys((one.name for one in used), _left_alone) | environment.filters
    for node in list(tree.find_all((nodes.For, nodes.Call, nodes.Filter, nodes.BinExpr))):
        if not _needs_nothing(node, environment):
            continue
        try:
            _alone(node, environment).render()
        except TooMuch as error:
            yield node.lineno, str(error)
            return
        except Exception:  # noqa: BLE001, S112 -- what it lacks alone, it may have in its place
            continue


def _needs_nothing(node: nodes.Node, environment: BoundedEnvironment) -> bool:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.EnvironmentAttribute):
        return False
    names = list(node.find_all(nodes.Name))
    own = {name.name for name in names if name.ctx != "load"}
    return {name.name for name in names} <= {*own, "loop", *environment.globals}


def _alone(node: nodes.Node, environment: BoundedEnvironment) -> Template:
    statement = nodes.Output([node], lineno=node.lineno) if isinstance(node, nodes.Expr) else node
    tree = nodes.Template([statement], lineno=1)
    tree.set_environment(environment)
    return environment.template_class.from_code(environment, environment.compile(tree), {**environment.globals})


class _Counting(NodeTransformer):
    """Lets a template tell of each turn of a loop, and of text that it joins."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 -- Jinja looks for it by this name
        self.generic_visit(node)
        turn = _calling("turn", node)
        node.body.insert(0, nodes.ExprStmt(turn, lineno=node.lineno))
        if node.test is not None:
            # What a loop leaves out is a turn too.
            node.test = nodes.And(_calling("turn", node), node.test, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Call:  # noqa: N802 -- the same
        self.generic_visit(node)
        return _calling("joined", node, node)


def _calling(name: str, node: nodes.Node, *given: nodes.Expr) -> nodes.Call:
    called = nodes.EnvironmentAttribute(name, lineno=node.lineno)
    return nodes.Call(called, list(given), [], None, None, lineno=node.lineno)


def _as_it_is(value: object) -> object:
    return value


def _left_alone(value: object, *_: object, **__: object) -> object:
    return value


def _last_counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that counts the last thing that it is given, which is the one that is printed."""

    @wraps(function)
    def counted(*args: Any) -> Any:
        _spend(_size(args[-1]))
        return function(*args)

    return counted


def _filter_counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    # Some are given the context, the environment or how to escape before the value.
    place = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def counted(*args: Any, **kwargs: Any) -> Any:
        value, more = args[place] if len(args) > place else None, args[place + 1 :]
        _spend(_size(value))
        _before_it_grows(name, value, more, kwargs)
        made = function(*args, **kwargs)
        _spend(_size(made))
        return made

    return counted


def _before_a_call(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    # What formats is wrapped by the sandbox.
    of = getattr(getattr(function, "__wrapped__", function), "__self__", None)
    if isinstance(of, str):
        _before_it_grows(function.__name__, of, args, kwargs)


def _before_it_grows(name: str, value: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    given = [*args, *kwargs.values()]
    numbers = [abs(int(one)) for one in given if isinstance(one, int)]
    if name in REPEATS:
        _spend(sum(numbers))
    elif name in WIDENS:
        lines = value.count("\n") + 1 if isinstance(value, str) else 1
        _spend(lines * sum(numbers) // CHARACTERS)
    elif name in {"format", "format_map"}:
        _before_formatting(str(value), given)
    elif name == "replace" and len(args) > 1:
        text, old, new = str(value), str(args[0]), str(args[1])
        _spend(text.count(old) * len(new) // CHARACTERS)
    elif name == "join" and args:
        _before_joining(value, args[0])


def _before_joining(left: Any, right: Any) -> None:
    """Count what is joined: a filter has the text second, a method of text has it first."""
    if isinstance(left, Sized) and isinstance(right, Sized):
        _spend(len(left) * len(right) // CHARACTERS)


def _before_formatting(by: str, given: list[Any]) -> None:
    numbers = [one for one in given if isinstance(one, int)]
    if WIDE.search(by) or (WIDTH_IS_GIVEN.search(by) and any(abs(one) > MOST_WIDTH for one in numbers)):
        raise TooMuch(f"it makes text that is wider than {MOST_WIDTH:,} characters")


def _before_reckoning(operator: str, left: Any, right: Any) -> None:
    if operator == "%" and isinstance(left, str):
        _before_formatting(left, list(right) if isinstance(right, tuple) else [right])
    elif isinstance(left, int) and isinstance(right, int):
        bits = {"*": left.bit_length() + right.bit_length(), "**": left.bit_length() * right}.get(operator, 0)
        if bits > MOST_BITS:
            raise TooMuch("it makes a number that is too long to read")
    elif operator == "*":
        times, what = (left, right) if isinstance(left, int) else (right, left)
        if isinstance(times, int) and isinstance(what, str | bytes | list | tuple):
            _spend(max(times, 0) * max(len(what), 1) // (CHARACTERS if isinstance(what, str | bytes) else 1))
