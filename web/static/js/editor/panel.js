// The panel beside the canvas: the selected step in three tabs.
import { lookOf } from "./cards.js";
import { configure } from "./configure.js";
import { DataPanel } from "./datapanel.js";
import { pointerOf, update, updateTrigger } from "./document.js";
import { appIcon, button, h, icon } from "./dom.js";
import { openPillMenu } from "./pillmenu.js";
import { PillView } from "./pillview.js";
import { Previews } from "./previews.js";
import { numbers } from "./scope.js";
import { settingsForm } from "./settings.js";
import { setUp } from "./setup.js";
import { SETTINGS, TRIGGER } from "./store.js";
import { testTab } from "./testing.js";

const TABS = [
  ["setup", "Set up"],
  ["configure", "Configure"],
  ["test", "Test"],
];
const MAKERS = { setup: setUp, configure, test: testTab };

export class Panel {
  #tab = "configure";
  #shown = null;

  /** `parts`: store, api, samples, and later commands, picker, autosave, toast. */
  constructor(element, parts) {
    this.element = element;
    Object.assign(this, parts);
    this.view = new PillView(this.store, this.api);
    this.previews = new Previews(this.api, this.samples, () => this.subject?.() ?? null);
    this.data = new DataPanel({ store: this.store, api: this.api, samples: this.samples, key: () => this.key });
    this.pillHost = this.#pillHost();
    this.store.on("selection", (detail) => this.#selected(detail));
    this.store.on("definition", ({ origin }) => origin !== "panel" && this.redraw());
    this.store.on("standing", () => this.showProblems());
    this.store.on("connections", () => this.redraw());
    this.store.on("samples", () => this.previews.refresh());
  }

  /** Key of the shown step, null for the trigger. */
  get key() {
    return this.store.selected()?.key ?? null;
  }

  get holder() {
    return this.store.selected()?.holder ?? null;
  }

  get isTrigger() {
    return this.store.selection === TRIGGER;
  }

  #selected({ tab = null, field = null }) {
    const { selection } = this.store;
    if (selection !== this.#shown) this.#tab = this.#firstTab();
    if (field) this.#tab = tabOf(field, this.holder);
    if (tab) this.#tab = tab;
    this.#shown = selection;
    this.redraw({ keep: false });
    if (field) this.goToField(field);
  }

  /** What is still to do comes first. */
  #firstTab() {
    const { holder } = this;
    if (!holder?.operation) return "configure";
    const app = this.store.connectors[holder.operation.split(".")[0]];
    return app?.needs_connection && !app.works_without && !holder.connection ? "setup" : "configure";
  }

  redraw({ keep = true } = {}) {
    const focus = keep ? this.#focusPlace() : null;
    const scroll = keep ? (this.body?.scrollTop ?? 0) : 0;
    this.data.close();
    this.previews.clear();
    this.subject = null;
    this.folds = [];
    const open = this.store.selection !== null;
    this.element.hidden = !open;
    document.documentElement.classList.toggle("panel-open", open);
    if (!open) return this.element.replaceChildren();
    if (this.store.selection === SETTINGS) this.#drawSettings();
    else this.#drawStep();
    this.body.scrollTop = scroll;
    if (focus) this.#refocus(focus);
  }

