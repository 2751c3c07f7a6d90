"""The expression language: what may stand between `{{` and `}}`, and how it is evaluated.

An allow-list of Jinja2's syntax nodes is turned into our own closures. No Python code is generated and no attribute
of a Python object is ever read: `a.b` and `a['b']` are keys of mappings, `a[0]` is a place in a list.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from connectors._kit.errors import ExpressionSyntaxError, MissingValue, UnusableValue
from connectors._kit.filters import FilterInfo
from connectors._kit.values import kind_of

Scope = Mapping[str, Any]
Evaluate = Callable[[Scope], Any]
Path = tuple[str | int, ...]

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Call: "Functions cannot be called; use a filter, as in “name | upper”",
    nodes.Tuple: "Write a list in square brackets, as in ['a', 'b']",
    nodes.Slice: "Parts of a list cannot be cut out like this; use the filters first, last or truncate",
    nodes.Concat: "Texts are joined by writing them side by side: {{ a }} {{ b }}",
    nodes.Add: "For arithmetic use the filters plus, minus, times and divided_by",
    nodes.Sub: "For arithmetic use the filters plus, minus, times and divided_by",
    nodes.Mul: "For arithmetic use the filters plus, minus, times and divided_by",
    nodes.Div: "For arithmetic use the filters plus, minus, times and divided_by",
}


class Compiler:
    """Turns expression nodes into closures and collects the paths they read."""

    def __init__(self, filters: Mapping[str, FilterInfo]) -> None:
        self._filters = filters
        self.paths: dict[Path, None] = {}

    def compile(self, node: nodes.Node) -> Evaluate:
        """Raises ExpressionSyntaxError for anything outside the language."""
        match node:
            case nodes.Const():
                return _constant(node.value)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self._access(node)
            case nodes.Filter():
                return self._filter(node)
            case nodes.Compare():
                return self._compare(node)
            case nodes.And() | nodes.Or():
                return self._and_or(node)
            case nodes.Not() | nodes.Test():
                return self.truth(node)
            case nodes.CondExpr():
                return self._inline_if(node)
            case nodes.List():
                items = [self.compile(item) for item in node.items]
                return lambda scope: [item(scope) for item in items]
            case nodes.Dict():
                pairs = [(_text_key(pair.key), self.compile(pair.value)) for pair in node.items]
                return lambda scope: {key: value(scope) for key, value in pairs}
            case nodes.Neg(node=nodes.Const(value=value)) if isinstance(value, (int, float)):
                return _constant(-value)
        for kind, advice in _REFUSED.items():
            if isinstance(node, kind):
                raise ExpressionSyntaxError(advice, node.lineno)
        raise ExpressionSyntaxError("This is not part of the expression language", node.lineno)

    def truth(self, node: nodes.Node) -> Callable[[Scope], bool]:
        """As a condition: a missing value counts as false."""
        match node:
            case nodes.Not():
                inner = self.truth(node.node)
                return lambda scope: not inner(scope)
            case nodes.And():
                left, right = self.truth(node.left), self.truth(node.right)
                return lambda scope: left(scope) and right(scope)
            case nodes.Or():
                left, right = self.truth(node.left), self.truth(node.right)
                return lambda scope: left(scope) or right(scope)
            case nodes.Test():
                return self._is_defined(node)
        value = self.compile(node)

        def condition(scope: Scope) -> bool:
            try:
                return bool(value(scope))
            except MissingValue:
                return False

        return condition

    def _access(self, node: nodes.Expr) -> Evaluate:
        """`a.b[0].c`: one closure for a fixed path, two when a key is itself an expression."""
        path: list[str | int] = []
        inner: nodes.Expr = node
        while isinstance(inner, (nodes.Getattr, nodes.Getitem)):
            key = _fixed_key(inner)
            if key is None:
                break
            path.append(key)
            inner = inner.node
        path.reverse()
        if isinstance(inner, nodes.Name):
            if inner.name.startswith("_"):
                raise ExpressionSyntaxError("Names that begin with _ cannot be used", inner.lineno)
            whole = (inner.name, *path)
            self.paths[whole] = None
            return _from_scope(whole)
        start = self._dynamic_item(inner) if isinstance(inner, nodes.Getitem) else self.compile(inner)
        if not path:
            return start
        keys = tuple(path)
        name = ".".join(map(str, keys))
        return lambda scope: _walk(start(scope), keys, name)

    def _dynamic_item(self, node: nodes.Getitem) -> Evaluate:
        if isinstance(node.arg, nodes.Slice):
            raise ExpressionSyntaxError(_REFUSED[nodes.Slice], node.lineno)
        container, key = self.compile(node.node), self.compile(node.arg)

        def item(scope: Scope) -> Any:
            wanted = key(scope)
            if not isinstance(wanted, (str, int)):
                raise UnusableValue("Only a text or a whole number can choose an entry.")
            return _walk(container(scope), (wanted,), str(wanted))

        return item

    def _filter(self, node: nodes.Filter) -> Evaluate:
        info = self._filters.get(node.name)
        if info is None or node.node is None:
            raise ExpressionSyntaxError(f"There is no filter “{node.name}”", node.lineno)
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise ExpressionSyntaxError("* and ** cannot be used", node.lineno)
        value = self.compile(node.node)
        arguments = [self.compile(argument) for argument in node.args]
        named = {str(keyword.key): self.compile(keyword.value) for keyword in node.kwargs}
        problem = info.signature_problem(len(arguments), tuple(named))
        if problem:
            raise ExpressionSyntaxError(problem, node.lineno)
        function = info.function
        if info.takes_missing:
            value = _none_if_missing(value)
        if not arguments and not named:
            return lambda scope: function(value(scope))
        if not named:
            return lambda scope: function(value(scope), *[argument(scope) for argument in arguments])
        return lambda scope: function(
            value(scope),
            *[argument(scope) for argument in arguments],
            **{key: argument(scope) for key, argument in named.items()},
        )

    def _compare(self, node: nodes.Compare) -> Evaluate:
        first = self.compile(node.expr)
        rest = [(_COMPARE[operand.op], self.compile(operand.expr)) for operand in node.ops]

        def compare(scope: Scope) -> bool:
            left = first(scope)
            for holds, other in rest:
                right = other(scope)
                try:
                    if not holds(left, right):
                        return False
                except TypeError:
                    raise UnusableValue(f"{kind_of(left)} cannot be compared with {kind_of(right)}.") from None
                left = right
            return True

        return compare

    def _and_or(self, node: nodes.BinExpr) -> Evaluate:
        left, right = self.compile(node.left), self.compile(node.right)
        if isinstance(node, nodes.And):
            return lambda scope: left(scope) and right(scope)
        return lambda scope: left(scope) or right(scope)

    def _inline_if(self, node: nodes.CondExpr) -> Evaluate:
        condition, yes = self.truth(node.test), self.compile(node.expr1)
        no = _constant(None) if node.expr2 is None else self.compile(node.expr2)
        return lambda scope: yes(scope) if condition(scope) else no(scope)

    def _is_defined(self, node: nodes.Test) -> Callable[[Scope], bool]:
        if node.name != "defined":
            raise ExpressionSyntaxError(f"“is {node.name}” is not known; only “is defined” is", node.lineno)
        value = self.compile(node.node)

        def defined(scope: Scope) -> bool:
            try:
                value(scope)
            except MissingValue:
                return False
            return True

        return defined


def _constant(value: Any) -> Evaluate:
    return lambda scope: value


def _none_if_missing(value: Evaluate) -> Evaluate:
    def optional(scope: Scope) -> Any:
        try:
            return value(scope)
        except MissingValue:
            return None

    return optional


def _text_key(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value
    raise ExpressionSyntaxError("The name of a field must be written in quotes", node.lineno)


def _fixed_key(node: nodes.Getattr | nodes.Getitem) -> str | int | None:
    if isinstance(node, nodes.Getattr):
        if node.attr.startswith("_"):
            raise ExpressionSyntaxError(f"Write ['{node.attr}'] for a name that begins with _", node.lineno)
        return node.attr
    arg: nodes.Node = node.arg
    if isinstance(arg, nodes.Neg) and isinstance(arg.node, nodes.Const) and isinstance(arg.node.value, int):
        return -arg.node.value
    if isinstance(arg, nodes.Const) and isinstance(arg.value, (str, int)) and not isinstance(arg.value, bool):
        return arg.value
    return None


def _from_scope(path: Path) -> Evaluate:
    """Reads a fixed path. Text keys, the usual case, are looked up without any test beforehand."""
    name = ".".join(map(str, path))
    if any(isinstance(key, int) for key in path):
        return lambda scope: _walk(scope, path, name)

    def read(scope: Scope) -> Any:
        value: Any = scope
        try:
            for key in path:
                value = value[key]
        except (KeyError, TypeError, IndexError):
            return _walk(scope, path, name)
        return value

    return read


def _walk(value: Any, path: Path, name: str) -> Any:
    """Follows keys and list places; raises MissingValue(name) where it leads nowhere."""
    for key in path:
        try:
            if isinstance(value, Mapping):
                value = value[key] if key in value else value[str(key)]
            elif isinstance(value, (list, tuple)):
                value = value[int(key)]
            else:
                raise MissingValue(name)
        except (KeyError, IndexError, ValueError):
            raise MissingValue(name) from None
    return value
