"""An account that one signs in to at the app's own page, connected from inside the editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]
STEP: dict[str, Any] = {
    "key": "add",
    "kind": "action",
    "operation": "gohighlevel.contacts.create",
    "connection": None,
    "input": {"email": "{{ trigger.email }}"},
}


def test_one_signs_in_and_is_back_at_the_step_with_the_account_chosen(world: World, visit: Visit) -> None:
    service = f"{world.started.found['sandbox']}/ghl"
    workflow = world.workflow(STEP, operation="webhook.hooks.received", connection=None)
    editor = visit(workflow, query="?step=add")
    editor.tab("Set up")
    editor.panel.get_by_role("button", name="Connect").click()
    editor.dialog.get_by_role("link", name="Your own app").click()

    expect(editor.dialog).to_contain_text(f"{world.product}/oauth/callback")
    editor.dialog.get_by_label("Client ID").fill("sandboxapp-client")
    editor.dialog.get_by_label("Client secret").fill("sandbox-client-secret")
    editor.dialog.get_by_text("More options").click()
    editor.dialog.get_by_label("API address").fill(service)
    editor.dialog.get_by_label("Sign-in address").fill(f"{service}/v2/oauth/chooselocation")
    editor.dialog.get_by_role("button", name="Save and sign in").click()
    editor.page.get_by_role("link", name="Harbor Studio", exact=True).click()

    editor.page.wait_for_url(f"**/workflows/{workflow}/edit?step=add")
    expect(editor.page.get_by_text("You are signed in: Harbor Studio (sandbox).")).to_be_visible()
    with world.stepline() as stepline:
        (account,) = [found for found in stepline.connections.list("gohighlevel") if found.auth == "oauth"]
    assert world.stored(workflow).draft["steps"][0]["connection"] == account.id
    assert account.status == "ok"
