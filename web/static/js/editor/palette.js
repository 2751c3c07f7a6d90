// The command palette: commands, steps of this workflow, and everything that can be added.
import { walk } from "./document.js";
import { appIcon, debounce, h, icon } from "./dom.js";
import { lookOf } from "./cards.js";
import { hint } from "./keys.js";
import { openDialog } from "./menu.js";
import { numbers } from "./scope.js";
import { TRIGGER } from "./store.js";

const OFFERED = 8;

export class Palette {
  #rows = [];
  #active = 0;
  #later = debounce(() => this.#addOperations(), 160);

  /** `parts`: store, commands, picker. `entries(key)` gives {title, glyph, keys, run} of all commands, for a step. */
  constructor(parts, entries) {
    Object.assign(this, parts);
    this.entries = entries;
  }

  /** `what`: "all", or "steps" to look for a step only. */
  open(what = "all") {
    this.what = what;
    this.about = this.commands.currentKey();
    this.place = this.commands.placeAfter();
    const steps = what === "steps";
    this.input = h("input", {
      class: "palette-input",
      type: "text",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "palette-list",
      "aria-label": steps ? "Find a step" : "Find a command, a step or something to add",
      placeholder: steps ? "Find a step…" : "What would you like to do?",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.#draw(),
      onkeydown: (event) => this.#key(event),
    });
    this.list = h("div", { class: "palette-list", role: "listbox", id: "palette-list", "aria-label": "Results" });
    const { body, close } = openDialog(steps ? "Find a step" : "Find anything", { kind: "palette" });
    this.close = close;
    body.append(h("div", { class: "palette-field" }, icon("search"), this.input), this.list);
    this.#draw();
    this.input.focus();
  }

  #draw() {
    const words = this.input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
    this.#rows = [];
    const parts = [];
    const section = (title, rows) => rows.length && parts.push(h("p", { class: "picker-heading", role: "presentation" }, title), ...rows);
    if (this.what === "all") section("Commands", this.entries(this.about).filter((entry) => fits(entry.title)).slice(0, words.length ? 12 : 6).map((entry) => this.#command(entry)));
    section("Steps", this.#steps(fits).slice(0, this.what === "steps" ? 200 : OFFERED));
    this.added = h("div", { role: "presentation" });
    this.list.replaceChildren(...parts, this.added);
    this.#activate(0);
    if (this.what === "all" && words.length) this.#later();
    else if (!this.#rows.length) this.list.append(h("p", { class: "picker-empty muted" }, "Nothing found."));
  }

  #command({ title, glyph, keys, run }) {
    return this.#row(h("span", { class: "app-icon glyph small tone-neutral" }, icon(glyph)), title, "", run, keys);
  }

  #steps(fits) {
    const { store, commands } = this;
    const count = numbers(store.definition);
    const found = [];
    const add = (holder, key, number) => {
      const look = lookOf(holder, store);
      if (!fits(`${number} ${look.title} ${look.kicker} ${look.kindLabel} ${key} ${holder.note ?? ""}`)) return;
      found.push(() => this.#row(appIcon(look, "small"), `${number ? `${number}. ` : ""}${look.title}`, look.kicker, () => {
        commands.goTo(key);
        commands.focusCard(key);
      }));
    };
    add(store.definition.trigger, TRIGGER, "");
    for (const { step } of walk(store.definition)) add(step, step.key, count.get(step.key));
    return found.slice(0, this.what === "steps" ? 200 : OFFERED).map((make) => make());
  }

  /** What the server finds to add. */
  async #addOperations() {
    const text = this.input.value.trim();
    const found = await this.picker.find("step", text, "").catch(() => []);
    if (text !== this.input.value.trim() || !this.added.isConnected || !found.length) return;
    const rows = found.slice(0, OFFERED).map((operation) => {
      const app = this.store.connectors[operation.connector]?.name ?? "";
      return this.#row(appIcon(operation, "small"), `Add: ${operation.title}`, app, () => {
        this.store.learn({ [operation.id]: operation });
        this.picker.remember(operation.id, "step");
        this.commands.insertChosen({ operation }, this.place);
      });
    });
    this.added.replaceChildren(h("p", { class: "picker-heading", role: "presentation" }, "Add a step"), ...rows);
    if (this.#rows.length === rows.length) this.#activate(0);
  }

  #row(look, title, note, run, keys = "") {
    const index = this.#rows.length;
    const act = () => {
      this.close();
      run();
    };
    const element = h(
      "div",
      { class: "palette-row", role: "option", id: `palette-${index}`, "aria-selected": "false", onclick: act, onpointermove: () => this.#active !== index && this.#activate(index, false) },
      look,
      h("span", { class: "grow truncate" }, title),
      note ? h("span", { class: "muted small truncate" }, note) : null,
      keys ? h("kbd", { "aria-hidden": "true" }, hint(keys)) : null,
    );
    this.#rows.push({ element, act });
    return element;
  }

  #activate(index, scroll = true) {
    for (const { element } of this.#rows) {
      element.classList.remove("active");
      element.setAttribute("aria-selected", "false");
    }
    this.#active = index;
    const element = this.#rows[index]?.element;
    if (!element) return this.input.removeAttribute("aria-activedescendant");
    element.classList.add("active");
    element.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", element.id);
    if (scroll) element.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && this.#rows.length) {
      event.preventDefault();
      this.#activate((this.#active + by + this.#rows.length) % this.#rows.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#rows[this.#active]?.act();
    }
  }
}
