"""Write the next revision: what `tables.py` has and the revisions so far do not make."""

from __future__ import annotations

import sys
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from alembic import command

from engine.storage.database import Database
from engine.storage.migrations import FOLDER, config


def draft(message: str) -> Path:
    """Returns the new file, to be read before it is kept."""
    before = set((FOLDER / "versions").glob("[0-9]*.py"))
    with TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/draft.db")
        with database.engine.connect() as connection:
            command.upgrade(config(connection), "head")
            revision = f"{len(before) + 1:04}_{token_hex(3)}"
            command.revision(config(connection), message, autogenerate=True, rev_id=revision)
        database.close()
    made = (set((FOLDER / "versions").glob("[0-9]*.py")) - before).pop()
    lines = made.read_text().splitlines(keepends=True)
    made.write_text("".join(line for line in lines if "# ###" not in line))
    return made


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit('Usage: python -m engine.storage.migrations "what changed"')
    sys.stdout.write(f"{draft(sys.argv[1])}\n")
