"""Words that people type into search fields."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def contains(column: ColumnElement[Any] | InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """True where the column has `text` somewhere, upper or lower case; % and _ mean themselves. JSON is text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _Contains(column, literal(f"%{escaped}%"))


class _Contains(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Contains)
def _as_text(element: _Contains, compiler: SQLCompiler, **options: Any) -> str:
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"(CAST({column} AS TEXT) ILIKE {pattern} ESCAPE '\\')"


@compiles(_Contains, "sqlite")
def _as_stored(element: _Contains, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite's LIKE takes JSON as it is stored and knows no case; a cast would copy every payload first."""
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} LIKE {pattern} ESCAPE '\\')"
