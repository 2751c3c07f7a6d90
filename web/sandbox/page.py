"""The page at /: what is in the sandbox, what arrived, and forms to do things by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from web.sandbox.page_actions import ACTIONS, NOTICES, ActionFailed, act
from web.sandbox.page_content import clock_time, forms_content, live_content
from web.sandbox.state import Sandbox

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def routes(sandbox: Sandbox) -> list[Route]:
    page = Page(sandbox)
    return [
        Route("/", page.show, methods=["GET"]),
        Route("/_sandbox/live", page.live, methods=["GET"]),
        *(Route(f"/_sandbox/page/{name}", page.action(name), methods=["POST"]) for name in ACTIONS),
    ]


class Page:
    """Forms answer 303 back to the page, or the page itself with status 422 and the reason."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["clock_time"] = clock_time

    async def show(self, request: Request) -> Response:
        return self._page(request, notice=NOTICES.get(request.query_params.get("done", ""), ""))

    async def live(self, request: Request) -> Response:
        """The part of the page that renews itself."""
        return self._render("_live.html", live_content(self._sandbox))

    def action(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            async with request.form() as form:
                try:
                    done = act(self._sandbox, name, form)
                except ActionFailed as failed:
                    return self._page(request, status=422, failed=str(failed), form={"": name, **form})
            return RedirectResponse(f"/?done={done}", status_code=303)

        return handler

    def _page(
        self,
        request: Request,
        *,
        status: int = 200,
        notice: str = "",
        failed: str = "",
        form: Mapping[str, Any] | None = None,
    ) -> HTMLResponse:
        content = live_content(self._sandbox) | forms_content(self._sandbox, str(request.base_url))
        sent = form or {}
        content |= {"notice": notice, "failed": failed, "sent": sent, "failed_form": sent.get("", "")}
        return self._render("sandbox.html", content, status)

    def _render(self, template: str, content: dict[str, Any], status: int = 200) -> HTMLResponse:
        html = self._templates.get_template(template).render(content)
        return HTMLResponse(html, status_code=status, headers=SECURITY_HEADERS)
