"""What PostgreSQL's driver has to be taught."""

from __future__ import annotations

from psycopg import Connection
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown

REPLACEMENT = "\ufffd"
"""Stands for the character NUL, which text in PostgreSQL cannot hold, as it does for unreadable bytes."""


class _Text(StrDumperUnknown):
    def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
        return super().dump(obj.replace("\0", REPLACEMENT))


class _BinaryText(StrBinaryDumper):
    def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
        return super().dump(obj.replace("\0", REPLACEMENT))


def keep_any_text(connection: Connection[object]) -> None:
    """Text with the character NUL, which anybody may send us, is kept and looked for with another in its place."""
    connection.adapters.register_dumper(str, _BinaryText)
    connection.adapters.register_dumper(str, _Text)
