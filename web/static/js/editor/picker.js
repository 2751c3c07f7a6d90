// Chooses an operation (or a step of the engine's own): apps on one side, what they can do on the other.
import { walk } from "./document.js";
import { appIcon, debounce, h, icon } from "./dom.js";
import { openDialog } from "./menu.js";

/** The engine's own kinds of step, with words by which people look for them. */
const OWN = [
  ["filter", "Filter", "Go on only if rules are met.", "stop end halt unless check"],
  ["paths", "Paths", "Split into paths, each with rules of its own.", "branch branches condition conditional if else then router route switch case"],
  ["delay", "Delay", "Wait for a while, or until a date.", "sleep pause timer hold"],
  ["loop", "Loop", "Do the same for each entry of a list.", "repeat iterate foreach every iterator"],
];
const RECENT = "stepline.recent";
const KEPT = 8;
const OFFERED = 6;
const OFFERED_OF_ONE_APP = 10;

export class Picker {
  constructor(store, api) {
    this.store = store;
    this.api = api;
    this.cache = new Map();
  }

  /** {operation} or {kind}; null when nothing was chosen. With `replace` only operations are offered. */
  chooseStep({ replace = false } = {}) {
    return this.#choose({ title: replace ? "Choose another operation" : "Add a step", kind: "step", own: !replace });
  }

  chooseTrigger() {
    return this.#choose({ title: "What starts this workflow?", kind: "trigger", own: false });
  }

  #choose(what) {
    return new Promise((resolve) => {
      let chosen = null;
      const { body, close } = openDialog(what.title, { wide: true, kind: "picker", onClose: () => resolve(chosen) });
      const view = new PickerView(this, what, (choice) => {
        chosen = choice;
        if (choice.operation) {
          this.store.learn({ [choice.operation.id]: choice.operation });
          this.remember(choice.operation.id, what.kind);
        }
        close();
      });
      body.append(view.element);
      view.start();
    });
  }

  async find(kind, text, connector) {
    const query = new URLSearchParams({ kind, q: text, ...(connector ? { connector } : {}) });
    const id = query.toString();
    if (!this.cache.has(id)) this.cache.set(id, (await this.api.get(`/search?${query}`)).operations);
    return this.cache.get(id);
  }

  recent(kind) {
    try {
      return JSON.parse(localStorage.getItem(`${RECENT}.${kind}`)) ?? [];
    } catch {
      return [];
    }
  }

  remember(id, kind) {
    const known = [id, ...this.recent(kind).filter((one) => one !== id)].slice(0, KEPT);
    localStorage.setItem(`${RECENT}.${kind}`, JSON.stringify(known));
  }
}

class PickerView {
  #active = -1;
  #rows = [];
  #connector = "";
  #shown = null;
  #later = debounce(() => this.#draw(), 120);

  constructor(picker, what, choose) {
    Object.assign(this, { picker, what, choose });
    this.search = h("input", {
      class: "input",
      type: "search",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "picker-list",
      "aria-label": what.kind === "trigger" ? "Search triggers" : "Search everything a step can do",
      placeholder: what.kind === "trigger" ? "New contact, schedule, webhook…" : "Add a tag, send an e-mail, wait…",
      autocomplete: "off",
      oninput: () => this.#later(),
      onkeydown: (event) => this.#key(event),
    });
    this.apps = h("div", { class: "picker-apps", role: "group", "aria-label": "Apps" });
    this.list = h("div", { class: "picker-list", role: "listbox", id: "picker-list", "aria-label": "Operations", tabindex: -1 });
    this.element = h("div", { class: "picker-view" }, h("div", { class: "search" }, icon("search"), this.search), h("div", { class: "picker-columns" }, this.apps, this.list));
  }

  start() {
    this.#drawApps();
    this.#draw();
    this.search.focus();
  }

