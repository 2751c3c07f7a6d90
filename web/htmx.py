"""Pages, fragments and redirects: the one place that knows whether a browser or htmx is asking."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from web import flash
from web.flash import Flash
from web.templating import Templates


def wants_fragment(request: Request) -> bool:
    """True when htmx asks for a part of a page. A history restore always needs the whole page."""
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"


def render(
    request: Request, page: str, *, fragment: str | None = None, status_code: int = 200, **context: Any
) -> Response:
    """The page, or its `fragment` when htmx asks; with no fragment named, always the page.

    `context` is what the templates see, beside what `web.templating` gives to every template.
    """
    templates: Templates = request.app.state.templates
    partly = fragment is not None and wants_fragment(request)
    message = None if partly else flash.take(request, templates.cookies)
    name = fragment if partly and fragment else page
    response = HTMLResponse(templates.render(request, name, {**context, "flash": message}), status_code)
    response.headers["Vary"] = "HX-Request"
    response.headers["Cache-Control"] = "private, no-cache"
    if message is not None:
        templates.cookies.delete(response, flash.COOKIE)
    return response


def redirect(request: Request, url: str, message: Flash | None = None) -> Response:
    """Go to another page; `message` is shown there. htmx is told by a header, since it would follow a 303."""
    response: Response
    if wants_fragment(request):
        response = Response(status_code=204, headers={"HX-Redirect": url})
    else:
        response = RedirectResponse(url, status_code=303)
    if message is not None:
        templates: Templates = request.app.state.templates
        flash.put(response, templates.cookies, message)
    return response
