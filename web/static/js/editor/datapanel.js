// The data that a field can use: earlier steps with their values. Typing searches, arrows move, Enter inserts.
import { appIcon, h, icon, newId, reconcile } from "./dom.js";
import { lookOf } from "./cards.js";
import { expressionFor, numbers, pathLabel, typeOf, values, visibleTo } from "./scope.js";
import { DRAG_TYPE } from "./pills.js";
import { titleIn } from "./pillview.js";
import { float } from "./menu.js";
import { braced } from "./expressions.js";

const SHOWN = 80;
const GLYPHS = { text: "type", number: "hash", "yes/no": "toggle-left", list: "list", group: "braces", empty: "circle-dashed" };

export class DataPanel {
  #open = null;
  #unfolded = new Set();
  #active = -1;
  #options = [];

  /** `host`: store, api, samples, key() of the edited step. */
  constructor(host) {
    this.host = host;
    this.search = h("input", {
      class: "input small",
      type: "search",
      "aria-label": "Search the data",
      placeholder: "Search fields and values",
      autocomplete: "off",
      oninput: () => this.#list(),
      onkeydown: (event) => this.#searchKey(event),
    });
    this.tree = h("div", { class: "data-tree", role: "tree", id: newId("data"), "aria-label": "Data of earlier steps", tabindex: 0 });
    this.tree.addEventListener("keydown", (event) => this.#move(event));
    const head = h("div", { class: "data-head" }, h("div", { class: "search" }, icon("search"), this.search));
    this.element = h("div", { class: "data-float", role: "dialog", "aria-label": "Insert data" }, head, this.tree);
    this.element.addEventListener("mousedown", (event) => event.target !== this.search && !event.target.closest("[draggable]") && event.preventDefault());
    this.host.store.on("samples", () => this.#open && this.#list());
  }

  get isOpen() {
    return this.#open !== null;
  }

  /** Left of `edge`. `pick(expression, value)` puts it into the field; `choose`: arrows and Enter belong to the list
   *  at once. */
  async open(input, { edge, pick, choose = false }) {
    const already = this.#open?.input === input;
    if (already) {
      this.#open.choose ||= choose || input.query !== null;
      if (input.query === null && !choose) this.#open.choose = false;
      this.#list();
      return;
    }
    this.close();
    this.#open = { input, pick, choose };
    this.search.value = "";
    input.element?.setAttribute("aria-controls", this.tree.id);
    const close = float(this.element, input.element, { side: "left", edge, keep: input.element, onClose: (byEscape) => this.#closed(byEscape) });
    this.#open.close = close;
    this.#list();
    await this.host.samples.prepare(this.host.key()).catch(() => {});
    if (this.#open?.close === close) this.#list();
  }

  close() {
    this.#open?.close();
  }

  #closed(byEscape) {
    const { input } = this.#open;
    this.#open = null;
    this.#active = -1;
    input.endSlash?.();
    input.element?.removeAttribute("aria-controls");
    input.element?.removeAttribute("aria-activedescendant");
    if (byEscape) input.focus?.();
  }

  /** Keys of the field while the list is open. True when the key was used. */
  key(event) {
    const open = this.#open;
    if (!open) return false;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
      return true;
    }
    if (!open.choose) return false;
    return this.#move(event);
  }

  #searchKey(event) {
    if (this.#move(event)) return;
    if (event.key === "Tab") this.close();
  }

  #move(event) {
    const used = {
      ArrowDown: () => this.#activate(this.#active + 1),
      ArrowUp: () => this.#activate(this.#active - 1),
      Enter: () => this.#pick(this.#options[this.#active]),
      Tab: () => !event.shiftKey && this.#pick(this.#options[this.#active]),
      ArrowRight: () => this.#fold(this.#options[this.#active], true),
      ArrowLeft: () => this.#fold(this.#options[this.#active], false),
    }[event.key];
    if (!used) return false;
    if (event.key.startsWith("ArrowR") || event.key.startsWith("ArrowL")) {
      const option = this.#options[this.#active];
      if (!option?.toggle && !option?.row.inside) return false;
    } else if (event.key === "Tab" && (event.target === this.search || this.#active < 0)) return false;
    event.preventDefault();
    event.stopPropagation();
    used();
    return true;
  }

  #activate(index, { scroll = true } = {}) {
    if (!this.#options.length) return;
    this.#options[this.#active]?.element.classList.remove("active");
    this.#active = (index + this.#options.length) % this.#options.length;
    const { element } = this.#options[this.#active];
    element.classList.add("active");
    if (scroll) element.scrollIntoView({ block: "nearest" });
    const field = document.activeElement === this.search ? this.search : this.#open.input.element;
    field?.setAttribute("aria-activedescendant", element.id);
  }

  #fold(option, open) {
    if (option.toggle) return option.open === open ? undefined : option.toggle();
    const { row } = option;
    if (open) this.#unfolded.add(row.id);
    else this.#unfolded.delete(row.id);
    this.#list(this.#active);
  }

  #pick(option) {
    if (!option) return;
    if (option.toggle) return option.toggle();
    const { row } = option;
    if (row.type === "group" && !this.#open.input.acceptsGroups && row.inside) return this.#fold(option, !this.#unfolded.has(row.id));
    this.#open.pick(row.expression, row.value);
    this.close();
  }

  /** Groups of rows: the trigger, each earlier step, the settings. */
  sources() {
    const { store, samples, api } = this.host;
    const { definition } = store;
    const count = numbers(definition);
    const operationOf = (holder) => (holder.operation ? api.operation(holder.operation) : null);
    const found = [this.#source("trigger", "Trigger", definition.trigger, samples.trigger(), ["trigger"], operationOf(definition.trigger), null)];
    for (const { step, optional, inside } of visibleTo(definition, this.host.key())) {
      const look = lookOf(step, store);
      const output = samples.output(step, inside);
      found.push(this.#source(step.key, `${count.get(step.key)}. ${look.title}`, step, output, ["steps", step.key], operationOf(step), step.key, optional));
    }
    const settings = this.#settings();
    return [...found, settings].filter((source) => source.rows.length);
  }

  #source(id, title, holder, sample, root, operation, key, optional = false) {
    const rows = values(sample, root).map((row) => {
      const own = row.path.slice(root.length);
      const name = titleIn(operation?.output_schema, own) || pathLabel(own.slice(-1));
      return {
        ...row,
        id: JSON.stringify(row.path),
        name,
        long: pathLabel(own),
        inside: (row.type === "group" || row.type === "list") && hasInside(row.value),
        parent: JSON.stringify(row.path.slice(0, -1)),
        expression: expressionFor(row.path, optional),
      };
    });
    return { id, title, look: lookOf(holder, this.host.store), rows, real: this.host.samples.isReal(key), optional };
  }

  #settings() {
    const { definition } = this.host.store;
    const rows = Object.entries(this.host.samples.settings()).map(([name, value]) => {
      const path = ["workflow", "settings", name];
      const title = definition.settings[name].title;
      return { path, value, type: typeOf(value), depth: 0, id: JSON.stringify(path), name: title, long: name, inside: false, expression: expressionFor(path, false) };
    });
    return { id: "@settings", title: "Settings", look: { glyph: "settings", tone: "teal" }, rows, real: true };
  }

  #list(active = null) {
    const open = this.#open;
    if (!open) return;
    const typed = open.input.query;
    if (typed !== null && typed !== undefined) open.choose = true;
    const words = (typed ?? this.search.value).toLowerCase().split(/\s+/).filter(Boolean);
    this.#options = [];
    const sources = this.sources();
    const near = new Set([sources[0], ...sources.filter((source) => source.id !== "@settings").slice(-2)]);
    const groups = sources.map((source) => this.#group(source, words, near.has(source))).filter(Boolean);
    if (!groups.length) groups.push(h("p", { class: "data-empty muted small" }, words.length ? "Nothing found." : "No earlier step gives data."));
    reconcile(this.tree, groups);
    this.#active = -1;
    if (!this.#options.length || !(open.choose || words.length)) return;
    const first = this.#options.findIndex((option) => option.row);
    this.#activate(active === null ? Math.max(first, 0) : Math.min(active, this.#options.length - 1));
  }

  #group(source, words, isNear) {
    const open = words.length > 0 || this.#isOpen(source, isNear);
    const rows = source.rows.filter((row) => (words.length ? matches(row, source, words) : open && this.#isUnfolded(row, source)));
    if (words.length && !rows.length) return null;
    const head = this.#head(source, open, words.length > 0, isNear);
    const items = rows.slice(0, SHOWN).map((row) => this.#row(row, words.length > 0));
    const rest = rows.length - items.length;
    const more = rest > 0 ? h("p", { class: "data-empty muted small" }, `${rest} more. Type to search.`) : null;
    return h("div", { class: "data-source", role: "none" }, head, items, more);
  }

  /** The trigger and the nearest steps show their data at once; the others on request. */
  #isOpen(source, isNear) {
    return this.#unfolded.has(`open ${source.id}`) || (isNear && !this.#unfolded.has(`shut ${source.id}`));
  }

  #head(source, open, flat, isNear) {
    const toggle = () => {
      const [on, off] = [`open ${source.id}`, `shut ${source.id}`];
      this.#unfolded.delete(open ? on : off);
      if (open ? isNear : !isNear) this.#unfolded.add(open ? off : on);
      this.#list(this.#options.findIndex((option) => option.source?.id === source.id));
    };
    const element = h(
      "div",
      { class: "data-source-head", role: "treeitem", id: newId("source"), "aria-level": 1, "aria-expanded": String(open), "aria-selected": "false" },
      icon("chevron-right", open ? "turned" : ""),
      appIcon(source.look, "small"),
      h("span", { class: "grow truncate" }, source.title),
      source.optional ? h("span", { class: "data-hint", title: "A run may not have taken this path." }, "maybe") : null,
      source.real ? null : h("span", { class: "data-hint", title: "Example data of the app. Test the step to see real data." }, "example"),
    );
    if (!flat) {
      element.addEventListener("click", toggle);
      this.#options.push({ source, element, toggle, open });
    }
    return element;
  }

  #isUnfolded(row, source) {
    if (row.depth === 0) return true;
    const parent = source.rows.find((one) => one.id === row.parent || one.id === listEntryOf(row.path));
    return parent ? this.#unfolded.has(parent.id) && this.#isUnfolded(parent, source) : true;
  }

  #row(row, flat) {
    const index = this.#options.length;
    const unfolded = this.#unfolded.has(row.id);
    const element = h(
      "div",
      {
        class: "data-row",
        role: "treeitem",
        id: newId("row"),
        "aria-level": flat ? 2 : row.depth + 2,
        "aria-expanded": row.inside && !flat ? String(unfolded) : null,
        "aria-selected": "false",
        draggable: "true",
        title: `{{ ${row.expression} }}`,
        style: { "--depth": flat ? 0 : row.depth },
        ondragstart: (event) => this.#drag(event, row),
        onclick: () => this.#pick(this.#options[index]),
        onpointermove: () => this.#active !== index && this.#activate(index, { scroll: false }),
      },
      row.inside && !flat ? icon("chevron-right", unfolded ? "turned" : "") : icon(GLYPHS[row.type]),
      h("span", { class: "data-name truncate" }, flat && row.depth > 0 ? row.long : row.name),
      h("span", { class: "data-value truncate" }, shown(row)),
    );
    this.#options.push({ row, element });
    return element;
  }

  #drag(event, row) {
    event.dataTransfer.setData("text/plain", braced(row.expression));
    event.dataTransfer.setData(DRAG_TYPE, row.expression);
    event.dataTransfer.effectAllowed = "copyMove";
  }
}

const hasInside = (value) => (Array.isArray(value) ? typeof value[0] === "object" && value[0] !== null : Object.keys(value).length > 0);

/** Fields of a list's first entry hang below the list itself. */
const listEntryOf = (path) => JSON.stringify(typeof path.at(-2) === "number" ? path.slice(0, -2) : path.slice(0, -1));

function matches(row, source, words) {
  const text = `${row.name} ${row.long} ${source.title} ${row.type === "group" ? "" : String(row.value)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function shown({ value, type }) {
  if (type === "empty") return "empty";
  if (type === "list") return value.length === 1 ? "1 entry" : `${value.length} entries`;
  if (type === "group") return "";
  if (type === "yes/no") return value ? "yes" : "no";
  const text = String(value).replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