  #drawApps() {
    const fitting = Object.values(this.picker.store.connectors).filter(({ offers }) => offers.includes(this.what.kind));
    const connectors = fitting.sort((a, b) => a.name.localeCompare(b.name));
    const one = (key, name, look) =>
      h(
        "button",
        { type: "button", class: "picker-app", "aria-pressed": String(key === this.#connector), onclick: () => this.#setApp(key) },
        look,
        h("span", { class: "truncate" }, name),
      );
    this.apps.replaceChildren(
      one("", "All apps", h("span", { class: "app-icon glyph small tone-accent" }, icon("blocks"))),
      ...connectors.map((connector) => one(connector.key, connector.name, appIcon({ connector: connector.key }, "small"))),
    );
  }

  #setApp(key) {
    this.#connector = key;
    this.#drawApps();
    this.#draw();
    this.search.focus();
  }

  async #draw() {
    const text = this.search.value.trim();
    const connector = this.#connector;
    const found = await this.picker.find(this.what.kind, text, connector).catch((error) => error);
    if (text !== this.search.value.trim() || connector !== this.#connector) return;
    if (found instanceof Error) {
      this.list.replaceChildren(h("p", { class: "field-error" }, found.message));
      return;
    }
    this.#shown = text;
    this.#rows = [];
    const parts = text ? this.#hits(found, text) : await this.#overview(found);
    this.list.replaceChildren(...parts);
    this.list.scrollTop = 0;
    if (!this.#rows.length) this.list.append(...this.#nothing(text));
    this.#activate(this.#rows.length ? 0 : -1);
  }

  #hits(operations, text) {
    const words = text.toLowerCase().split(/\s+/);
    const own = this.#connector ? [] : this.#ownRows((said) => words.every((word) => said.includes(word)));
    return [...own, ...operations.map((operation) => this.#operation(operation))];
  }

  /** Without a search: what was used lately, the engine's own steps, then each app with what people use most. */
  async #overview(operations) {
    const { picker, what } = this;
    const parts = [];
    if (!this.#connector) {
      const ids = picker.recent(what.kind);
      const byId = new Map(operations.map((operation) => [operation.id, operation]));
      const recent = ids.map((id) => byId.get(id)).filter(Boolean);
      if (recent.length) parts.push(this.#heading("Recently used"), ...recent.map((operation) => this.#operation(operation)));
      if (what.own) parts.push(this.#heading("Flow"), ...this.#ownRows(() => true));
      for (const [connector, list] of this.#byApp(operations)) {
        const name = picker.store.connectors[connector]?.name ?? connector;
        const shown = usedMost(list, OFFERED);
        parts.push(this.#heading(name), ...shown.map((operation) => this.#operation(operation)));
        if (list.length > shown.length) parts.push(this.#leadTo(connector, "arrow-right", `All of ${name}`, `${list.length} operations`));
      }
      return parts;
    }
    if (operations.length > 2 * OFFERED_OF_ONE_APP) {
      parts.push(this.#heading("Used most"), ...usedMost(operations, OFFERED_OF_ONE_APP).map((operation) => this.#operation(operation)));
    }
    const titles = picker.store.connectors[this.#connector]?.resources ?? {};
    const order = Object.keys(titles);
    const byResource = [...Map.groupBy(operations, (operation) => operation.resource)].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
    for (const [resource, list] of byResource) parts.push(this.#heading(titles[resource] ?? resource), ...list.map((operation) => this.#operation(operation)));
    return parts;
  }

  #nothing(text) {
    const app = this.picker.store.connectors[this.#connector]?.name;
    const message = app ? `Nothing in ${app} fits “${text}”.` : "Nothing found. Try another word, such as the name of the app.";
    const said = h("p", { class: "picker-empty muted", role: "presentation" }, message);
    return app ? [said, this.#leadTo("", "search", "Search all apps", `Everything that fits “${text}”`)] : [said];
  }

  /** Operations by app; apps that the workflow uses already come first. */
  #byApp(operations) {
    const { definition } = this.picker.store;
    const used = new Set([definition.trigger, ...[...walk(definition)].map(({ step }) => step)].map((holder) => holder.operation?.split(".")[0]));
    const groups = [...Map.groupBy(operations, (operation) => operation.connector)];
    return groups.sort(([a], [b]) => used.has(b) - used.has(a));
  }

  /** A row that leads to one app, or to all of them. */
  #leadTo(connector, glyph, title, hint) {
    const element = this.#row({ connector }, h("span", { class: "app-icon glyph tone-neutral" }, icon(glyph)), title, hint, null);
    element.classList.add("picker-more");
    return element;
  }

  #heading(text) {
    return h("p", { class: "picker-heading", role: "presentation" }, text);
  }

  #ownRows(fits) {
    if (!this.what.own) return [];
    return OWN.filter(([, ...said]) => fits(said.join(" ").toLowerCase())).map(([kind, name, hint]) => {
      const look = this.picker.store.kinds[kind];
      return this.#row({ kind }, appIcon({ glyph: look.icon, tone: look.tone }), name, hint, null);
    });
  }

  #operation(operation) {
    const look = this.picker.store.kinds[operation.kind];
    const mode = { webhook: "At once", catch: "At once", poll: "Looks regularly", schedule: "By the clock" }[operation.mode];
    const badge = h("span", { class: `badge plain tone-${mode ? (mode === "At once" ? "good" : "neutral") : look.tone}` }, mode ?? look.label);
    const app = this.picker.store.connectors[operation.connector]?.name ?? operation.connector;
    return this.#row({ operation }, appIcon({ connector: operation.connector }), operation.title, `${app} · ${operation.description}`, badge);
  }

  #row(choice, look, title, hint, badge) {
    const index = this.#rows.length;
    const element = h(
      "div",
      { class: "picker-row", role: "option", id: `picker-${index}`, "aria-selected": "false", onclick: () => this.#take(choice), onpointermove: () => this.#active !== index && this.#activate(index, false) },
      look,
      h("span", { class: "grow" }, h("span", { class: "picker-title" }, title), h("span", { class: "picker-hint truncate" }, hint)),
      badge,
    );
    this.#rows.push({ element, choice });
    return element;
  }

  #take(choice) {
    if ("connector" in choice) this.#setApp(choice.connector);
    else this.choose(choice);
  }

  #activate(index, scroll = true) {
    const before = this.#rows[this.#active]?.element;
    before?.classList.remove("active");
    before?.setAttribute("aria-selected", "false");
    this.#active = index;
    const element = this.#rows[index]?.element;
    element?.classList.add("active");
    element?.setAttribute("aria-selected", "true");
    if (scroll && index > 0) element?.scrollIntoView({ block: "nearest" });
    if (element) this.search.setAttribute("aria-activedescendant", element.id);
  }

  #key(event) {
    const count = this.#rows.length;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (by && count) {
      event.preventDefault();
      const next = this.#active + by;
      this.#activate(Math.abs(by) === 1 ? (next + count) % count : Math.max(0, Math.min(count - 1, next)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#takeFirst();
    }
  }

  /** Enter means what was typed last, even if its hits are not there yet. */
  async #takeFirst() {
    this.#later.cancel();
    if (this.#shown !== this.search.value.trim()) await this.#draw();
    const row = this.#rows[this.#active];
    if (row) this.#take(row.choice);
  }
}

/** The first `count` operations that are featured, at most two of each kind of thing, so that every kind shows. */
function usedMost(operations, count) {
  const featured = operations.filter((operation) => operation.featured);
  const seen = new Map();
  const spread = featured.filter(({ resource }) => {
    seen.set(resource, (seen.get(resource) ?? 0) + 1);
    return seen.get(resource) <= 2;
  });
  return [...new Set([...spread, ...featured, ...operations])].slice(0, count);
}
