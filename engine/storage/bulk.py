"""One statement for many rows: SQLAlchemy writes it once, the rows go straight to the driver.

Its own way with many rows costs several times what SQLite takes to store them; the journal stores little else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from engine.storage.database import Database


class Bulk:
    """`columns` are the parameters of the statement; every row must have each of them, and no defaults are filled in.

    Values are converted as their columns say, so that the rows are the same as those that SQLAlchemy stores.
    """

    def __init__(self, database: Database, statement: Executable, columns: Sequence[str] | None = None) -> None:
        assert isinstance(statement, ClauseElement)  # noqa: S101  all statements are
        dialect = database.engine.dialect
        compiled = statement.compile(dialect=dialect, column_keys=list(columns) if columns is not None else None)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  what a statement compiles to
        self._sql = str(compiled)
        self._positional = compiled.positiontup is not None
        names = compiled.positiontup or list(compiled.binds)
        self._fields = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Returns how many rows were stored or changed."""
        parameters: Any = self._tuples(rows) if self._positional else self._mappings(rows)
        result = connection.exec_driver_sql(self._sql, parameters, execution_options={"preserve_rowcount": True})
        return result.rowcount

    def _tuples(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        fields = self._fields
        return [tuple([convert(row[name]) if convert else row[name] for name, convert in fields]) for row in rows]

    def _mappings(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        fields = self._fields
        return [{name: convert(row[name]) if convert else row[name] for name, convert in fields} for row in rows]
