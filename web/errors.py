"""Every failure as an answer: a page in the product's look, one line for htmx, problem+json under /api."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope, Send

from connectors._kit.errors import OperationFailed
from engine import errors
from web.deps import SignInNeeded, visitor
from web.htmx import redirect, render, wants_fragment

log = logging.getLogger("stepline.web")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    message: str
    problems: Sequence[dict[str, Any]] = ()
    headers: dict[str, str] = field(default_factory=dict)


STATUS_OF: tuple[tuple[type[errors.EngineError], int], ...] = (
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.Invalid, 422),
    (errors.Refused, 409),
    (errors.Unstorable, 422),
    (errors.StorageUnavailable, 503),
    (errors.Overloaded, 429),
)
WORDS = {
    403: "You may not do this.",
    404: "There is nothing at this address.",
    405: "This address does not work that way.",
    500: "Something went wrong on our side. It has been noted in the server's log.",
}


def install(app: FastAPI) -> None:
    app.exception_handler(SignInNeeded)(_to_sign_in)
    app.exception_handler(errors.EngineError)(_engine_error)
    app.exception_handler(OperationFailed)(_app_failed)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_bad_request)
    app.exception_handler(Exception)(_unexpected)


async def csrf_failed(scope: Scope, send: Send, message_id: object) -> None:
    """For asgi-csrf, which answers before routing and so hands over a bare scope."""
    await refuse(scope, send, 403, "This page was open for too long or came from elsewhere. Reload it and try again.")


async def refuse(scope: Scope, send: Send, status: int, message: str) -> None:
    """Answers what middleware lets no route see."""

    async def nothing() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    await _respond(Request(scope), Answer(status, message))(scope, nothing, send)


async def _to_sign_in(request: Request, error: SignInNeeded) -> Response:
    if request.method != "GET" or wants_fragment(request):
        return redirect(request, "/signin")
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return redirect(request, "/signin" if target == "/" else f"/signin?next={quote(target)}")


async def _engine_error(request: Request, error: errors.EngineError) -> Response:
    status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), 500)
    if status >= 500:
        log.error("%s %s: %s %s", request.method, request.url.path, error.message, error.detail)
    problems = [p.as_dict() for p in error.problems] if isinstance(error, errors.Invalid) else []
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.Overloaded) else {}
    return _respond(request, Answer(status, error.message, problems, headers))


async def _app_failed(request: Request, error: OperationFailed) -> Response:
    """Another app did not do what a page needed of it."""
    message = f"{error.failure.message} {error.failure.remedy}".strip()
    return _respond(request, Answer(502, message))


async def _http_error(request: Request, error: HTTPException) -> Response:
    stock = error.detail == HTTPStatus(error.status_code).phrase
    message = WORDS.get(error.status_code, error.detail) if stock else error.detail
    await run_in_threadpool(_recognise, request)  # an unknown address has asked nobody who is visiting
    return _respond(request, Answer(error.status_code, message, headers=dict(error.headers or {})))


async def _bad_request(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        return _respond(request, Answer(400, f"The body is not JSON: {found[0]['ctx']['error']}."))
    problems = [{"pointer": "/" + "/".join(map(str, one["loc"])), "message": _misfit(one)} for one in found]
    return _respond(request, Answer(422, "Something is missing, is not known or has the wrong form.", problems))


def _misfit(found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return f"“{found['loc'][-1]}” is not known here; remove it or correct its name."
    return str(found["msg"])


async def _unexpected(request: Request, error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return _respond(request, Answer(500, WORDS[500]))


def _recognise(request: Request) -> None:
    if not hasattr(request.state, "user"):
        visitor(request, request.app.state.stepline.accounts, request.app.state.cookies)


def _respond(request: Request, answer: Answer) -> Response:
    if request.url.path.startswith("/api/"):
        response = _problem_json(request, answer)
    elif wants_fragment(request):
        response = PlainTextResponse(answer.message, answer.status)
    else:
        response = render(request, "errors/error.html", status_code=answer.status, answer=answer)
    response.headers.update(answer.headers)
    return response


def _problem_json(request: Request, answer: Answer) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(answer.status).phrase,
        "status": answer.status,
        "detail": answer.message,
        "instance": request.url.path,
    }
    if answer.problems:
        body["problems"] = list(answer.problems)
    return JSONResponse(body, answer.status, media_type="application/problem+json")
