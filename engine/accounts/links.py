"""One-time links: they claim a fresh server or sign a user in without a password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from engine.accounts.model import Facet, LoginLink
from engine.storage import tables
from engine.tokens import hash_token, new_token

Purpose = Literal["setup", "signin"]


class LoginLinks(Facet):
    def create_login_link(self, purpose: Purpose, user_id: str | None, valid_for: timedelta) -> str:
        """Returns the token of a link that works once."""
        token, now = new_token(), self._clock()
        row = tables.LoginLink(
            token_hash=hash_token(token),
            purpose=purpose,
            user_id=user_id,
            created_at=now,
            expires_at=now + valid_for,
        )
        with self._database.write() as session:
            session.execute(delete(tables.LoginLink).where(tables.LoginLink.expires_at <= now))
            session.add(row)
        return token

    def login_link_works(self, token: str, purpose: Purpose) -> bool:
        """Looks without using the link up."""
        with self._database.read() as session:
            return bool(session.scalar(select(exists().where(*self._usable(token, purpose)))))

    def redeem_login_link(self, token: str, purpose: Purpose) -> LoginLink | None:
        """Uses the link up. None when it is unknown, expired, used or made for something else."""
        with self._database.write() as session:
            return self.redeem_within(session, token, purpose)

    def redeem_within(self, session: Session, token: str, purpose: Purpose) -> LoginLink | None:
        usable = update(tables.LoginLink).where(*self._usable(token, purpose))
        used = usable.values(used_at=self._clock()).returning(tables.LoginLink.user_id)
        row = session.execute(used).one_or_none()
        return LoginLink(purpose, row[0]) if row else None

    def _usable(self, token: str, purpose: Purpose) -> tuple[Any, ...]:
        link = tables.LoginLink
        return (
            link.token_hash == hash_token(token),
            link.purpose == purpose,
            link.used_at.is_(None),
            link.expires_at > self._clock(),
        )
