// The bar on top and the tools of the canvas: what they show, and what their buttons do.
import { h, icon } from "./dom.js";
import { hint } from "./keys.js";
import { openMenu } from "./menu.js";
import { SETTINGS } from "./store.js";

const SAVED = {
  saved: ["check", "Saved"],
  dirty: ["circle-dashed", "Saving…"],
  saving: ["loader-circle", "Saving…"],
  offline: ["triangle-alert", "Not saved, trying again"],
  "signed-out": ["circle-alert", "Not saved"],
  refused: ["circle-alert", "Not saved"],
  conflict: ["circle-alert", "Not saved"],
};

export class Bar {
  /** `parts`: root, store, commands, dialogs, autosave, viewport, palette, api, toast. */
  constructor(parts) {
    Object.assign(this, parts);
    this.parts = Object.fromEntries([...this.root.querySelectorAll("[data-bar]")].map((element) => [element.dataset.bar, element]));
    const { store, commands, dialogs, viewport, palette } = this;
    const actions = {
      undo: () => commands.undo(),
      redo: () => commands.redo(),
      smaller: () => viewport.zoomBy(1 / 1.2),
      larger: () => viewport.zoomBy(1.2),
      zoom: () => viewport.setZoom(1),
      fit: () => viewport.fit(),
      find: () => palette.open("steps"),
      palette: () => palette.open(),
      help: () => dialogs.help(),
      problems: () => dialogs.problems(this.parts.problems),
      publish: () => dialogs.publish(),
      history: () => dialogs.versions(),
      switch: () => dialogs.switchOn(!store.standing.enabled),
      more: () => this.#more(),
      name: () => this.#rename(),
    };
    for (const [name, run] of Object.entries(actions)) this.parts[name]?.addEventListener("click", run);
    for (const link of this.root.querySelectorAll("a[data-leave]")) link.addEventListener("click", (event) => this.#leave(event, link));
    store.on("definition", () => this.#edits());
    store.on("standing", () => this.#standing());
    viewport.onMove(() => this.#zoom());
    this.narrow = matchMedia("(max-width: 47.99rem)");
    this.narrow.addEventListener("change", () => this.#standing());
    this.#hints();
    this.#edits();
    this.#standing();
  }

  #hints() {
    const keys = { undo: "Mod+Z", redo: "Mod+Shift+Z", larger: "+", smaller: "-", zoom: "0", fit: "1", find: "Mod+F", palette: "Mod+K", help: "?" };
    for (const [name, combination] of Object.entries(keys)) {
      const element = this.parts[name];
      if (element) element.title = `${element.getAttribute("aria-label")} (${hint(combination)})`;
    }
  }

  #edits() {
    const { undoLabel, redoLabel } = this.store;
    for (const [name, label] of [["undo", undoLabel], ["redo", redoLabel]]) {
      const element = this.parts[name];
      element.disabled = label === null;
      const words = name === "undo" ? "Undo" : "Do again";
      element.setAttribute("aria-label", label ? `${words}: ${label}` : words);
    }
    this.#hints();
    this.#standing();
  }

  showSaved(state, message = "") {
    const [glyph, text] = SAVED[state];
    const { saved } = this.parts;
    saved.replaceChildren(icon(glyph, state === "saving" ? "spin" : ""), h("span", {}, text));
    saved.dataset.state = state;
    saved.title = message;
    if (state === "saved") this.told?.remove();
    else if (state === "signed-out" || state === "refused") this.#tell(state, message);
  }

  /** Why nothing is stored, until it is. */
  #tell(state, message) {
    if (this.told?.isConnected && this.told.dataset.about === state + message) return;
    this.told?.remove();
    const link = state === "signed-out" ? { text: "Sign in", href: "/signin" } : null;
    this.told = this.toast(`The draft is not saved. ${message}`, { tone: "bad", link, lasting: true });
    this.told.dataset.about = state + message;
  }

  #standing() {
    const { standing, savedDefinition, definition } = this.store;
    const { live_number: live, draft_is_live: same, problems, enabled, name } = standing;
    const unchanged = same && definition === savedDefinition;
    const said = !live ? ["Never published", "Not live"] : unchanged ? [`Version ${live} is live`, `v${live} live`] : [`Version ${live} is live, you edit a draft`, `v${live} live, draft`];
    this.parts.live.textContent = said[Number(this.narrow.matches)];
    this.parts.live.title = said[0];
    this.parts.publish.disabled = unchanged;
    const count = problems.length;
    this.parts.problems.hidden = count === 0;
    this.parts.problems.querySelector("[data-count]").textContent = `${count} to mend`;
    this.parts.switch.setAttribute("aria-checked", String(enabled));
    this.parts.switch.querySelector("[data-text]").textContent = enabled ? "On" : "Off";
    this.parts.name.querySelector("[data-text]").textContent = name;
    document.title = `${name} · Stepline`;
  }

  #zoom() {
    this.parts.zoom.textContent = `${Math.round(this.viewport.zoom * 100)}%`;
  }

  /** Links out of the editor wait until everything is stored. */
  #leave(event, link) {
    if (!this.autosave.isDirty || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#goTo(link.href);
  }

  async #goTo(href) {
    try {
      await this.autosave.flush();
      location.assign(href);
    } catch (error) {
      this.toast(error.message, { tone: "bad" });
    }
  }

  #rename() {
    const { name } = this.parts;
    const input = h("input", { class: "input bar-name-input", value: this.store.standing.name, maxlength: 200, "aria-label": "Name of the workflow" });
    let done = false;
    const end = async (keep) => {
      if (done) return;
      done = true;
      input.replaceWith(name);
      name.focus();
      const text = input.value.trim();
      if (!keep || !text || text === this.store.standing.name) return;
      try {
        this.store.setStanding({ name: (await this.api.put("/name", { name: text })).name });
      } catch (error) {
        this.toast(error.message, { tone: "bad" });
      }
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter");
    });
    input.addEventListener("blur", () => end(true));
    name.replaceWith(input);
    input.focus();
    input.select();
  }

  /** Pages about this workflow, for menus. */
  get places() {
    const { workflow: page } = this.root.dataset;
    const go = (href) => () => this.#goTo(href);
    return [
      { title: "Test the whole workflow", glyph: "flask-conical", run: go(`${page}/test`) },
      { title: "Runs of this workflow", glyph: "activity", run: go(`/runs?workflow=${page.split("/").pop()}`) },
      { title: "Export as a recipe", glyph: "download", run: go(`${page}/export`) },
      { title: "Edit with plain forms", glyph: "list", run: go(page) },
    ];
  }

  #more() {
    const { commands, store, dialogs, palette } = this;
    const [test, runs, ...others] = this.places;
    openMenu(this.parts.more, [
      { title: "Find anything", glyph: "search", keys: hint("Mod+K"), run: () => palette.open() },
      { title: "Settings of this workflow", glyph: "settings", run: () => store.select(SETTINGS) },
      { title: "History", glyph: "history", run: () => dialogs.versions() },
      test,
      runs,
      "-",
      { title: "Fold all paths and loops", glyph: "chevron-up", run: () => commands.foldAll(true) },
      { title: "Unfold all", glyph: "chevron-down", run: () => commands.foldAll(false) },
      "-",
      ...others,
      { title: "Keys", glyph: "circle-question-mark", keys: hint("?"), run: () => dialogs.help() },
    ]);
  }
}
