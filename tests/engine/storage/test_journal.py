"""Group commit: together when all is well, alone when one is bad, never half."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert, select

from engine.errors import EngineError, Overloaded, Refused, StorageUnavailable, Unstorable
from engine.storage.database import Database
from engine.storage.journal import Journal, Write
from engine.storage.tables import Setting

batches: list[int] = []


@dataclass
class Put(Write[str]):
    key: str

    @classmethod
    def apply(cls, connection: Connection, database: Database, writes: Sequence[Put]) -> Sequence[str | EngineError]:
        batches.append(len(writes))
        values = [object() if write.key == "unstorable" else 1 for write in writes]
        rows = [{"key": write.key, "value": value} for write, value in zip(writes, values, strict=True)]
        connection.execute(insert(Setting), rows)
        return [Refused("no") if write.key.startswith("refuse") else write.key for write in writes]


@pytest_asyncio.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    batches.clear()
    opened = Journal(database)
    yield opened
    opened.close()


def keys(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Setting.key)))


async def write_all(journal: Journal, *names: str) -> list[str | BaseException]:
    """Queue all of them before the thread starts, so that they share one commit."""
    tasks = [asyncio.create_task(journal.write(Put(name))) for name in names]
    await asyncio.sleep(0)
    journal.start()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_waiting_writes_share_one_commit(journal: Journal, database: Database) -> None:
    assert await write_all(journal, "a", "b", "c") == ["a", "b", "c"]

    assert batches == [3]
    assert keys(database) == {"a", "b", "c"}


async def test_bad_write_fails_alone(journal: Journal, database: Database) -> None:
    outcomes = await write_all(journal, "a", "a", "b")

    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], StorageUnavailable)
    assert outcomes[2] == "b"
    assert keys(database) == {"a", "b"}


async def test_write_that_no_repetition_helps_is_told_apart_and_is_no_error_in_the_log(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    [outcome] = await write_all(journal, "unstorable")

    assert isinstance(outcome, Unstorable)
    assert caplog.records == []


async def test_error_in_place_of_a_result_is_raised_to_that_caller(journal: Journal) -> None:
    outcomes = await write_all(journal, "a", "refuse")

    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], Refused)


async def test_full_queue_sheds_new_events_but_no_progress_of_runs(database: Database) -> None:
    journal = Journal(database, max_queue=1)
    first = asyncio.create_task(journal.write(Put("a")))
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await journal.write(Put("b"), sheddable=True)
    progress = asyncio.create_task(journal.write(Put("c")))
    await asyncio.sleep(0)
    journal.start()

    assert [await first, await progress] == ["a", "c"]
    journal.close()


async def test_close_commits_what_is_queued(journal: Journal, database: Database) -> None:
    journal.start()
    tasks = [asyncio.create_task(journal.write(Put(f"n{number}"))) for number in range(50)]
    await asyncio.sleep(0)

    await asyncio.to_thread(journal.close)

    assert len(await asyncio.gather(*tasks)) == 50
    assert len(keys(database)) == 50


async def test_closed_journal_refuses_writes(journal: Journal) -> None:
    journal.close()

    with pytest.raises(StorageUnavailable):
        await journal.write(Put("a"))
