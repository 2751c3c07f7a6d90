"""The draft in the browser: stored by itself, never on top of another person's; published, compared, brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]


def wait(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": "delay", "title": f"Wait {key}", "for": {"amount": 1, "unit": "days"}, **more}


def retitled(key: str, title: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(draft: dict[str, Any]) -> dict[str, Any]:
        steps = [{**step, "title": title} if step["key"] == key else step for step in draft["steps"]]
        return {**draft, "steps": steps}

    return change


def rename(editor: EditorPage, key: str, title: str) -> None:
    editor.card(key).focus()
    editor.press("F2", "Control+a")
    editor.page.keyboard.type(title)


def test_changes_are_stored_by_themselves_and_what_is_live_stays_live(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    assert editor.live() == "Never published"
    editor.page.locator('[data-bar="publish"]').click()
    editor.dialog.get_by_label("What changed?").fill("The first one")
    editor.press("Enter")
    expect(editor.page.locator(".toast")).to_contain_text("Version 1 is live.")
    assert editor.live() == "Version 1 is live"
    rename(editor, "one", "Patience")
    expect(editor.page.locator('[data-bar="live"]')).to_have_text("Version 1 is live, you edit a draft")
    editor.saved()
    editor.page.reload()
    expect(editor.page.locator('.tile[data-key="one"] .name')).to_have_text("Patience")


def test_phone_says_in_short_what_is_live(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"))
    with world.stepline() as stepline:
        stepline.versions.publish(workflow)
    world.change(workflow, retitled("one", "Patience"))
    editor = visit(workflow, viewport={"width": 390, "height": 844})
    live = editor.page.locator('[data-bar="live"]')
    expect(live).to_have_text("v1 live, draft")
    expect(live).to_be_visible()
    assert live.evaluate("(element) => element.scrollWidth <= element.clientWidth")
    editor.page.set_viewport_size({"width": 1440, "height": 900})
    expect(live).to_have_text("Version 1 is live, you edit a draft")


def test_publishing_shows_what_changed_since_the_live_version(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"), wait("two"))
    with world.stepline() as stepline:
        stepline.versions.publish(workflow)
    editor = visit(workflow)
    rename(editor, "one", "Patience")
    editor.card("two").focus()
    editor.press("Delete")
    editor.page.locator('[data-bar="publish"]').click()
    changes = editor.dialog.locator(".change-list")
    expect(changes).to_contain_text("Patience")
    expect(changes.get_by_role("listitem")).to_have_count(2)
    expect(changes).to_contain_text("“Wait two” is gone")
    editor.dialog.get_by_role("button", name="Not yet").click()
    assert world.stored(workflow).live_number == 1


def test_unfinished_draft_leads_to_what_is_to_mend(world: World, visit: Visit) -> None:
    step = {"key": "tag", "kind": "action", "operation": "mailercloud.contacts.tag", "input": {"tags": ["x"]}}
    editor = visit(world.workflow(wait("one"), {**step, "connection": "{mailercloud}"}))
    expect(editor.page.locator('[data-bar="problems"]')).to_have_text("1 to mend")
    editor.page.locator('[data-bar="publish"]').click()
    expect(editor.page.locator(".toast")).to_contain_text("one thing to mend")
    expect(editor.text("/input/contact")).to_be_focused()
    editor.page.keyboard.type("ada@example.com")
    expect(editor.page.locator('[data-bar="problems"]')).to_be_hidden()


def test_list_of_problems_jumps_to_the_field(world: World, visit: Visit) -> None:
    loop = {"key": "each", "kind": "loop", "items": "{{ steps.later.x }}", "steps": []}
    editor = visit(world.workflow(loop, wait("two", **{"for": {"amount": "", "unit": "days"}})))
    editor.page.locator('[data-bar="problems"]').click()
    rows = editor.page.locator(".problem-row")
    expect(rows).to_have_count(2)
    rows.nth(1).click()
    expect(editor.panel.get_by_role("heading")).to_have_text("Wait two")
    expect(editor.text("/for/amount")).to_be_focused()
    expect(editor.field("/for/amount").locator(".field-error")).to_have_text("Say how long to wait.")
    editor.press("F8", "F8")
    expect(editor.text("/for/amount")).to_be_focused()


def test_problem_of_a_field_that_is_folded_away_opens_the_fold(world: World, visit: Visit) -> None:
    step = {"key": "add", "kind": "action", "operation": "mailercloud.contacts.upsert", "connection": "{mailercloud}"}
    values = {"email": "{{ trigger.email }}", "list_id": "x", "middle_name": "{{ steps.later.x }}"}
    editor = visit(world.workflow({**step, "input": values}))
    editor.page.locator('[data-bar="problems"]').click()
    editor.page.locator(".problem-row").click()
    expect(editor.text("/input/middle_name")).to_be_focused()


def test_old_version_is_compared_and_brought_back_and_that_can_be_undone(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"))
    with world.stepline() as stepline:
        stepline.versions.publish(workflow, note="Short and good")
    editor = visit(workflow)
    editor.card("one").focus()
    editor.press("Control+d")
    editor.page.locator('[data-bar="history"]').click()
    editor.dialog.get_by_role("button", name="Version 1").click()
    expect(editor.dialog.locator(".change-list")).to_contain_text("is gone")
    editor.dialog.get_by_role("button", name="Bring it back as the draft").click()
    expect(editor.card("one_2")).to_have_count(0)
    editor.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(editor.card("one_2")).to_have_count(1)


def test_history_says_who_published(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"))
    with world.stepline() as stepline:
        (owner,) = stepline.accounts.list_users()
        stepline.versions.publish(workflow, user_id=owner.id)
    editor = visit(workflow)
    editor.page.locator('[data-bar="history"]').click()
    expect(editor.dialog.get_by_role("button", name="Version 1")).to_contain_text(f"{owner.name}, ")


def test_two_people_are_merged_step_by_step(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"), wait("two"))
    editor = visit(workflow)
    world.change(workflow, retitled("two", "Theirs"))
    rename(editor, "one", "Mine")
    expect(editor.dialog).to_contain_text("Your changes do not touch each other")
    editor.dialog.get_by_role("button", name="Merge both").click()
    editor.saved()
    assert [step["title"] for step in world.stored(workflow).draft["steps"]] == ["Mine", "Theirs"]


def test_where_two_people_changed_the_same_nothing_is_lost(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"), wait("two"))
    editor = visit(workflow)
    world.change(workflow, retitled("one", "Theirs"))
    rename(editor, "one", "Mine")
    expect(editor.dialog).to_contain_text("You both changed the same")
    expect(editor.dialog.get_by_role("listitem")).to_have_text("Mine: nameYours: MineTheirs: Theirs")
    editor.press("Escape")
    expect(editor.dialog).to_be_visible()
    editor.dialog.get_by_role("button", name="Load theirs").click()
    expect(editor.page.locator('.tile[data-key="one"] .name')).to_have_text("Theirs")
    editor.page.locator('[data-bar="undo"]').click()
    expect(editor.page.locator('.tile[data-key="one"] .name')).to_have_text("Mine")
    editor.saved()
    assert world.stored(workflow).draft["steps"][0]["title"] == "Mine"


def test_conflict_shows_what_each_person_made_of_the_same_part(world: World, visit: Visit) -> None:
    def only(city: str) -> dict[str, Any]:
        rules = [{"left": "{{ trigger.city }}", "test": "equals", "right": city}]
        return {"key": "only", "kind": "filter", "title": "Only some", "rules": rules}

    workflow = world.workflow(only("Paris"))
    editor = visit(workflow, query="?step=only")
    editor.tab("Configure")
    world.change(workflow, lambda draft: {**draft, "steps": [only("Rome")]})
    editor.panel.get_by_label("Rule 1: value").click()
    editor.press("Control+a")
    editor.page.keyboard.type("Oslo")
    part = editor.dialog.get_by_role("listitem")
    expect(part).to_contain_text("Only some: rules")
    expect(part.get_by_text("Yours:").locator("..")).to_contain_text("Oslo")
    expect(part.get_by_text("Theirs:").locator("..")).to_contain_text("Rome")
    assert editor.audit() == []
    editor.dialog.get_by_role("button", name="Merge both").click()
    editor.saved()
    assert world.stored(workflow).draft["steps"] == [{**only("Oslo"), "match": "all"}]


def test_conflict_names_a_deleted_step_that_somebody_else_changed(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"), wait("two"))
    editor = visit(workflow)
    world.change(workflow, retitled("two", "Theirs"))
    editor.card("two").focus()
    editor.press("Delete")
    stays = "Theirs: you deleted it, the other person changed it. It stays."
    expect(editor.dialog.get_by_role("listitem")).to_have_text(stays)
    editor.dialog.get_by_role("button", name="Merge both").click()
    expect(editor.page.locator('.tile[data-key="two"] .name')).to_have_text("Theirs")


def test_own_draft_can_be_kept_over_theirs(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"))
    editor = visit(workflow)
    world.change(workflow, retitled("one", "Theirs"))
    rename(editor, "one", "Mine")
    editor.dialog.get_by_role("button", name="Keep only mine").click()
    editor.saved()
    assert world.stored(workflow).draft["steps"][0]["title"] == "Mine"


def test_draft_waits_for_a_server_that_is_away(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    answers = iter([True, False])

    def flaky(route: Route) -> None:
        if next(answers, False):
            route.fulfill(status=503, body="The database is away.", content_type="text/plain")
        else:
            route.continue_()

    editor.page.route("**/edit/draft", flaky)
    rename(editor, "one", "Patience")
    state = editor.page.locator('[data-bar="saved"]')
    expect(state).to_have_text("Not saved, trying again")
    expect(state).to_have_text("Saved")
    assert world.stored(editor.workflow).draft["steps"][0]["title"] == "Patience"
    editor.faults.clear()  # the browser notes the 503 that this test makes


def test_signed_out_person_signs_in_elsewhere_and_the_draft_is_stored(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    window = editor.page.context
    (session,) = [cookie for cookie in window.cookies() if "session" in cookie["name"]]
    window.clear_cookies(name=session["name"])
    rename(editor, "one", "Patience")
    message = editor.page.get_by_role("alert").filter(has_text="You are signed out.")
    expect(message).to_be_visible()
    expect(editor.page.locator('[data-bar="saved"]')).to_have_text("Not saved")
    with editor.page.expect_popup() as opened:
        message.get_by_role("link", name="Sign in").click()
    expect(opened.value.get_by_role("button", name="Sign in")).to_be_visible()

    window.add_cookies(world.signed_in["cookies"])
    editor.page.evaluate("() => window.dispatchEvent(new Event('focus'))")  # all pages of a test have the focus

    editor.saved()
    expect(message).to_have_count(0)
    assert world.stored(editor.workflow).draft["steps"][0]["title"] == "Patience"


def test_reason_why_a_draft_is_refused_stays_in_sight(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    editor.page.route("**/edit/draft", lambda route: route.fulfill(status=422, json={"message": "This is too long."}))
    rename(editor, "one", "Patience")
    message = editor.page.get_by_role("alert").filter(has_text="The draft is not saved. This is too long.")
    expect(message).to_be_visible()
    for _ in range(4):
        editor.page.locator('[data-bar="publish"]').click()
    expect(editor.page.locator(".toast").filter(has_not_text="not saved")).to_have_count(3)
    expect(message).to_be_visible()


def test_leaving_the_page_stores_what_was_just_typed(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    rename(editor, "one", "Patience")
    editor.page.get_by_role("link", name="Back to the workflow").click()
    editor.page.wait_for_url(f"**/workflows/{editor.workflow}")
    assert world.stored(editor.workflow).draft["steps"][0]["title"] == "Patience"


def test_workflow_is_renamed_and_switched_on_in_the_bar(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    editor.page.get_by_role("button", name="Try it").click()
    editor.press("Control+a")
    editor.page.keyboard.type("Patience")
    editor.press("Enter")
    expect(editor.page).to_have_title("Patience · Stepline")
    editor.page.get_by_role("switch").click()
    expect(editor.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    stored = world.stored(editor.workflow)
    assert (stored.name, stored.enabled, stored.live_number) == ("Patience", True, 1)


def test_settings_of_the_workflow_are_edited_beside_the_steps(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"))
    settings = {"tag": {"title": "Tag", "type": "string"}, "days": {"title": "Days", "type": "number", "default": 1}}
    world.change(workflow, lambda draft: {**draft, "settings": settings})
    editor = visit(workflow)
    editor.page.locator('[data-bar="problems"]').click()
    editor.page.locator(".problem-row").click()
    expect(editor.text("/settings/tag/value")).to_be_focused()
    editor.page.keyboard.type("vip")
    editor.text("/settings/days/value").click()
    editor.press("Control+a")
    editor.page.keyboard.type("2.5")
    expect(editor.page.locator('[data-bar="problems"]')).to_be_hidden()
    editor.saved()
    stored = world.stored(workflow).draft["settings"]
    assert (stored["tag"]["value"], stored["days"]["value"]) == ("vip", 2.5)
