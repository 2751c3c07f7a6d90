"""`stepline tokens`: API tokens, with which programs act in a user's name."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.accounts import ApiToken, User
from engine.assembly import Stepline
from engine.errors import NotFound, Refused
from web.cli.finding import user_with_email
from web.cli.opening import DataDir, opened
from web.cli.output import AsJson, examples, show_json, show_table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="API tokens: with one, a program acts in a user's name."
)
ForUser = Annotated[
    str | None, typer.Option("--user", metavar="EMAIL", help="The user; may be left out when there is only one.")
]


@app.command(
    epilog=examples("stepline tokens create 'nightly report'", "stepline tokens create ci --user a@example.com")
)
def create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    user: ForUser = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it: it is shown this once."""
    with opened(data_dir) as stepline:
        secret, token = stepline.accounts.create_token(_user(stepline, user).id, name)
    if as_json:
        show_json({"id": token.id, "name": token.name, "token": secret})
        return
    typer.echo(secret)
    typer.echo("Keep it in a safe place: it is not shown again.", err=True)


@app.command("list", epilog=examples("stepline tokens list"))
def list_tokens(user: ForUser = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tokens of all users, or of one."""
    with opened(data_dir) as stepline:
        users = [user_with_email(stepline, user)] if user else stepline.accounts.list_users()
        found = [(owner, token) for owner in users for token in stepline.accounts.list_tokens(owner.id)]
    if as_json:
        show_json([_described(owner, token) for owner, token in found])
        return
    rows = (
        [
            token.id,
            token.name,
            f"{token.prefix}…",
            owner.email,
            token.used_at,
            "revoked" if token.revoked_at else "valid",
        ]
        for owner, token in found
    )
    show_table(["id", "name", "begins", "user", "used", "state"], rows, empty="There are no tokens yet.")


@app.command(epilog=examples("stepline tokens revoke 01J9…"))
def revoke(token: Annotated[str, typer.Argument(help="Id or name of the token.")], data_dir: DataDir = None) -> None:
    """Make a token worthless from now on."""
    with opened(data_dir) as stepline:
        owner, found = _token(stepline, token)
        stepline.accounts.revoke_token(owner.id, found.id)
    typer.echo(f"Revoked “{found.name}”.")


def _user(stepline: Stepline, email: str | None) -> User:
    if email:
        return user_with_email(stepline, email)
    users = stepline.accounts.list_users()
    if len(users) != 1:
        raise Refused("There are no users yet." if not users else "Say whose token it is: --user EMAIL")
    return users[0]


def _token(stepline: Stepline, wanted: str) -> tuple[User, ApiToken]:
    found = [
        (owner, token)
        for owner in stepline.accounts.list_users()
        for token in stepline.accounts.list_tokens(owner.id)
        if token.revoked_at is None and wanted in (token.id, token.name)
    ]
    if not found:
        raise NotFound(f"There is no valid token “{wanted}”. See: stepline tokens list")
    if len(found) > 1:
        raise Refused(f"Several tokens are called “{wanted}”. Use the id. See: stepline tokens list")
    return found[0]


def _described(owner: User, token: ApiToken) -> dict[str, object]:
    keys = ("id", "name", "prefix", "created_at", "used_at", "revoked_at")
    return {**{key: getattr(token, key) for key in keys}, "user": owner.email}
