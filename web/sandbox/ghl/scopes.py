"""Which permission (scope) a request of an app needs, for the nouns whose rule is the vendor's plain one."""

from __future__ import annotations

from web.sandbox.ghl.errors import unauthorized
from web.sandbox.ghl.oauth import Access

NOUNS = frozenset(("contacts", "opportunities", "users"))
SEARCHES = ("/search", "/duplicate")


def check(access: Access, method: str, path: str) -> None:
    """Raises Refused in the vendor's words."""
    noun = path.strip("/").partition("/")[0]
    if noun not in NOUNS:
        return
    reads = method == "GET" or path.endswith(SEARCHES)
    if f"{noun}.{'readonly' if reads else 'write'}" not in access.scopes:
        raise unauthorized("The token is not authorized for this scope.")
