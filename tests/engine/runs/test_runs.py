"""Lists of runs and one run as a timeline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine.errors import NotFound
from engine.runs import Runs
from engine.storage.database import Database
from engine.storage.tables import Run
from tests.support.clock import SettableClock
from tests.support.history import History


@pytest.fixture
def history(database: Database, clock: SettableClock) -> History:
    return History(database, clock)


@pytest.fixture
def runs(database: Database) -> Runs:
    return Runs(database)


def ids(runs: Runs, **filters: Any) -> list[str]:
    return [run.id for run in runs.list(**filters).items]


def test_newest_runs_come_first_page_by_page(runs: Runs, history: History) -> None:
    workflow = history.workflow()
    made = [history.run(workflow) for _ in range(5)]

    first = runs.list(limit=2)
    second = runs.list(limit=2, before=first.next)
    last = runs.list(limit=2, before=second.next)

    pages = [[run.id for run in page.items] for page in (first, second, last)]
    assert pages == [[made[4], made[3]], [made[2], made[1]], [made[0]]]
    assert last.next is None


def test_full_last_page_has_no_next(runs: Runs, history: History) -> None:
    workflow = history.workflow()
    for _ in range(2):
        history.run(workflow)

    assert runs.list(limit=2).next is None


def test_runs_are_filtered_by_status_and_workflow(runs: Runs, history: History) -> None:
    welcome, goodbye = history.workflow("Welcome"), history.workflow("Goodbye")
    failed = history.run(welcome, "failed")
    held = history.run(goodbye, "held")
    done = history.run(welcome, "succeeded")

    assert ids(runs, statuses=["failed"]) == [failed]
    assert ids(runs, statuses=["failed", "held"]) == [held, failed]
    assert ids(runs, workflow_id=welcome) == [done, failed]
    assert ids(runs, workflow_id=welcome, statuses=["failed", "held"]) == [failed]
    assert ids(runs, workflow_id="nobody") == []


@pytest.mark.parametrize("text", ["ANNA@", "goodbye", " anna@example.com "])
def test_text_is_found_in_payloads_and_workflow_names(runs: Runs, history: History, text: str) -> None:
    history.run(history.workflow("Welcome"), payload={"email": "bob@example.com"})
    wanted = history.run(history.workflow("Goodbye"), payload={"contact": {"email": "anna@example.com"}})

    assert ids(runs, text=text) == [wanted]
    assert ids(runs, text=wanted) == [wanted]


@pytest.mark.parametrize("text", ["a%e", "a_na", "\\", "nobody"])
def test_signs_in_a_search_mean_themselves(runs: Runs, history: History, text: str) -> None:
    history.run(history.workflow(), payload={"email": "anna@example.com"})

    assert ids(runs, text=text) == []


def test_summary_says_whose_run_it_was_and_how_long_it_took(
    runs: Runs, history: History, database: Database, clock: SettableClock
) -> None:
    run_id = history.run(history.workflow("Welcome"), payload={"contact": {"email": "anna@example.com"}})
    with database.write() as session:
        session.execute(update(Run).values(finished_at=clock() + timedelta(seconds=1.5)))

    summary = runs.list().items[0]

    assert (summary.id, summary.workflow_name, summary.version_number) == (run_id, "Welcome", 1)
    assert (summary.subject, summary.finished, summary.seconds) == ("anna@example.com", True, 1.5)


def test_counts_by_status(runs: Runs, history: History) -> None:
    welcome, goodbye = history.workflow("Welcome"), history.workflow("Goodbye")
    for workflow, status in ((welcome, "failed"), (welcome, "succeeded"), (goodbye, "succeeded")):
        history.run(workflow, status)

    assert runs.counts() == {"failed": 1, "succeeded": 2}
    assert runs.counts(goodbye) == {"succeeded": 1}


def test_last_run_of_each_workflow(runs: Runs, history: History) -> None:
    welcome, _, goodbye = history.workflow("Welcome"), history.workflow("Idle"), history.workflow("Goodbye")
    history.run(welcome, "failed")
    newest, other = history.run(welcome, "succeeded"), history.run(goodbye)

    last = runs.last_runs()

    assert {workflow: run.id for workflow, run in last.items()} == {welcome: newest, goodbye: other}


def test_missing_run_is_not_found(runs: Runs) -> None:
    with pytest.raises(NotFound):
        runs.get("nobody")


class TestTimeline:
    DEFINITION: dict[str, Any] = {  # noqa: RUF012  read only
        "trigger": {"operation": "webhook.hooks.received"},
        "steps": [
            {"key": "find", "kind": "search", "title": "Find the contact"},
            {
                "key": "split",
                "kind": "paths",
                "branches": [{"key": "vip", "steps": [{"key": "greet", "kind": "action", "title": "Greet"}]}],
            },
            {
                "key": "each",
                "kind": "loop",
                "title": "Each task",
                "steps": [{"key": "send", "kind": "action", "title": "Send"}],
            },
        ],
    }

    def test_steps_appear_in_their_order_with_titles_and_places(self, runs: Runs, history: History) -> None:
        run_id = history.run(history.workflow(definition=self.DEFINITION), payload={"email": "a@example.com"})
        paths = ("find", "split/vip/greet", "each", "each/0/send", "each/1/send", "gone")
        for position, path in reversed(list(enumerate(paths))):
            history.step(run_id, path, position)

        detail = runs.get(run_id)

        assert [(step.path, step.title, step.depth, step.iteration) for step in detail.steps] == [
            ("find", "Find the contact", 0, None),
            ("split/vip/greet", "Greet", 1, None),
            ("each", "Each task", 0, None),
            ("each/0/send", "Send", 1, 0),
            ("each/1/send", "Send", 1, 1),
            ("gone", "Gone", 0, None),
        ]
        assert detail.definition == self.DEFINITION
        assert (detail.event.payload, detail.event.run_ids) == ({"email": "a@example.com"}, (run_id,))

    def test_step_shows_input_output_error_and_every_attempt(
        self, runs: Runs, history: History, clock: SettableClock
    ) -> None:
        run_id = history.run(history.workflow(definition=self.DEFINITION), "failed")
        history.step(run_id, "find", 0, status="failed", input={"a": 1}, output=None, error={"kind": "rejected"})
        exchange = {"request": {"method": "GET"}, "response": None}
        history.attempt(run_id, "find", 2, status="failed", error={"kind": "rejected"})
        history.attempt(run_id, "find", 1, exchanges=[exchange], finished_at=clock() + timedelta(seconds=2))

        (step,) = runs.get(run_id).steps

        assert (step.status, step.input, step.output, step.error) == ("failed", {"a": 1}, None, {"kind": "rejected"})
        assert [(attempt.number, attempt.status) for attempt in step.attempts] == [(1, "succeeded"), (2, "failed")]
        assert (step.attempts[0].exchanges, step.attempts[0].seconds) == ([exchange], 2.0)
        assert (step.attempts[1].exchanges, step.attempts[1].seconds) == ([], None)
