"""`stepline users`: who may sign in."""

from __future__ import annotations

import sys
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from engine.accounts import User
from engine.assembly import Stepline
from web.cli.address import reached_at
from web.cli.finding import user_with_email
from web.cli.opening import DataDir, opened
from web.cli.output import AsJson, examples, show_json, show_table

LINK_LASTS = timedelta(hours=24)

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Who may sign in.")
Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"


@app.command(
    epilog=examples(
        "stepline users create anna@example.com --name 'Anna Berg'",
        "echo 'a long password' | stepline users create anna@example.com --role owner --password-stdin",
    )
)
def create(
    email: Email,
    name: Annotated[str, typer.Option(help="The name that others see. Default: the first part of the address.")] = "",
    role: Annotated[Role, typer.Option(help="An owner may do everything.")] = Role.MEMBER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password from standard input.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an account. Without a password, prints a link that signs the user in once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with opened(data_dir) as stepline:
        user = stepline.accounts.create_user(email, name or email.partition("@")[0], password, role.value)
        link = None if password_stdin else _link(stepline, user)
    if as_json:
        show_json({"id": user.id, "email": user.email, "name": user.name, "role": user.role, "link": link})
        return
    typer.echo(f"Made an account for {user.name} <{user.email}> ({user.role}).")
    if link:
        typer.echo(f"This link signs in once, within 24 hours:\n  {link}")


@app.command("list", epilog=examples("stepline users list"))
def list_users(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List all users."""
    with opened(data_dir) as stepline:
        users = stepline.accounts.list_users()
    if as_json:
        keys = ("id", "email", "name", "role", "created_at")
        show_json([{key: getattr(user, key) for key in keys} for user in users])
        return
    rows = ([user.email, user.name, user.role, user.created_at] for user in users)
    show_table(["e-mail", "name", "role", "since"], rows, empty="There are no users yet.")


@app.command(epilog=examples("stepline users link anna@example.com"))
def link(email: Email, data_dir: DataDir = None) -> None:
    """Print a link that signs a user in once: for a forgotten password."""
    with opened(data_dir) as stepline:
        typer.echo(_link(stepline, user_with_email(stepline, email)))


def _link(stepline: Stepline, user: User) -> str:
    token = stepline.accounts.create_login_link("signin", user.id, LINK_LASTS)
    return f"{reached_at(stepline.settings)}/signin/{token}"
