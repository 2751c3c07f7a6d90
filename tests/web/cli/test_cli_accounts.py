from __future__ import annotations

from pathlib import Path

from tests.web.cli.conftest import Cli

Data = tuple[str, Path]


def test_created_user_gets_a_link_that_signs_in(cli: Cli, data: Data) -> None:
    made = cli("users", "create", "anna@example.com", "--role", "owner", *data)

    assert made.code == 0
    assert "http://localhost:8000/signin/" in made.out


def test_password_from_standard_input_needs_no_link(cli: Cli, data: Data) -> None:
    made = cli("users", "create", "a@example.com", "--password-stdin", "--json", *data, stdin="correct horse battery\n")

    assert (made.code, made.json["link"], made.json["role"]) == (0, None, "member")


def test_too_short_password_is_refused_with_its_reason(cli: Cli, data: Data) -> None:
    refused = cli("users", "create", "a@example.com", "--password-stdin", *data, stdin="short\n")

    assert refused.code == 1
    assert "at least 10 characters" in refused.err


def test_second_account_with_one_address_is_refused(cli: Cli, data: Data) -> None:
    cli("users", "create", "a@example.com", *data)

    assert cli("users", "create", "A@example.com", *data).code == 1


def test_users_are_listed(cli: Cli, data: Data) -> None:
    cli("users", "create", "anna@example.com", "--name", "Anna Berg", *data)

    listed = cli("users", "list", "--json", *data).json

    assert [(user["email"], user["name"], user["role"]) for user in listed] == [
        ("anna@example.com", "Anna Berg", "member")
    ]


def test_link_for_an_unknown_user_is_a_problem(cli: Cli, data: Data) -> None:
    assert cli("users", "link", "nobody@example.com", *data).code == 1


def test_token_is_printed_alone_so_that_scripts_can_take_it(cli: Cli, data: Data) -> None:
    cli("users", "create", "a@example.com", *data)

    made = cli("tokens", "create", "nightly report", *data)

    assert made.code == 0
    assert made.out.startswith("sl_")
    assert len(made.out.split()) == 1


def test_token_needs_a_user(cli: Cli, data: Data) -> None:
    refused = cli("tokens", "create", "nightly report", *data)

    assert (refused.code, refused.err) == (1, "There are no users yet.\n")


def test_token_of_one_of_several_users_needs_their_name(cli: Cli, data: Data) -> None:
    cli("users", "create", "a@example.com", *data)
    cli("users", "create", "b@example.com", *data)

    assert cli("tokens", "create", "ci", *data).code == 1
    assert cli("tokens", "create", "ci", "--user", "b@example.com", *data).code == 0


def test_revoked_token_is_listed_as_such_and_cannot_be_revoked_again(cli: Cli, data: Data) -> None:
    cli("users", "create", "a@example.com", *data)
    cli("tokens", "create", "ci", *data)

    assert cli("tokens", "revoke", "ci", *data).code == 0
    assert cli("tokens", "list", "--json", *data).json[0]["revoked_at"]
    assert cli("tokens", "revoke", "ci", *data).code == 1


def test_listed_tokens_never_show_the_secret(cli: Cli, data: Data) -> None:
    cli("users", "create", "a@example.com", *data)
    secret = cli("tokens", "create", "ci", *data).out.strip()

    assert secret not in cli("tokens", "list", *data).out
    assert secret not in cli("tokens", "list", "--json", *data).out