  #drawSettings() {
    const head = this.#head({ glyph: "settings", tone: "teal" }, "Workflow", "Settings");
    this.body = h("div", { class: "panel-body" }, settingsForm(this));
    this.element.replaceChildren(head, this.body);
  }

  #drawStep() {
    const { holder, key, store } = this;
    const look = lookOf(holder, store);
    const kicker = this.isTrigger ? "Trigger" : `${numbers(store.definition).get(key)} · ${look.kindLabel}`;
    const tabs = h("div", { class: "panel-tabs", role: "tablist", "aria-label": "Parts of the step" }, TABS.map((tab) => this.#tabButton(tab)));
    this.body = h("div", { class: "panel-body", role: "tabpanel", id: "panel-body", "aria-labelledby": `tab-${this.#tab}`, tabindex: -1 });
    this.element.replaceChildren(this.#head(look, kicker, look.title), tabs, this.body);
    this.body.append(...[MAKERS[this.#tab](this)].flat().filter(Boolean));
    this.previews.refresh();
    this.showProblems();
    this.#nameFields();
  }

  /** Pills show the titles of fields once the operations they come from are known. */
  async #nameFields() {
    const { key, body } = this;
    await this.samples.prepare(key).catch(() => {});
    if (this.body !== body) return;
    for (const element of body.querySelectorAll(".pills:not(:focus)")) element.pillInput.refresh();
  }

  #head(look, kicker, title) {
    const more = button({ glyph: "ellipsis", label: "More for this step", kind: "quiet small square", "aria-haspopup": "menu", onclick: () => this.commands.menuFor(this.store.selection, more) });
    const close = button({ glyph: "x", label: "Close the panel", kind: "quiet small square", onclick: () => this.close() });
    return h(
      "header",
      { class: "panel-head" },
      appIcon(look),
      h("div", { class: "grow" }, h("p", { class: "kicker truncate" }, kicker), h("h2", { class: "truncate", id: "panel-title", title }, title)),
      this.store.selection === SETTINGS || this.isTrigger ? null : more,
      close,
    );
  }

  #tabButton([id, title]) {
    const selected = id === this.#tab;
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${id}`,
        "aria-selected": String(selected),
        "aria-controls": "panel-body",
        tabindex: selected ? 0 : -1,
        onclick: () => this.openTab(id),
        onkeydown: (event) => this.#tabKey(event),
      },
      title,
      h("span", { class: "tab-dot", dataset: { tab: id }, hidden: true }),
    );
  }

  #tabKey(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const ids = TABS.map(([id]) => id);
    this.openTab(ids.at((ids.indexOf(this.#tab) + by) % ids.length));
    this.element.querySelector("[role=tab][aria-selected=true]").focus();
  }

  openTab(tab) {
    this.#tab = tab;
    this.redraw({ keep: false });
    this.element.querySelector(`#tab-${tab}`)?.focus();
  }

  close() {
    const key = this.store.selection;
    this.store.select(null);
    this.commands.focusCard(key);
  }

  /** One step out: from a field to the step's card, from there out of the panel. */
  leave() {
    if (this.element.hidden) return;
    if (this.element.contains(document.activeElement)) this.commands.focusCard(this.store.selection);
    else this.close();
  }

  /** Puts the cursor where work goes on: the first field, else the first button of the tab. */
  focus() {
    this.focusWhenReady = Boolean(this.body?.querySelector("[aria-busy]"));
    const first = this.body?.querySelector(".input") ?? this.body?.querySelector("button");
    (first ?? this.element.querySelector("[role=tab][aria-selected=true]"))?.focus();
  }

  /** Draws again when what was asked for has come, and puts the cursor in if somebody waits for that. */
  ready() {
    const wanted = this.focusWhenReady;
    this.redraw();
    if (wanted) this.focus();
    if (this.wantedField) this.goToField(this.wantedField);
  }

  // Changing the step

  /** `change` gets the holder and returns the new one. Part of the panel itself, so nothing is drawn again unless
   *  `redraw` says so. */
  edit(label, change, { merge = null, redraw = false } = {}) {
    const { key, store, isTrigger } = this;
    const changed = isTrigger ? updateTrigger(store.definition, change) : update(store.definition, key, change);
    const options = { origin: redraw ? null : "panel", merge: merge && `${store.selection}:${merge}` };
    store.change(label, changed, options);
    if (!redraw) this.#showTitle();
  }

  #showTitle() {
    const title = this.element.querySelector("#panel-title");
    const look = lookOf(this.holder, this.store);
    if (title && title.textContent !== look.title) title.textContent = look.title;
  }

  // Problems

  /** The checker's message for a place in this step (`/input/email`), else "". The fields of a wait also show what is
   *  wrong with the wait as a whole. */
  problemAt(pointer) {
    const problems = this.problems();
    const own = problems.find((problem) => problem.place === pointer);
    const whole = pointer === "/for/amount" ? problems.find((problem) => problem.place === "/for") : null;
    return (own ?? whole)?.message ?? "";
  }

  /** Problems of the shown step, `place` being their pointer inside it. */
  problems() {
    const { store, key, isTrigger } = this;
    const start = pointerOf(store.savedDefinition, isTrigger ? null : key);
    return store.standing.problems
      .filter((problem) => (isTrigger ? problem.pointer.startsWith("/trigger") : problem.step === key))
      .map((problem) => ({ ...problem, place: start && problem.pointer.startsWith(start) ? problem.pointer.slice(start.length) : "" }));
  }

  showProblems() {
    for (const one of this.fields ?? []) one.showProblem();
    if (!this.holder) return;
    this.#showHomeless();
    const tabs = new Set(this.problems().map((problem) => tabOf(problem.place, this.holder)));
    for (const dot of this.element.querySelectorAll(".tab-dot")) {
      dot.hidden = !tabs.has(dot.dataset.tab);
      dot.title = "Something to mend here";
    }
  }

  /** Problems that no field of the form shows stand on top of it. */
  #showHomeless() {
    if (this.body.querySelector("[aria-busy]")) return;
    const isShown = (place) => this.#placeOf(place) || this.folds.some((fold) => fold.holds(place));
    const homeless = this.problems().filter(({ place }) => tabOf(place, this.holder) === this.#tab && !isShown(place));
    this.body.querySelector(".panel-problems")?.remove();
    if (!homeless.length || this.#tab === "test") return;
    const list = homeless.map(({ message }) => h("p", {}, message));
    this.body.prepend(h("div", { class: "callout tone-warn panel-problems" }, icon("triangle-alert"), h("div", {}, list)));
  }

  // Focus

  /** `asked`: somebody wants to know what is wrong there. */
  goToField(pointer, { asked = true } = {}) {
    this.wantedField = this.body.querySelector("[aria-busy]") ? pointer : null;
    for (const fold of this.folds ?? []) if (fold.holds(pointer)) fold.open(); // grows while deeper folds are made
    let at = pointer;
    while (at) {
      const found = this.#placeOf(at);
      if (found) {
        for (let fold = found.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
        if (asked) found.dispatchEvent(new Event("asked"));
        found.scrollIntoView({ block: "center" });
        const target = found.matches(".input, input, select, textarea") ? found : found.querySelector(".input, input, select, textarea, button:not(.ways button)");
        target?.focus({ preventScroll: true });
        return;
      }
      at = at.slice(0, at.lastIndexOf("/"));
    }
  }

  /** The part of the form for a place of the step, else the first for something inside it. */
  #placeOf(pointer) {
    const place = CSS.escape(pointer);
    return this.body.querySelector(`[data-pointer="${place}"]`) ?? this.body.querySelector(`[data-pointer^="${place}/"]`);
  }

  #focusPlace() {
    const active = document.activeElement;
    if (!this.element.contains(active)) return null;
    const pointer = active.closest("[data-pointer]")?.dataset.pointer;
    return { pointer, id: active.id, caret: active.pillInput?.caret() ?? null };
  }

  #refocus({ pointer, id, caret }) {
    if (pointer) this.goToField(pointer, { asked: false });
    else if (id) document.getElementById(id)?.focus({ preventScroll: true });
    const input = document.activeElement?.pillInput;
    if (input && caret !== null) input.setCaret(caret);
  }

  // Pills

  #pillHost() {
    const { data } = this;
    return {
      drawPill: (expression) => this.view.draw(expression, this.key),
      onKey: (input, event) => data.key(event),
      onData: (input, { choose = false } = {}) => this.#openData(input, choose),
      onTyped: (input) => (input.query !== null || data.isOpen) && this.#openData(input, false),
      onLeave: () => setTimeout(() => this.#left(), 0),
      pillMenu: (input, pill) => {
        data.close();
        openPillMenu({ store: this.store, api: this.api, samples: this.samples, view: this.view, key: () => this.key, goTo: (key) => this.commands.goTo(key ?? TRIGGER) }, input, pill);
      },
    };
  }

  #openData(input, choose) {
    if (this.isTrigger || this.store.selection === SETTINGS) return;
    const small = matchMedia("(max-width: 47.99rem)").matches;
    this.data.open(input, { edge: small ? input.element : this.element, choose, pick: (expression) => input.insert(expression) });
  }

  #left() {
    const active = document.activeElement;
    if (this.data.isOpen && !active?.pillInput && !this.data.element.contains(active)) this.data.close();
  }

  hint(text) {
    return h("p", { class: "help-box small" }, icon("info"), h("span", {}, text));
  }
}

/** The tab that shows a place of a step. */
function tabOf(place, holder) {
  if (/^\/(operation|connection|title|note|key|retry|on_uncertain|if_none)/.test(place)) return "setup";
  return holder ? "configure" : "setup";
}
