"""Passwords: what is a good one, how it is kept (argon2id), how it is checked."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Problem

MIN_LENGTH = 10
MAX_LENGTH = 1000

# 19 MiB for each check keeps a burst of sign-ins from filling the memory of a small server.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Belongs to no password. Checking it takes as long as checking a real one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$0000000000000000000000000000000000000000000"


def problems(password: str, email: str, field: str = "password") -> list[Problem]:
    """What is wrong with a new password; empty when it is fine."""
    if len(password) < MIN_LENGTH:
        return [Problem(f"Choose a password of at least {MIN_LENGTH} characters.", field=field)]
    if len(password) > MAX_LENGTH:
        return [Problem(f"Choose a password of at most {MAX_LENGTH} characters.", field=field)]
    if password.strip().lower() == email.strip().lower():
        return [Problem("The password must not be the e-mail address.", field=field)]
    return []


def hashed(password: str) -> str:
    return _hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Takes the same time whether or not there is a stored hash."""
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored)
