"""Tokens with which programs use the API in a user's name."""

from __future__ import annotations

from sqlalchemy import select, update

from engine.accounts.model import NOTE_USE_EVERY, ApiToken, Facet, User
from engine.errors import Invalid, NotFound, Problem
from engine.ids import new_id
from engine.storage import tables
from engine.tokens import hash_token, new_token


class ApiTokens(Facet):
    def create_token(self, user_id: str, name: str) -> tuple[str, ApiToken]:
        """The token itself is shown now or never. Raises Invalid without a name."""
        name = name.strip()
        if not 0 < len(name) <= 120:
            problem = Problem("Give the token a name of at most 120 characters.", field="name")
            raise Invalid("The token was not made.", [problem])
        token = new_token("sl_")
        row = tables.ApiToken(
            id=new_id(),
            user_id=user_id,
            name=name,
            token_hash=hash_token(token),
            prefix=token[:9],
            created_at=self._clock(),
        )
        with self._database.write() as session:
            session.add(row)
        return token, ApiToken.of(row)

    def token_user(self, token: str) -> User | None:
        """None for an unknown or revoked token."""
        now = self._clock()
        found = select(tables.User, tables.ApiToken.id, tables.ApiToken.used_at).join(tables.ApiToken)
        valid = found.where(tables.ApiToken.token_hash == hash_token(token), tables.ApiToken.revoked_at.is_(None))
        with self._database.read() as session:
            row = session.execute(valid).one_or_none()
        if row is None:
            return None
        user, token_id, used_at = row
        if used_at is None or now - used_at >= NOTE_USE_EVERY:
            noted = update(tables.ApiToken).where(tables.ApiToken.id == token_id)
            with self._database.write() as session:
                session.execute(noted.values(used_at=now))
        return User.of(user)

    def list_tokens(self, user_id: str) -> list[ApiToken]:
        """Newest first, revoked ones included."""
        mine = select(tables.ApiToken).where(tables.ApiToken.user_id == user_id)
        with self._database.read() as session:
            return [ApiToken.of(row) for row in session.scalars(mine.order_by(tables.ApiToken.id.desc()))]

    def revoke_token(self, user_id: str, token_id: str) -> None:
        """Works from now on for nothing. Raises NotFound when the user has no such token."""
        token = tables.ApiToken
        found = update(token).where(token.id == token_id, token.user_id == user_id).returning(token.id)
        with self._database.write() as session:
            if session.scalar(found.values(revoked_at=self._clock())) is None:
                raise NotFound("There is no such API token.")
