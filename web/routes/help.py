"""Help: the words of the product in plain English."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.deps import SignedIn
from web.glossary import CHAPTERS
from web.htmx import render

router = APIRouter()


@router.get("/glossary")
def show_glossary(request: Request, user: SignedIn) -> Response:
    return render(request, "help/glossary.html", chapters=CHAPTERS)
