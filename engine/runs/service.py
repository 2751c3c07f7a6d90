"""What pages and the API ask about runs. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session

from engine.definition.model import title_of
from engine.errors import NotFound
from engine.events import event_record, subject
from engine.ids import first_id
from engine.paging import PAGE, Page, bounded, page_of
from engine.runs import search
from engine.runs.model import DECISION, AttemptDetail, Decision, RunDetail, RunSummary, StepRunDetail
from engine.runs.place import place_of
from engine.storage.database import Database
from engine.storage.tables import Attempt, Event, Run, StepRun, Version, Workflow


class Runs:
    """Every method blocks on the database; all may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        *,
        statuses: Sequence[str] = (),
        workflow_id: str | None = None,
        text: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> Page[RunSummary]:
        """Newest first; no `statuses` means all. `before` is the `next` of the page before.

        `text` is looked for in the workflow's name and the event's payload, or is the id of a run. `since` and
        `until` (not included) limit when a run came.
        """
        limit = bounded(limit)
        text = text.strip()
        within = _within(workflow_id, since, until, before)
        with self._database.read() as session:
            if text:
                ids = search.found(session, text, [*within, *_in(statuses)], before, limit + 1)
            else:
                ids = list(session.scalars(_newest(within, statuses, limit + 1)))
            found = _summaries(session, ids)
        return page_of([found[run_id] for run_id in ids], limit, ids)

    def get(self, run_id: str) -> RunDetail:
        """Raises NotFound."""
        with self._database.read() as session:
            summary = _summaries(session, [run_id]).get(run_id)
            if summary is None:
                raise NotFound("This run no longer exists.", run_id)
            event = session.get_one(Event, summary.event_id)
            siblings = session.scalars(select(Run.id).where(Run.event_id == event.id).order_by(Run.id))
            definition = session.get_one(Version, summary.version_id).definition
            return RunDetail(
                run=summary,
                event=event_record(event, list(siblings)),
                definition=definition,
                steps=_steps(session, run_id, definition),
            )

    def repeats(self, run_id: str) -> Sequence[RunSummary]:
        """The runs that repeat this one, oldest first."""
        query = select(Run.id).where(Run.replay_of == run_id).order_by(Run.id).limit(PAGE)
        with self._database.read() as session:
            ids = list(session.scalars(query))
            found = _summaries(session, ids)
        return [found[run_id] for run_id in ids]

    def counts(self, workflow_id: str | None = None) -> Mapping[str, int]:
        """How many runs are in each status; statuses without runs are left out."""
        query = select(Run.status, func.count()).group_by(Run.status)
        if workflow_id is not None:
            query = query.where(Run.workflow_id == workflow_id)
        with self._database.read() as session:
            return dict(session.execute(query).all())

    def last_runs(self) -> Mapping[str, RunSummary]:
        """The newest run of every workflow that has one, by workflow id."""
        newest = (
            select(Run.id)
            .where(Run.workflow_id == Workflow.id)
            .order_by(Run.id.desc())
            .limit(1)
            .correlate(Workflow)
            .scalar_subquery()
        )
        with self._database.read() as session:
            ids = [run_id for run_id in session.scalars(select(newest).select_from(Workflow)) if run_id]
            return {run.workflow_id: run for run in _summaries(session, ids).values()}


def _within(
    workflow_id: str | None, since: datetime | None, until: datetime | None, before: str | None
) -> Sequence[ColumnElement[bool]]:
    """Ids are in the order of time, so limits of time are limits of the id."""
    conditions = []
    if workflow_id is not None:
        conditions.append(Run.workflow_id == workflow_id)
    if since is not None:
        conditions.append(Run.id >= first_id(since))
    if until is not None:
        conditions.append(Run.id < first_id(until))
    if before is not None:
        conditions.append(Run.id < before)
    return conditions


def _in(statuses: Sequence[str]) -> Sequence[ColumnElement[bool]]:
    return [Run.status.in_(statuses)] if statuses else []


def _newest(within: Sequence[ColumnElement[bool]], statuses: Sequence[str], limit: int) -> Select[str]:
    """The newest `limit` ids. Status by status, because an index gives each status in order, not several."""
    query = select(Run.id).where(*within).order_by(Run.id.desc()).limit(limit)
    if not statuses:
        return query
    newest_of_each = (select(query.where(Run.status == status).subquery().c.id) for status in statuses)
    ids = union_all(*newest_of_each).subquery()
    return select(ids.c.id).order_by(ids.c.id.desc()).limit(limit)


def _summaries(session: Session, ids: Sequence[str]) -> dict[str, RunSummary]:
    query = (
        select(Run, Workflow.name, Version.number, Event.payload)
        .join(Workflow, Workflow.id == Run.workflow_id)
        .join(Version, Version.id == Run.version_id)
        .join(Event, Event.id == Run.event_id)
        .where(Run.id.in_(ids))
    )
    return {
        run.id: RunSummary(
            id=run.id,
            workflow_id=run.workflow_id,
            workflow_name=workflow_name,
            version_id=run.version_id,
            version_number=version_number,
            event_id=run.event_id,
            subject=subject(payload),
            mode=run.mode,
            status=run.status,
            reason=run.reason,
            step_path=run.step_path,
            error=run.error,
            wake_at=run.wake_at,
            recoveries=run.recoveries,
            replay_of=run.replay_of,
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )
        for run, workflow_name, version_number, payload in session.execute(query)
    }


def _steps(session: Session, run_id: str, definition: Mapping[str, Any]) -> list[StepRunDetail]:
    attempts: dict[str, list[AttemptDetail]] = {}
    tries = select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.path, Attempt.number)
    for attempt in session.scalars(tries):
        attempts.setdefault(attempt.path, []).append(_attempt(attempt))
    steps = select(StepRun).where(StepRun.run_id == run_id).order_by(StepRun.position, StepRun.path)
    return [_step(step, definition, attempts.get(step.path, [])) for step in session.scalars(steps)]


def _step(row: StepRun, definition: Mapping[str, Any], attempts: Sequence[AttemptDetail]) -> StepRunDetail:
    place, key = place_of(definition, row.path), row.path.rpartition("/")[2]
    return StepRunDetail(
        path=row.path,
        key=key,
        title=title_of({"key": key, **place.step}),
        depth=place.depth,
        iteration=place.iteration,
        kind=row.kind,
        operation=row.operation,
        status=row.status,
        input=row.input,
        output=row.output,
        error=row.error,
        wake_at=row.wake_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=attempts,
    )


def _attempt(row: Attempt) -> AttemptDetail:
    error = dict(row.error or {})
    decision = error.pop(DECISION, None)
    return AttemptDetail(
        number=row.number,
        status=row.status,
        exchanges=row.exchanges or [],
        error=error or None,
        decision=Decision.of(decision) if decision else None,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
