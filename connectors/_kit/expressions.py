"""Templates: JSON values whose texts may hold `{{ expressions }}`.

    template = compile_template({"to": "{{ trigger.email }}", "subject": "Hello {{ trigger.name | title }}"})
    template.render({"trigger": {"email": "ada@example.com", "name": "ada"}})

A text that is exactly one expression keeps the value's type; inside a longer text the value is formatted. A value
that is not there is an error that names it. Compile once and keep the Template: it is immutable and thread-safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors._kit.errors import ExpressionError, ExpressionSyntaxError, MissingValue
from connectors._kit.filters import FILTERS, FilterInfo
from connectors._kit.language import parse
from connectors._kit.pointers import pointer
from connectors._kit.syntax import Compiler, Path, Scope
from connectors._kit.values import as_text

Render = Callable[[Scope, bool], Any]


class _Omitted:
    """Stands for a value that is left out."""


_OMITTED = _Omitted()


class Template:
    """A compiled template. `is_static`: it holds no expression and always gives `source` itself."""

    __slots__ = ("_paths", "_render", "is_static", "source")

    def __init__(self, source: Any, render: Render | None, paths: tuple[Path, ...]) -> None:
        self.source = source
        self.is_static = render is None
        self._render = render
        self._paths = paths

    def render(self, scope: Scope, *, omit_missing: bool = False) -> Any:
        """The value for this scope. Static parts are shared, not copied: do not change the result in place.

        Raises MissingValue or UnusableValue, whose `pointer` leads to the text. With `omit_missing` a value that is
        exactly one expression on something missing is left out of its list or group (None at the top); inside a
        longer text it stays an error.
        """
        if self._render is None:
            return self.source
        value = self._render(scope, omit_missing)
        return None if value is _OMITTED else value

    def references(self) -> tuple[str, ...]:
        """Dotted paths of everything the template reads, such as "trigger.contact.email"; each once, in order."""
        return tuple(".".join(map(str, path)) for path in self._paths)

    def paths(self) -> tuple[Path, ...]:
        """Like `references`, each path as a tuple of its parts."""
        return self._paths


def compile_template(value: Any, *, filters: Mapping[str, FilterInfo] = FILTERS) -> Template:
    """Compiles a JSON value. Raises ExpressionSyntaxError, whose `pointer` leads to the text."""
    compiler = Compiler(filters)
    render = _compile(value, compiler)
    return Template(value, render, tuple(compiler.paths))


def syntax_problems(value: Any, *, filters: Mapping[str, FilterInfo] = FILTERS) -> Iterator[ExpressionSyntaxError]:
    """Every text of a JSON value that cannot be compiled; each error's `pointer` leads to it."""
    for place, text in texts(value):
        try:
            compile_template(text, filters=filters)
        except ExpressionSyntaxError as error:
            error.pointer = place
            yield error


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(JSON pointer, text) of every text in a JSON value that holds an expression."""
    if isinstance(value, str):
        if "{{" in value:
            yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, place + pointer(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from texts(item, place + pointer(index))


def _compile(value: Any, compiler: Compiler) -> Render | None:
    """None when there is nothing to evaluate."""
    if isinstance(value, str):
        return _compile_text(value, compiler) if "{{" in value else None
    if isinstance(value, Mapping):
        return _compile_mapping(value, compiler)
    if isinstance(value, (list, tuple)):
        return _compile_list(list(value), compiler)
    return None


def _compile_text(text: str, compiler: Compiler) -> Render:
    pieces = [piece if isinstance(piece, str) else compiler.compile(piece) for piece in parse(text)]
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return _single(pieces[0])

    def render(scope: Scope, omit: bool) -> str:
        return "".join([piece if isinstance(piece, str) else as_text(piece(scope)) for piece in pieces])

    return render


def _single(evaluate: Callable[[Scope], Any]) -> Render:
    def render(scope: Scope, omit: bool) -> Any:
        if not omit:
            return evaluate(scope)
        try:
            return evaluate(scope)
        except MissingValue:
            return _OMITTED

    return render


def _compile_mapping(value: Mapping[str, Any], compiler: Compiler) -> Render | None:
    parts = [(key, item, _compile_at(key, item, compiler)) for key, item in value.items()]
    if all(render is None for _, _, render in parts):
        return None

    def render_all(scope: Scope, omit: bool) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item, render in parts:
            if render is None:
                result[key] = item
                continue
            try:
                rendered = render(scope, omit)
            except ExpressionError as error:
                error.pointer = pointer(key) + error.pointer
                raise
            if rendered is not _OMITTED:
                result[key] = rendered
        return result

    return render_all


def _compile_list(value: list[Any], compiler: Compiler) -> Render | None:
    parts = [(item, _compile_at(index, item, compiler)) for index, item in enumerate(value)]
    if all(render is None for _, render in parts):
        return None

    def render_all(scope: Scope, omit: bool) -> list[Any]:
        result: list[Any] = []
        for index, (item, render) in enumerate(parts):
            try:
                rendered = item if render is None else render(scope, omit)
            except ExpressionError as error:
                error.pointer = pointer(index) + error.pointer
                raise
            if rendered is not _OMITTED:
                result.append(rendered)
        return result

    return render_all


def _compile_at(key: str | int, item: Any, compiler: Compiler) -> Render | None:
    try:
        return _compile(item, compiler)
    except ExpressionSyntaxError as error:
        error.pointer = pointer(key) + error.pointer
        raise
