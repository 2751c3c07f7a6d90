"""The start page: is everything well, and what wants attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from web.deps import Engine, SignedIn
from web.htmx import render

router = APIRouter()
RECENT = 8


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list that leads a new owner to the first automated run."""

    title: str
    text: str
    href: str
    done: bool


@router.get("/")
def show_home(request: Request, user: SignedIn, engine: Engine) -> Response:
    counts = engine.runs.counts()
    return render(
        request,
        "home/home.html",
        fragment="home/_health.html",
        tasks=_first_steps(engine, counts),
        counts=counts,
        rate=_success_rate(counts),
        failing=[connection for connection in engine.connections.list() if connection.status == "failing"],
        held=engine.runs.list(statuses=("held",), limit=RECENT).items,
        failures=engine.runs.list(statuses=("failed",), limit=RECENT).items,
        recent=engine.runs.list(limit=RECENT).items,
        workflows=engine.workflows.list(enabled=True),
    )


def _success_rate(counts: Mapping[str, int]) -> float | None:
    """Of the runs that came to an end on their own."""
    good = counts.get("succeeded", 0) + counts.get("filtered", 0)
    ended = good + counts.get("failed", 0)
    return 100 * good / ended if ended else None


def _first_steps(engine: Stepline, counts: Mapping[str, int]) -> list[Task]:
    workflows = engine.workflows.list()
    return [
        Task(
            "Connect your apps",
            "Let Stepline into your GoHighLevel and Mailercloud accounts.",
            "/connections/new",
            bool(engine.connections.list()),
        ),
        Task("Choose a recipe", "Start from a ready-made workflow.", "/recipes", bool(workflows)),
        Task("Test it", "See what each step would do before it is live.", "/workflows", sum(counts.values()) > 0),
        Task(
            "Switch it on",
            "From then on it works by itself.",
            "/workflows",
            any(workflow.enabled for workflow in workflows),
        ),
    ]
