"""Users, sessions, one-time links and API tokens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from engine.accounts import Accounts, User, passwords
from engine.clock import Clock
from engine.errors import Invalid, NotFound, Refused
from engine.storage import tables
from engine.storage.database import Database
from tests.support.clock import SettableClock

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(database: Database, clock: Clock) -> Accounts:
    return Accounts(database, clock)


@pytest.fixture
def anna(accounts: Accounts) -> User:
    return accounts.create_user("Anna@Example.com ", " Anna ", PASSWORD, "owner")


def test_new_user_signs_in_with_any_spelling_of_the_email(accounts: Accounts, anna: User) -> None:
    assert accounts.authenticate(" ANNA@example.com", PASSWORD) == anna
    assert (anna.email, anna.name, anna.is_owner) == ("anna@example.com", "Anna", True)


def test_wrong_password_unknown_email_and_missing_password_are_refused(accounts: Accounts, anna: User) -> None:
    accounts.create_user("bob@example.com", "Bob", None)

    assert accounts.authenticate(anna.email, "wrong") is None
    assert accounts.authenticate("nobody@example.com", PASSWORD) is None
    assert accounts.authenticate("bob@example.com", "") is None


def test_checking_an_unknown_user_costs_a_real_check() -> None:
    assert not passwords.matches("anything", None)
    assert not passwords.is_outdated(passwords._NOBODY)
    assert PasswordHasher().check_needs_rehash(passwords._NOBODY) == PasswordHasher().check_needs_rehash(
        passwords.hashed("anything")
    )


@pytest.mark.parametrize(
    ("email", "name", "password", "role", "field"),
    [
        ("anna", "Anna", PASSWORD, "owner", "email"),
        ("an na@example.com", "Anna", PASSWORD, "owner", "email"),
        ("anna@example.com", " ", PASSWORD, "owner", "name"),
        ("anna@example.com", "Anna", "too short", "owner", "password"),
        ("anna@example.com", "Anna", "x" * 1001, "owner", "password"),
        ("anna@example.com", "Anna", "Anna@example.com", "owner", "password"),
        ("anna@example.com", "Anna", PASSWORD, "king", "role"),
    ],
)
def test_bad_accounts_are_refused_by_field(
    accounts: Accounts, email: str, name: str, password: str, role: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.create_user(email, name, password, role)

    assert [problem.field for problem in refused.value.problems] == [field]
    assert accounts.list_users() == []


def test_email_is_taken_once(accounts: Accounts, anna: User) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.create_user(anna.email, "Another Anna", PASSWORD)

    assert refused.value.problems[0].field == "email"
    assert accounts.list_users() == [anna]


def test_only_a_hash_of_the_password_is_stored_and_weak_hashes_are_renewed(
    accounts: Accounts, anna: User, database: Database
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.write() as session:
        session.execute(update(tables.User).values(password_hash=weak))

    assert accounts.authenticate(anna.email, PASSWORD) == anna

    with database.read() as session:
        stored = session.scalar(select(tables.User.password_hash))
    assert stored is not None and stored.startswith("$argon2id$") and not passwords.is_outdated(stored)


def test_users_are_found_by_id_and_email(accounts: Accounts, anna: User) -> None:
    assert accounts.get_user(anna.id) == accounts.get_user_by_email("anna@EXAMPLE.com") == anna
    assert accounts.get_user_by_email("nobody@example.com") is None
    with pytest.raises(NotFound):
        accounts.get_user("nobody")


def test_server_has_an_owner_only_after_one_was_made(accounts: Accounts) -> None:
    accounts.create_user("bob@example.com", "Bob", PASSWORD)
    assert not accounts.has_owner()

    accounts.create_user("anna@example.com", "Anna", PASSWORD, "owner")
    assert accounts.has_owner()


def test_preferences_are_kept_beside_each_other(accounts: Accounts, anna: User) -> None:
    accounts.set_preference(anna.id, "theme", "dark")
    accounts.set_preference(anna.id, "tips", ["runs"])

    assert accounts.get_user(anna.id).preferences == {"theme": "dark", "tips": ["runs"]}


def test_changed_password_ends_all_other_sessions(accounts: Accounts, anna: User) -> None:
    here, elsewhere = accounts.create_session(anna.id), accounts.create_session(anna.id)

    accounts.change_password(anna.id, PASSWORD, "another long one", keep_session=here)

    assert accounts.authenticate(anna.email, PASSWORD) is None
    assert accounts.authenticate(anna.email, "another long one") == anna
    assert accounts.session_user(here) == anna
    assert accounts.session_user(elsewhere) is None


@pytest.mark.parametrize(("current", "new", "field"), [("wrong", "x" * 12, "current"), (PASSWORD, "x", "password")])
def test_password_stays_when_the_change_is_refused(
    accounts: Accounts, anna: User, current: str, new: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.change_password(anna.id, current, new)

    assert refused.value.problems[0].field == field
    assert accounts.authenticate(anna.email, PASSWORD) == anna


class TestSessions:
    def test_session_belongs_to_its_user_until_it_is_ended(self, accounts: Accounts, anna: User) -> None:
        token = accounts.create_session(anna.id)
        assert accounts.session_user(token) == anna

        accounts.end_session(token)

        assert accounts.session_user(token) is None
        assert accounts.session_user("made up") is None

    def test_session_in_use_lives_on_and_an_idle_one_expires(
        self, accounts: Accounts, anna: User, clock: SettableClock
    ) -> None:
        token = accounts.create_session(anna.id)
        clock.forward(days=29)
        assert accounts.session_user(token) == anna
        clock.forward(days=29)
        assert accounts.session_user(token) == anna

        clock.forward(days=30)

        assert accounts.session_user(token) is None

    def test_use_is_written_down_only_now_and_then(
        self, accounts: Accounts, anna: User, database: Database, clock: SettableClock
    ) -> None:
        token = accounts.create_session(anna.id)
        seen = []
        for _ in range(3):
            clock.forward(minutes=3)
            accounts.session_user(token)
            with database.read() as session:
                seen.append(session.scalar(select(tables.Session.seen_at)))

        assert seen[0] != seen[1] == seen[2]

    def test_token_itself_is_not_stored(self, accounts: Accounts, anna: User, database: Database) -> None:
        token = accounts.create_session(anna.id)

        with database.read() as session:
            assert token not in session.scalars(select(tables.Session.token_hash)).all()


class TestLoginLinks:
    def test_link_works_once_even_when_two_follow_it_at_the_same_time(self, accounts: Accounts, anna: User) -> None:
        token = accounts.create_login_link("signin", anna.id, timedelta(minutes=15))

        with ThreadPoolExecutor(4) as pool:
            redeemed = list(pool.map(lambda _: accounts.redeem_login_link(token, "signin"), range(4)))

        assert [link.user_id for link in redeemed if link] == [anna.id]

    def test_expired_and_misused_links_do_nothing(self, accounts: Accounts, anna: User, clock: SettableClock) -> None:
        token = accounts.create_login_link("signin", anna.id, timedelta(minutes=15))
        assert accounts.redeem_login_link(token, "setup") is None
        assert accounts.login_link_works(token, "signin")

        clock.forward(minutes=15)

        assert not accounts.login_link_works(token, "signin")
        assert accounts.redeem_login_link(token, "signin") is None

    def test_set_up_link_makes_the_owner_once(self, accounts: Accounts) -> None:
        token = accounts.create_login_link("setup", None, timedelta(hours=1))

        owner = accounts.claim(token, "anna@example.com", "Anna", PASSWORD)

        assert owner.is_owner
        with pytest.raises(Refused):
            accounts.claim(token, "eve@example.com", "Eve", PASSWORD)
        assert accounts.list_users() == [owner]

    def test_set_up_link_survives_a_form_with_mistakes(self, accounts: Accounts) -> None:
        token = accounts.create_login_link("setup", None, timedelta(hours=1))

        with pytest.raises(Invalid):
            accounts.claim(token, "anna@example.com", "Anna", "short")

        assert accounts.login_link_works(token, "setup")

    def test_second_set_up_link_is_worth_nothing_once_there_is_an_owner(self, accounts: Accounts) -> None:
        first, second = (accounts.create_login_link("setup", None, timedelta(hours=1)) for _ in range(2))
        accounts.claim(first, "anna@example.com", "Anna", PASSWORD)

        with pytest.raises(Refused):
            accounts.claim(second, "eve@example.com", "Eve", PASSWORD)


class TestApiTokens:
    def test_token_speaks_for_its_user_until_it_is_revoked(self, accounts: Accounts, anna: User) -> None:
        token, row = accounts.create_token(anna.id, " Reporting ")
        assert token.startswith("sl_") and token.startswith(row.prefix)
        assert (row.name, row.used_at) == ("Reporting", None)
        assert accounts.token_user(token) == anna

        accounts.revoke_token(anna.id, row.id)

        assert accounts.token_user(token) is None
        assert accounts.list_tokens(anna.id)[0].revoked_at is not None

    def test_last_use_is_shown(self, accounts: Accounts, anna: User, clock: SettableClock) -> None:
        token, _ = accounts.create_token(anna.id, "Reporting")
        clock.forward(hours=1)

        accounts.token_user(token)

        assert accounts.list_tokens(anna.id)[0].used_at == clock()

    def test_token_needs_a_name(self, accounts: Accounts, anna: User) -> None:
        with pytest.raises(Invalid) as refused:
            accounts.create_token(anna.id, " ")

        assert refused.value.problems[0].field == "name"

    def test_nobody_revokes_the_token_of_somebody_else(self, accounts: Accounts, anna: User) -> None:
        bob = accounts.create_user("bob@example.com", "Bob", PASSWORD)
        token, row = accounts.create_token(anna.id, "Reporting")

        with pytest.raises(NotFound):
            accounts.revoke_token(bob.id, row.id)

        assert accounts.token_user(token) == anna


def test_profile_can_be_changed_to_an_address_that_is_free(accounts: Accounts, anna: User) -> None:
    accounts.create_user("bob@example.com", "Bob", None)

    changed = accounts.change_profile(anna.id, " Anna Berg ", "ANNA.Berg@example.com")

    assert (changed.name, changed.email) == ("Anna Berg", "anna.berg@example.com")
    for name, email in (("Anna", "bob@example.com"), ("", "anna@example.com"), ("Anna", "nothing")):
        with pytest.raises(Invalid):
            accounts.change_profile(anna.id, name, email)
    assert accounts.get_user(anna.id) == changed


def test_deleted_user_is_out_at_once_but_the_last_owner_stays(accounts: Accounts, anna: User) -> None:
    bob = accounts.create_user("bob@example.com", "Bob", None, "owner")
    session, (token, _) = accounts.create_session(bob.id), accounts.create_token(bob.id, "Script")

    accounts.delete_user(bob.id)

    assert accounts.session_user(session) is None
    assert accounts.token_user(token) is None
    with pytest.raises(NotFound):
        accounts.delete_user(bob.id)
    with pytest.raises(Refused):
        accounts.delete_user(anna.id)
