// A field whose choices come from the app: search, more on demand, and any value of one's own.
import { debounce, h, icon, newId } from "./dom.js";
import { float } from "./menu.js";

export class Combobox {
  #open = null;
  #options = [];
  /** What the list shows; null while that is not yet what the text asks for. */
  #choices = null;
  #known = new Map();
  #active = -1;
  /** Whether the app has anything to choose from; null until that is known. */
  #offers = null;
  #later = debounce(() => this.#load(), 180);

  /** `load(text, offset)` gives {options: [{value, label}], more}. `ready()` says why it cannot, or "". */
  constructor({ value, attributes, load, change, ready = () => "", placeholder = "Choose or type…" }) {
    Object.assign(this, { value: value ?? "", load, change, ready });
    this.list = h("div", { class: "combo-list", role: "listbox", id: newId("list"), "aria-label": "Choices" });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.input = h("input", {
      class: "input",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
      placeholder,
      ...attributes,
      value: String(this.value),
      onfocus: () => this.input.select(),
      onclick: () => this.#show(),
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onblur: () => this.#leave(),
    });
    const chevron = h("span", { class: "combo-mark", "aria-hidden": "true" }, icon("chevrons-up-down"));
    this.note = h("span", { class: "combo-note muted small truncate" });
    this.element = h("div", { class: "combo" }, this.input, chevron, this.note);
    if (this.value !== "" && !this.ready()) this.#name();
  }

  /** Shows the name of a stored value once the app has told it. */
  async #name() {
    try {
      await this.#ask("", 0);
      if (document.activeElement !== this.input) this.#restore();
    } catch {
      // the stored value itself is shown
    }
  }

  #display(label) {
    this.input.value = label;
    const hidden = label === String(this.value) || this.value === "";
    this.note.textContent = hidden ? "" : String(this.value);
  }

  #restore() {
    this.#display(this.#known.get(String(this.value)) ?? String(this.value));
  }

  async #ask(text, offset) {
    try {
      const found = await this.load(text, offset);
      for (const { value, label } of found.options) this.#known.set(String(value), label);
      if (!text || found.options.length) this.#offers = found.options.length > 0 || offset > 0;
      return found;
    } catch (error) {
      this.#offers = false;
      throw error;
    }
  }

  #show() {
    if (this.#open) return;
    this.#open = float(this.list, this.input, {
      side: "field",
      keep: this.element,
      onClose: () => {
        this.#open = null;
        this.input.setAttribute("aria-expanded", "false");
        this.input.removeAttribute("aria-activedescendant");
      },
    });
    this.list.style.setProperty("min-width", `${this.input.offsetWidth}px`);
    this.input.setAttribute("aria-expanded", "true");
    this.#typedText = "";
    this.#load();
  }

  #typedText = "";

  #typed() {
    this.#show();
    this.#typedText = this.input.value;
    this.#choices = null;
    this.#later();
  }

  async #load(offset = 0) {
    const blocked = this.ready();
    if (blocked) return this.#say(blocked);
    if (!offset) {
      this.#say("Loading…");
      this.#choices = null;
    }
    try {
      const text = this.#typedText;
      const found = await this.#ask(text, offset);
      if (!this.#open || text !== this.#typedText) return;
      this.#options = offset ? [...this.#options, ...found.options] : found.options;
      this.#draw(found.more);
    } catch (error) {
      this.#say(error.message, true);
    }
  }

  #say(text, bad = false) {
    this.#options = [];
    this.#choices = [];
    this.list.replaceChildren(h("p", { class: `combo-say small ${bad ? "bad" : "muted"}` }, text));
  }

  #draw(more) {
    const own = this.#typedText.trim();
    const exact = this.#options.some(({ value, label }) => String(value) === own || label.toLowerCase() === own.toLowerCase());
    this.#choices = [...this.#options];
    if (own && !exact) this.#choices.push({ value: own, label: `Use “${own}”`, own: true });
    const rows = this.#choices.map((choice, index) => this.#row(choice, index));
    if (!rows.length) rows.push(h("p", { class: "combo-say small muted" }, "The app has nothing to choose from. You can type a value."));
    if (more) rows.push(h("button", { type: "button", class: "button quiet small wide", tabindex: -1, onclick: () => this.#load(this.#options.length) }, "Show more"));
    this.list.replaceChildren(...rows);
    const chosen = this.#choices.findIndex(({ value }) => String(value) === String(this.value));
    this.#activate(own ? 0 : chosen);
  }

  #row(choice, index) {
    const chosen = !choice.own && String(choice.value) === String(this.value);
    return h(
      "div",
      { class: "combo-row", role: "option", id: `${this.list.id}-${index}`, "aria-selected": String(chosen), onclick: () => this.#pick(choice) },
      h("span", { class: "grow truncate" }, choice.label),
      choice.own || String(choice.label) === String(choice.value) ? null : h("span", { class: "muted small truncate" }, String(choice.value)),
      chosen ? icon("check") : null,
    );
  }

  #activate(index) {
    this.list.querySelector(".active")?.classList.remove("active");
    this.#active = index;
    const row = this.list.querySelector(`#${this.list.id}-${index}`);
    row?.classList.add("active");
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #pick({ value, label, own }) {
    this.#open?.();
    this.#take(value, own ? String(value) : label);
  }

  #take(value, label) {
    this.value = value;
    this.#display(label);
    this.change(value);
  }

  #key(event) {
    if (event.key === "Escape" && this.#open) {
      event.preventDefault();
      event.stopPropagation();
      this.#open();
      this.#restore();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.#open) return this.#show();
      const count = this.#choices?.length ?? 0;
      if (count) this.#activate((this.#active + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#enter();
    }
  }

  /** Enter means what was typed last, even if its hits are not there yet. */
  async #enter() {
    this.#later.cancel();
    if (this.#open && !this.#choices && !this.#named) {
      await this.#load();
      if (!this.#open) return;
    }
    const choice = this.#open && this.#choices?.[this.#active];
    if (choice) this.#pick(choice);
    else this.#leave({ takes: true });
  }

  /** Whether typed text only looks for a choice. It is a value of its own where the app offers nothing, and in an
   *  empty field whose choices are plain names, such as tags. */
  get #searches() {
    const isNew = this.value === "" && [...this.#known].every(([value, label]) => value === label);
    return this.#offers !== false && !this.ready() && !isNew;
  }

  /** The one choice that the text names, as [value, label]. */
  get #named() {
    const text = this.input.value.trim();
    const found = [...this.#known].filter(([value, label]) => value === text || label.toLowerCase() === text.toLowerCase());
    return found.length === 1 ? found[0] : null;
  }

  /** Takes the choice that the text names, or the text itself; brings back the value where the text was a search. */
  #leave({ takes = !this.#searches } = {}) {
    this.#later.cancel();
    this.#open?.();
    const text = this.input.value.trim();
    const isShown = text === this.#known.get(String(this.value)) || text === String(this.value);
    if (!isShown && this.#named) this.#take(...this.#named);
    else if (!isShown && (takes || text === "")) this.#take(text, text);
    else this.#restore();
  }
}
