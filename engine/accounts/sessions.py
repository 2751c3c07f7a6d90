"""Signed-in browsers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update

from engine.accounts.model import NOTE_USE_EVERY, Facet, User
from engine.storage import tables
from engine.tokens import hash_token, new_token

SESSION_LASTS = timedelta(days=30)
"""Counted from the last use."""


class Sessions(Facet):
    def create_session(self, user_id: str) -> str:
        """Returns the token for the cookie."""
        token, now = new_token(), self._clock()
        row = tables.Session(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
        )
        with self._database.write() as session:
            session.execute(delete(tables.Session).where(tables.Session.expires_at <= now))
            session.add(row)
        return token

    def session_user(self, token: str) -> User | None:
        """None for an unknown or expired session. Each use puts the expiry off."""
        hashed, now = hash_token(token), self._clock()
        found = select(tables.User, tables.Session.seen_at).join(tables.Session)
        live = found.where(tables.Session.token_hash == hashed, tables.Session.expires_at > now)
        with self._database.read() as session:
            row = session.execute(live).one_or_none()
        if row is None:
            return None
        user, seen_at = row
        if now - seen_at >= NOTE_USE_EVERY:
            noted = update(tables.Session).where(tables.Session.token_hash == hashed)
            with self._database.write() as session:
                session.execute(noted.values(seen_at=now, expires_at=now + SESSION_LASTS))
        return User.of(user)

    def end_session(self, token: str) -> None:
        with self._database.write() as session:
            session.execute(delete(tables.Session).where(tables.Session.token_hash == hash_token(token)))
