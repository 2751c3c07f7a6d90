"""Users and their passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Update, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.accounts import passwords
from engine.accounts.model import Facet, User
from engine.errors import Invalid, NotFound, Problem, Refused
from engine.ids import new_id
from engine.storage import tables
from engine.tokens import hash_token

ROLES = ("owner", "member")


class Users(Facet):
    def has_owner(self) -> bool:
        with self._database.read() as session:
            return owner_exists(session)

    def list_users(self) -> list[User]:
        """In the order of their names."""
        with self._database.read() as session:
            rows = session.scalars(select(tables.User).order_by(tables.User.name, tables.User.id))
            return [User.of(row) for row in rows]

    def get_user(self, user_id: str) -> User:
        """Raises NotFound."""
        with self._database.read() as session:
            return User.of(_stored_user(session, user_id))

    def get_user_by_email(self, email: str) -> User | None:
        with self._database.read() as session:
            row = session.scalar(select(tables.User).where(tables.User.email == normal_email(email)))
            return User.of(row) if row else None

    def create_user(self, email: str, name: str, password: str | None, role: str = "member") -> User:
        """Without a password the user signs in by link only. Raises Invalid; its problems name the field."""
        row = self.new_user_row(email, name, password, role)
        with refusing_taken_email(), self._database.write() as session:
            session.add(row)
        return User.of(row)

    def change_profile(self, user_id: str, name: str, email: str) -> User:
        """Raises NotFound, or Invalid; its problems name the field."""
        email, name = normal_email(email), name.strip()
        with refusing_taken_email(), self._database.write() as session:
            user = _stored_user(session, user_id, lock=True)
            if found := _user_problems(email, name, None, user.role):
                raise Invalid("The changes were not saved.", found)
            user.name, user.email = name, email
            session.flush()
            return User.of(user)

    def delete_user(self, user_id: str) -> None:
        """With all sessions, links and tokens; what the user made stays. Raises NotFound, or Refused for the last
        owner."""
        with self._database.write() as session:
            user = _stored_user(session, user_id, lock=True)
            others = select(func.count()).where(tables.User.role == "owner", tables.User.id != user_id)
            if user.role == "owner" and not session.scalar(others):
                raise Refused("This is the only owner. Make somebody else an owner first.")
            session.delete(user)

    def set_preference(self, user_id: str, key: str, value: Any) -> None:
        with self._database.write() as session:
            user = _stored_user(session, user_id, lock=True)
            user.preferences = {**user.preferences, key: value}

    def authenticate(self, email: str, password: str) -> User | None:
        """Takes as long for an unknown e-mail as for a wrong password."""
        with self._database.read() as session:
            row = session.scalar(select(tables.User).where(tables.User.email == normal_email(email)))
        stored = row.password_hash if row else None
        if not passwords.matches(password[: passwords.MAX_LENGTH], stored) or row is None or stored is None:
            return None
        if passwords.is_outdated(stored):
            change = _password_change(row.id, password)
            with self._database.write() as session:
                session.execute(change)
        return User.of(row)

    def change_password(self, user_id: str, current: str, new: str, *, keep_session: str | None = None) -> None:
        """Ends every other session of the user. Raises Invalid with field `current` or `password`."""
        with self._database.read() as session:
            row = _stored_user(session, user_id)
        if row.password_hash is not None and not passwords.matches(current, row.password_hash):
            problem = Problem("This is not your current password.", field="current")
            raise Invalid("The password was not changed.", [problem])
        self.set_password(user_id, new, keep_session=keep_session)

    def set_password(self, user_id: str, new: str, *, keep_session: str | None = None) -> None:
        """For the operator: asks for no current password. Otherwise like `change_password`."""
        if found := passwords.problems(new, self.get_user(user_id).email):
            raise Invalid("The password was not changed.", found)
        others = delete(tables.Session).where(tables.Session.user_id == user_id)
        if keep_session is not None:
            others = others.where(tables.Session.token_hash != hash_token(keep_session))
        change = _password_change(user_id, new)
        with self._database.write() as session:
            session.execute(change)
            session.execute(others)

    def new_user_row(self, email: str, name: str, password: str | None, role: str) -> tables.User:
        email, name = normal_email(email), name.strip()
        if found := _user_problems(email, name, password, role):
            raise Invalid("The account was not made.", found)
        return tables.User(
            id=new_id(),
            email=email,
            name=name,
            role=role,
            password_hash=passwords.hashed(password) if password is not None else None,
            preferences={},
            created_at=self._clock(),
        )


def normal_email(email: str) -> str:
    return email.strip().lower()


def owner_exists(session: Session) -> bool:
    return bool(session.scalar(select(exists().where(tables.User.role == "owner"))))


@contextmanager
def refusing_taken_email() -> Iterator[None]:
    """Turns the database's refusal of a second account with one e-mail into Invalid."""
    try:
        yield
    except IntegrityError as error:
        problem = Problem("There is already an account with this e-mail address.", field="email")
        raise Invalid("The account was not made.", [problem]) from error


def _stored_user(session: Session, user_id: str, *, lock: bool = False) -> tables.User:
    row = session.get(tables.User, user_id, with_for_update=lock or None)
    if row is None:
        raise NotFound("There is no such user.")
    return row


def _password_change(user_id: str, password: str) -> Update:
    return update(tables.User).where(tables.User.id == user_id).values(password_hash=passwords.hashed(password))


def _user_problems(email: str, name: str, password: str | None, role: str) -> list[Problem]:
    found = []
    local, _, domain = email.rpartition("@")
    if not local or not domain or len(email) > 254 or any(character.isspace() for character in email):
        found.append(Problem("Enter an e-mail address such as anna@example.com.", field="email"))
    if not 0 < len(name) <= 120:
        found.append(Problem("Enter a name of at most 120 characters.", field="name"))
    if role not in ROLES:
        found.append(Problem(f"Choose one of these roles: {', '.join(ROLES)}.", field="role"))
    return found + (passwords.problems(password, email) if password is not None else [])
