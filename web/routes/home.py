"""The start page: is everything well, and what wants attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.workflows import WorkflowRecord
from web.charts import stacked
from web.connection_care import Care, care_of
from web.deps import Engine, SignedIn
from web.htmx import render

router = APIRouter()
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Span:
    """How far back the figures go; `width` is that of one bar."""

    title: str
    length: timedelta
    width: timedelta

    @property
    def bars(self) -> int:
        return self.length // self.width


SPANS: Mapping[str, Span] = {
    "day": Span("24 hours", timedelta(days=1), timedelta(hours=1)),
    "week": Span("7 days", timedelta(days=7), timedelta(hours=6)),
    "month": Span("30 days", timedelta(days=30), timedelta(days=1)),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list that leads a new owner to the first automated run."""

    title: str
    text: str
    href: str
    done: bool


@router.get("/")
def show_home(request: Request, user: SignedIn, engine: Engine, span: str = "day") -> Response:
    key = span if span in SPANS else "day"
    chosen = SPANS[key]
    counts = engine.runs.counts()
    workflows = engine.workflows.list()
    overview = engine.statistics.overview(chosen.length, chosen.bars, until=_round_up(engine.clock(), chosen.width))
    return render(
        request,
        "home/home.html",
        fragment="home/_health.html",
        tasks=_first_steps(engine, workflows, counts),
        counts=counts,
        spans=SPANS,
        span=key,
        overview=overview,
        chart=stacked(overview.buckets, chosen.width),
        care=_care(engine),
        held=engine.runs.list(statuses=("held",), limit=SHOWN).items,
        waiting=engine.runs.list(statuses=("waiting",), limit=SHOWN).items,
        failures=engine.runs.list(statuses=("failed",), limit=SHOWN).items,
        recent=engine.runs.list(limit=SHOWN).items,
        workflows_on=sum(workflow.enabled for workflow in workflows),
        workflows_known=len(workflows),
    )


def _round_up(now: datetime, width: timedelta) -> datetime:
    """The end of the stretch that has begun, so that bars stand for whole hours and days (UTC)."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return start + ((now - start) // width + 1) * width


def _care(engine: Stepline) -> list[Care]:
    """Connections that do not work or soon will not."""
    known, now = engine.registry.connectors, engine.clock()
    found = (care_of(connection, known, now) for connection in engine.connections.list())
    return sorted((care for care in found if care is not None), key=lambda care: not care.urgent)


def _first_steps(engine: Stepline, workflows: Sequence[WorkflowRecord], counts: Mapping[str, int]) -> list[Task]:
    first = f"/workflows/{workflows[0].id}" if workflows else "/workflows"
    return [
        Task(
            "Connect your apps",
            "Let Stepline into your GoHighLevel and Mailercloud accounts.",
            "/connections/new",
            bool(engine.connections.list()),
        ),
        Task("Choose a recipe", "Start from a ready-made workflow.", "/recipes", bool(workflows)),
        Task(
            "Test it",
            "See what each step would do, before anything is live.",
            f"{first}/test" if workflows else "/workflows",
            bool(counts),
        ),
        Task(
            "Switch it on",
            "From then on it works by itself.",
            first,
            any(workflow.enabled for workflow in workflows),
        ),
    ]
