"""The sandbox's own JSON routes under /_sandbox: state, reset, hooks and faults."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.faults import Fault, FaultInvalid
from web.sandbox.hooks import HookInvalid
from web.sandbox.replies import MalformedBody, Record, Reply, json_body
from web.sandbox.state import Sandbox


def routes(sandbox: Sandbox) -> list[Route]:
    handlers = AdminHandlers(sandbox)
    return [
        Route("/_sandbox/state", handlers.state, methods=["GET"]),
        Route("/_sandbox/reset", handlers.reset, methods=["POST"]),
        Route("/_sandbox/hooks", handlers.add_hook, methods=["POST"]),
        Route("/_sandbox/hooks/{id}", handlers.remove_hook, methods=["DELETE"]),
        Route("/_sandbox/faults", handlers.set_fault, methods=["POST"]),
        Route("/_sandbox/oauth", handlers.set_oauth, methods=["POST"]),
    ]


class AdminHandlers:
    """A bad request is answered 422 with `{"error": text}`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def state(self, request: Request) -> Reply:
        return Reply(self._sandbox.as_dict())

    async def reset(self, request: Request) -> Reply:
        """Body (optional): `{"hooks": true}` drops the registered hooks too."""
        body = await _body(request)
        if isinstance(body, Reply):
            return body
        self._sandbox.reset(hooks=body.get("hooks") is True)
        return Reply({"reset": True})

    async def add_hook(self, request: Request) -> Reply:
        """Body: `{"vendor", "url", "id"?, "name"?, "events"?}`."""
        body = await _body(request)
        if isinstance(body, Reply):
            return body
        events = body.get("events") or []
        try:
            hook = self._sandbox.hooks.add(
                str(body.get("vendor")),
                str(body.get("url")),
                hook_id=body.get("id"),
                name=str(body.get("name") or ""),
                events=events,
            )
        except HookInvalid as error:
            return _wrong(error)
        return Reply({"id": hook.id, "vendor": hook.vendor, "url": hook.url, "events": list(hook.events)}, 201)

    async def remove_hook(self, request: Request) -> Reply:
        found = self._sandbox.hooks.remove(request.path_params["id"])
        return Reply({"removed": found}, 200 if found else 404)

    async def set_fault(self, request: Request) -> Reply:
        """Body: `{"vendor", "kind", "count"?, "ms"?, "retry_after"?, "path"?}`; see `faults.KINDS`.
        Without `count` the fault stays until it is cleared with kind `none`."""
        body = await _body(request)
        if isinstance(body, Reply):
            return body
        try:
            self._sandbox.faults.put(str(body.get("vendor")), _fault(body))
        except (FaultInvalid, TypeError, ValueError) as error:
            return _wrong(error)
        return Reply({"faults": self._sandbox.faults.as_dict()})

    async def set_oauth(self, request: Request) -> Reply:
        """Body: `{"expires_in"?: seconds}` for tokens from now on, `{"revoke"?: true}` takes back all given so far."""
        body = await _body(request)
        if isinstance(body, Reply):
            return body
        seconds = body.get("expires_in")
        if seconds is not None:
            if not isinstance(seconds, int) or seconds < 1:
                return _wrong("expires_in must be a whole number of seconds")
            self._sandbox.oauth.lifetime = seconds
        if body.get("revoke") is True:
            self._sandbox.oauth.revoke()
        return Reply(self._sandbox.oauth.as_dict())


def _fault(body: Record) -> Fault:
    retry_after = body.get("retry_after", 1)
    return Fault(
        kind=str(body.get("kind")),
        left=None if body.get("count") is None else int(body["count"]),
        ms=int(body.get("ms", 2000)),
        retry_after=None if retry_after is None else int(retry_after),
        path=str(body.get("path") or ""),
    )


async def _body(request: Request) -> Record | Reply:
    try:
        return await json_body(request)
    except MalformedBody as error:
        return _wrong(error)


def _wrong(error: Any) -> Reply:
    return Reply({"error": str(error)}, 422)
