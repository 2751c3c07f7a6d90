"""GoHighLevel's OAuth: codes, tokens that end, refresh tokens that work once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from web.sandbox.ghl.errors import unauthorized
from web.sandbox.replies import Record, Refused
from web.sandbox.settings import (
    SANDBOX_GHL_CLIENT_ID,
    SANDBOX_GHL_CLIENT_SECRET,
    SANDBOX_GHL_COMPANY,
    SANDBOX_GHL_SECOND_LOCATION,
    SANDBOX_GHL_USER,
    SandboxSettings,
)

CHOOSE_LOCATION = "/v2/oauth/chooselocation"
SECOND_NAME = "Harbor Studio North"
CODE_MINUTES = 10


@dataclass(frozen=True)
class Grant:
    """What somebody allowed: one location, or with None the whole agency."""

    location: str | None
    scopes: tuple[str, ...]
    redirect_uri: str = ""


@dataclass(frozen=True)
class Access:
    """An access token that is good now."""

    location: str | None
    scopes: tuple[str, ...]
    ends: datetime


class OAuthServer:
    """Refusals are raised as Refused. `lifetime` is that of access tokens, in seconds."""

    def __init__(self, settings: SandboxSettings, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._first_life = settings.ghl_token_seconds
        self.locations = {settings.ghl_location: "Harbor Studio", SANDBOX_GHL_SECOND_LOCATION: SECOND_NAME}
        self.reset()

    def reset(self) -> None:
        self.lifetime = self._first_life
        self._codes: dict[str, tuple[Grant, datetime]] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Grant] = {}
        self.refreshes = 0
        """How often a refresh token was accepted."""
        self.reuses = 0
        """How often one came that was used or taken back."""

    def revoke(self) -> None:
        """As if the app had been removed from every location."""
        self.revoke_access()
        self._refresh.clear()

    def revoke_access(self) -> None:
        """Access tokens end before their time; refresh tokens stay good."""
        self._access.clear()

    def as_dict(self) -> Record:
        return {"expires_in": self.lifetime, "refreshes": self.refreshes, "reuses": self.reuses}

    def allow(self, location: str | None, scopes: tuple[str, ...], redirect_uri: str) -> str:
        """The code that goes back to the app."""
        code = token_urlsafe(24)
        ends = self._clock() + timedelta(minutes=CODE_MINUTES)
        self._codes[code] = (Grant(location, scopes, redirect_uri), ends)
        return code

    def token(self, form: Mapping[str, str]) -> Record:
        """`POST /oauth/token`."""
        if (form.get("client_id"), form.get("client_secret")) != (SANDBOX_GHL_CLIENT_ID, SANDBOX_GHL_CLIENT_SECRET):
            raise _refused(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "authorization_code":
                return self._first(form)
            case "refresh_token":
                return self._next(form)
        raise _refused(400, "unsupported_grant_type", "Unsupported grant type")

    def location_token(self, token: str, form: Mapping[str, str]) -> Record:
        """`POST /oauth/locationToken`; the vendor's answer has no refresh token."""
        wide = self._wide(token)
        location = form.get("locationId", "")
        if form.get("companyId") != SANDBOX_GHL_COMPANY or location not in self.locations:
            raise _refused(400, "invalid_request", "Location not found for this company")
        answer = self._issued(Grant(location, wide.scopes))
        return {name: value for name, value in answer.items() if name not in ("refresh_token", "userType", "companyId")}

    def installed(self, token: str, company: str) -> Record:
        """`GET /oauth/installedLocations`."""
        wide = self._wide(token)
        if "oauth.readonly" not in wide.scopes:
            raise unauthorized("The token is not authorized for this scope.")
        if company != SANDBOX_GHL_COMPANY:
            raise _refused(400, "invalid_request", "companyId is wrong")
        rows = [
            {"_id": id, "name": name, "address": "1 Harbor Road, Portland", "isInstalled": True}
            for id, name in self.locations.items()
        ]
        return {"locations": rows, "count": len(rows), "installToFutureLocations": False}

    def access(self, token: str) -> Access:
        """Raises Refused for a token that is unknown or has ended."""
        found = self._access.get(token)
        if found is None:
            raise unauthorized("Invalid Private Integration token" if token.startswith("pit-") else "Invalid JWT")
        if found.ends <= self._clock():
            raise unauthorized("Invalid JWT")
        return found

    def _wide(self, token: str) -> Access:
        access = self.access(token)
        if access.location is not None:
            raise unauthorized("This authClass type is not allowed to access this scope.")
        return access

    def _first(self, form: Mapping[str, str]) -> Record:
        grant, ends = self._codes.pop(form.get("code", ""), (None, self._clock()))
        if grant is None or ends <= self._clock():
            raise _refused(400, "invalid_grant", "Invalid grant: authorization code is invalid")
        if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            raise _refused(400, "invalid_grant", "Invalid grant: redirect_uri does not match")
        return self._issued(grant)

    def _next(self, form: Mapping[str, str]) -> Record:
        grant = self._refresh.pop(form.get("refresh_token", ""), None)
        if grant is None:
            self.reuses += 1
            raise _refused(400, "invalid_grant", "This refresh token is invalid")
        self.refreshes += 1
        return self._issued(grant)

    def _issued(self, grant: Grant) -> Record:
        access, refresh = token_urlsafe(48), token_urlsafe(48)
        self._access[access] = Access(grant.location, grant.scopes, self._clock() + timedelta(seconds=self.lifetime))
        self._refresh[refresh] = grant
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "refresh_token": refresh,
            "scope": " ".join(grant.scopes),
            "userType": "Location" if grant.location else "Company",
            "companyId": SANDBOX_GHL_COMPANY,
            "userId": SANDBOX_GHL_USER,
        }
        if grant.location:
            return answer | {"locationId": grant.location}
        return answer | {"approvedLocations": list(self.locations), "isBulkInstallation": True}


def _refused(status: int, error: str, description: str) -> Refused:
    return Refused(status, {"error": error, "error_description": description})
