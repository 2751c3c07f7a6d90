"""Who may use this server: users, their sessions, one-time links and API tokens."""

from __future__ import annotations

from engine.accounts.api_tokens import ApiTokens
from engine.accounts.links import LoginLinks
from engine.accounts.model import ApiToken, LoginLink, User
from engine.accounts.sessions import Sessions
from engine.accounts.users import Users, owner_exists, refusing_taken_email
from engine.errors import Refused

__all__ = ["Accounts", "ApiToken", "LoginLink", "User"]


class Accounts(Users, Sessions, LoginLinks, ApiTokens):
    """Everything about accounts. Every method blocks on the database."""

    def claim(self, link_token: str, email: str, name: str, password: str) -> User:
        """Make the owner of a fresh server; the set-up link is used up only when this succeeds.

        Raises Invalid (mend the form and try again) or Refused (the link is used, expired or unknown).
        """
        row = self.new_user_row(email, name, password, "owner")
        with refusing_taken_email(), self._database.write() as session:
            if self.redeem_within(session, link_token, "setup") is None or owner_exists(session):
                raise Refused("This set-up link is not valid any more. Sign in, or start Stepline again.")
            session.add(row)
        return User.of(row)
