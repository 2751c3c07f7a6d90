"""Every page and key dialog: where it is, and what to press before it can be looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from playwright.async_api import Page

from engine.bundles import bundle_json
from tests.pictures.scene import Scene

Prepare = Callable[[Page], Awaitable[object]]
API = """openapi: 3.1.0
info: {title: Boat yard, version: "1"}
servers: [{url: https://api.boatyard.example}]
paths:
  /boats:
    get: {operationId: listBoats, summary: List boats, responses: {"200": {description: Boats}}}
    post:
      summary: Add a boat
      requestBody:
        content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}
      responses: {"201": {description: Added}}
  /boats/{id}:
    delete:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: Gone}}
"""
BROKEN_RECIPE = """{
  "format": 1,
  "slug": "welcome",
  "name": "Welcome",
  "connections": {"ghl": {"connector": "gohighlevel"}},
  "trigger": {"operation": "gohighlevel.contacts.created", "connection": "ghl"},
  "steps": [
    {"key": "mail", "kind": "action", "operation": "mailercloud.emails.sent", "input": {}},
    {"key": "mail", "kind": "delay", "for": {"amount": 2, "unit": "fortnights"}}
  ]
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """`signed_in` False: as a stranger sees it."""

    name: str
    path: str
    prepare: Prepare | None = None
    signed_in: bool = True


def shots(scene: Scene) -> Sequence[Shot]:
    """Of a Stepline in use."""
    router = f"/workflows/{scene.workflows['router']}"
    welcome = f"/workflows/{scene.workflows['new-contact-welcome-sequence']}"
    run, account = scene.runs, scene.accounts
    return [
        Shot("home", "/"),
        Shot("home-month", "/?span=month"),
        Shot("home-numbers", "/?span=week", press("Show the numbers")),
        Shot("account-menu", "/", press_css(".sidebar-foot summary")),
        Shot("workflows", "/workflows"),
        Shot("workflows-folder", f"/workflows?folder={scene.stepline.folders.list()[0].id}"),
        Shot("workflows-selected", "/workflows", tick(3)),
        Shot("workflows-move", "/workflows", tick_and_open(2, "Move")),
        Shot("workflows-nothing", "/workflows?q=nothing-like-this"),
        Shot("folder-new", "/workflows", press("New folder")),
        Shot("folder-change", f"/workflows?folder={scene.stepline.folders.list()[0].id}", press("Change the folder")),
        Shot("workflow", router),
        Shot("workflow-problems", f"/workflows/{scene.workflows['birthday']}"),
        Shot("workflow-menu", welcome, press_css(".page-header .menu summary")),
        Shot("workflow-versions", f"{router}/versions"),
        Shot("workflow-version", f"{router}/versions/2"),
        Shot("workflow-changes", f"{router}/versions/compare?old=1"),
        Shot("workflow-publish", f"{router}/publish"),
        Shot("workflow-settings", f"{welcome}/settings"),
        Shot("workflow-test", f"{welcome}/test"),
        Shot("workflow-delete", f"/workflows/delete?ids={scene.workflows['router']}&ids={scene.workflows['party']}"),
        Shot("workflow-new", "/workflows/new"),
        Shot("step", f"{welcome}/steps/add_contact"),
        Shot("step-filter", f"{welcome}/steps/has_email"),
        Shot("step-paths", f"{router}/steps/split"),
        Shot("step-loop", f"{router}/steps/each_task"),
        Shot("trigger", f"{router}/trigger"),
        Shot("step-new", f"{welcome}/steps/new?list=/steps&index=0"),
        Shot("trigger-choose", f"{welcome}/trigger/choose"),
        Shot("import", "/workflows/import"),
        Shot("import-mistakes", "/workflows/import", send("Check and go on", BROKEN_RECIPE)),
        Shot("import-one", "/workflows/import", send("Check and go on", exported(scene, "router"))),
        Shot("import-many", "/workflows/import", send("Check and go on", exported(scene, "router", "party"))),
        Shot("runs", "/runs"),
        Shot("runs-failed", "/runs?status=failed"),
        Shot("runs-selected", "/runs", tick(2)),
        Shot("run", f"/runs/{run['loop']}"),
        Shot(
            "run-waiting",
            f"/runs/{run['waiting']}",
            after(press_css("#step-add_contact > summary"), show("Step by step")),
        ),
        Shot("run-failed", f"/runs/{run['failed']}"),
        Shot("run-held", f"/runs/{run['held']}"),
        Shot("run-replayed", f"/runs/{run['replay']}"),
        Shot("run-dry", f"/runs/{run['dry']}", press_css("#step-add_contact > summary")),
        Shot("run-replay", f"/runs/{run['failed']}/replay", press("Change the data first")),
        Shot("events", "/events"),
        Shot("event", f"/events/{scene.events['unmatched']}"),
        Shot("connections", "/connections"),
        Shot("connections-choose", "/connections/new"),
        Shot("connection-new", "/connections/new/gohighlevel"),
        Shot("connection-new-app", "/connections/new/gohighlevel?auth=oauth"),
        Shot("connection", f"/connections/{account['ghl']}"),
        Shot("connection-old-key", f"/connections/{account['ghl_yacht']}"),
        Shot("connection-failing", f"/connections/{account['mailercloud_events']}"),
        Shot("connection-sign-in", f"/connections/{account['ghl_app']}"),
        Shot("events-again", f"/events/again?ids={scene.events['refused']}&ids={scene.events['unmatched']}"),
        Shot("runs-again", f"/runs/again?ids={scene.runs['failed']}"),
        Shot("connection-delete", f"/connections/{account['ghl']}/delete"),
        Shot("catalogue", "/catalogue"),
        Shot("catalogue-search", "/catalogue?q=contact"),
        Shot("catalogue-narrowed", "/catalogue?app=gohighlevel&kind=trigger&timing=instant&scope=contacts.readonly"),
        Shot("connector", "/catalogue/mailercloud"),
        Shot("operation", "/catalogue/gohighlevel/contacts/upsert"),
        Shot("api-import", "/catalogue/import"),
        Shot("api-import-report", "/catalogue/import", send("Look at it", API)),
        Shot("recipes", "/recipes"),
        Shot("recipe", "/recipes/new-contact-welcome-sequence"),
        Shot("settings", "/settings"),
        Shot("settings-tokens", "/settings/tokens"),
        Shot("settings-token-made", "/settings/tokens", make_token),
        Shot("settings-people", "/settings/people"),
        Shot("settings-person-link", "/settings/people", after(press_css(".rows .menu summary"), new_link)),
        Shot("settings-person-remove", f"/settings/people/{scene.owner.id}/remove"),
        Shot("settings-server", "/settings/server"),
        Shot("glossary", "/glossary"),
        Shot("help", f"/runs/{run['loop']}", press("Version")),
        Shot("not-found", "/nowhere"),
        Shot("parts", "/_styles"),
        Shot("sign-in", "/signin", signed_in=False),
        Shot("sign-in-link-spent", "/signin/used-up", signed_in=False),
        *editor_shots(router, welcome),
    ]


def editor_shots(router: str, welcome: str) -> Sequence[Shot]:
    ready = wait_for("#editor[data-ready]")
    return [
        Shot("editor", f"{router}/edit", ready),
        Shot("editor-step", f"{welcome}/edit?step=add_contact", ready),
        Shot("editor-picker", f"{welcome}/edit", after(ready, press_css(".slot .add"))),
        Shot("editor-history", f"{router}/edit", after(ready, press_css('[data-bar="history"]'))),
        Shot("editor-publish", f"{router}/edit", after(ready, press_css('[data-bar="publish"]'))),
        Shot("editor-keys", f"{router}/edit", after(ready, press_css('[data-bar="help"]'))),
        Shot("editor-palette", f"{router}/edit", after(ready, press_css('[data-bar="palette"]'))),
    ]


def fresh_shots() -> Sequence[Shot]:
    """Of a Stepline that nobody has used yet."""
    pages = ("workflows", "runs", "events", "connections")
    return [Shot("first-home", "/"), *(Shot(f"first-{name}", f"/{name}") for name in pages)]


def unclaimed_shots(link: str) -> Sequence[Shot]:
    """Of a Stepline without an owner."""
    return [Shot("setup-needed", "/", signed_in=False), Shot("setup", f"/setup/{link}", signed_in=False)]


def press(name: str) -> Prepare:
    """The first visible thing with these words."""
    return lambda page: page.get_by_text(name, exact=True).locator("visible=true").first.click()


def show(name: str) -> Prepare:
    """Scroll until the heading with these words stands on top."""
    return lambda page: page.get_by_role("heading", name=name).evaluate("heading => heading.scrollIntoView()")


def press_css(selector: str) -> Prepare:
    async def prepare(page: Page) -> None:
        found = page.locator(f"{selector} >> visible=true").first
        if await found.count():  # a phone shows less
            await found.click()

    return prepare


def tick(count: int) -> Prepare:
    async def prepare(page: Page) -> None:
        for index in range(count):
            await page.locator("input.box[name=ids]").nth(index).check()

    return prepare


def tick_and_open(count: int, menu: str) -> Prepare:
    return after(tick(count), lambda page: page.locator(".bulk summary").get_by_text(menu).click())


def wait_for(selector: str) -> Prepare:
    return lambda page: page.locator(selector).wait_for()


def after(first: Prepare, second: Prepare) -> Prepare:
    async def prepare(page: Page) -> None:
        await first(page)
        await second(page)

    return prepare


def send(button: str, text: str) -> Prepare:
    """Into the field for pasting; the next page is there afterwards."""

    async def prepare(page: Page) -> None:
        await page.get_by_label("Or paste it here").fill(text)
        async with page.expect_navigation():
            await page.get_by_role("button", name=button).click()

    return prepare


async def make_token(page: Page) -> None:
    await page.get_by_label("New token").fill("Sync with the CRM")
    await page.get_by_role("button", name="Make a token").click()
    await page.get_by_text("Copy this token now").wait_for()


async def new_link(page: Page) -> None:
    await page.get_by_text("New sign-in link").locator("visible=true").click()
    await page.get_by_text("Give this link to").wait_for()


def exported(scene: Scene, *workflows: str) -> str:
    """What somebody gets who exports these."""
    return bundle_json([scene.stepline.recipes.export(scene.workflows[workflow]) for workflow in workflows])
