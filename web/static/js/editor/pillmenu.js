// What one can do with a pill: filters, a fallback, the expression as text, go to its step, remove it.
import { debounce, h, icon, newId } from "./dom.js";
import { braced, formatExpression, parseExpression, quote, unquote } from "./expressions.js";
import { sourceOf } from "./scope.js";
import { float } from "./menu.js";

const GROUPS = { text: "Text", number: "Numbers and yes/no", date: "Dates", list: "Lists and groups" };

/** `host`: store, api, samples, view, key() of the step that is edited, goTo(step key). */
export function openPillMenu(host, input, pill) {
  const menu = new PillMenu(host, input, pill);
  menu.open();
  return menu;
}

class PillMenu {
  #asked = null;

  constructor(host, input, pill) {
    Object.assign(this, { host, input, pill });
    this.expression = pill.unit.expression;
    this.parsed = parseExpression(this.expression);
    this.previewLater = debounce(() => this.#preview(), 200);
  }

  open() {
    this.body = h("div", { class: "pill-menu-body" });
    this.panel = h("div", { class: "pill-menu", role: "dialog", "aria-label": "Data in this field" }, this.body);
    this.#draw();
    const returnTo = this.input;
    this.close = float(this.panel, this.pill, { keep: this.input.element, onClose: () => returnTo.element.isConnected && returnTo.element.focus() });
    this.body.querySelector("select, input, button")?.focus();
  }

  #draw() {
    const { view } = this.host;
    const { look, step, title, field } = view.describe(this.expression, this.host.key());
    this.value = h("p", { class: "pill-value", "aria-live": "polite" });
    this.body.replaceChildren(
      h("div", { class: "pill-menu-head" }, h("strong", { class: "truncate" }, field), h("span", { class: "muted small truncate" }, title ?? step ?? look.title)),
      this.value,
      ...(this.parsed ? this.#filters() : []),
      this.#asText(),
      this.#foot(),
    );
    this.#preview();
  }

  #filters() {
    const rows = this.parsed.filters.map((filter, index) => this.#filterRow(filter, index));
    const groups = Object.entries(GROUPS).map(([group, title]) =>
      h(
        "optgroup",
        { label: title },
        this.host.store.filters.filter((info) => info.group === group).map((info) => h("option", { value: info.name }, info.title)),
      ),
    );
    const id = newId("filter");
    const add = h("select", { class: "input small", id, onchange: (event) => this.#add(event.target.value) }, h("option", { value: "" }, "Change the value…"), groups);
    return [...rows, h("label", { class: "visually-hidden", for: id }, "Add a filter"), add];
  }

  #add(name) {
    const info = this.host.store.filters.find((one) => one.name === name);
    if (!info) return;
    const args = info.arguments.filter((argument) => !argument.optional).map((argument) => (argument.kind === "number" ? "1" : "''"));
    this.#set([...this.parsed.filters, { name, args: name === "default" ? ["''"] : args }]);
    this.body.querySelector(".filter-row:last-of-type input")?.focus();
  }

  #set(filters, { redraw = true } = {}) {
    this.parsed = { ...this.parsed, filters };
    this.#write(formatExpression(this.parsed), redraw);
  }

  #write(expression, redraw) {
    this.expression = expression;
    this.input.replacePill(this.pill, expression);
    const pills = [...this.input.element.querySelectorAll(".pill")];
    this.pill = pills.find((pill) => pill.unit.expression === expression) ?? pills[0];
    if (redraw) this.#draw();
    else this.previewLater();
  }

  #filterRow({ name, args }, index) {
    const info = this.host.store.filters.find((one) => one.name === name);
    const others = this.parsed.filters;
    const remove = h(
      "button",
      { type: "button", class: "button quiet small square", "aria-label": `Remove ${info?.title ?? name}`, onclick: () => this.#set(others.toSpliced(index, 1)) },
      icon("x"),
    );
    const fields = (info?.arguments ?? []).map((argument, at) => this.#argument(argument, args[at], (written) => {
      const next = [...args];
      while (next.length < at) next.push(literal(info.arguments[next.length].default));
      if (written === null) next.length = at;
      else next[at] = written;
      this.#set(others.with(index, { name, args: next }), { redraw: false });
      args = next;
    }));
    return h(
      "div",
      { class: "filter-row" },
      h("div", { class: "filter-name" }, h("span", { title: info?.help ?? "" }, info?.title ?? name), remove),
      info?.help ? h("p", { class: "field-help" }, info.help) : null,
      fields.length ? h("div", { class: "filter-args" }, fields) : null,
    );
  }

  /** `written` is the argument as it stands in the expression; undefined when it was left out. */
  #argument(argument, written, change) {
    const id = newId("argument");
    const label = argument.name.replaceAll("_", " ").trim();
    const shown = written === undefined ? "" : (unquote(written) ?? written);
    const read = (text) => {
      if (text === "" && argument.optional) return change(null);
      change(asArgument(text, argument.kind));
    };
    const control =
      argument.kind === "boolean"
        ? h("input", { type: "checkbox", id, checked: written === "true", onchange: (event) => read(String(event.target.checked)) })
        : h("input", { class: "input small", id, value: shown, placeholder: placeholder(argument.default), autocomplete: "off", oninput: (event) => read(event.target.value) });
    return h("div", { class: argument.kind === "boolean" ? "check" : "filter-arg" }, h("label", { for: id }, label), control);
  }

  #asText() {
    const id = newId("expression");
    const problem = h("p", { class: "field-error", hidden: true });
    const field = h("input", {
      class: "input small mono",
      id,
      value: this.expression,
      spellcheck: "false",
      autocomplete: "off",
      onchange: (event) => {
        const text = event.target.value.trim().replace(/^\{\{|\}\}$/g, "").trim();
        if (!text) return;
        this.parsed = parseExpression(text);
        this.#write(text, true);
      },
    });
    return h("details", { class: "advanced small", open: !this.parsed }, h("summary", {}, icon("chevron-right"), "As an expression"), h("div", { class: "field" }, h("label", { class: "visually-hidden", for: id }, "Expression"), field, problem));
  }

  #foot() {
    const source = this.parsed && sourceOf(this.parsed.path);
    const go = source?.kind === "step" || source?.kind === "trigger";
    const remove = () => {
      this.close();
      this.input.replacePill(this.pill, null);
    };
    return h(
      "div",
      { class: "pill-menu-foot" },
      go ? h("button", { type: "button", class: "button quiet small", onclick: () => this.#go(source) }, icon("arrow-up-right"), "Go to its step") : h("span"),
      h("button", { type: "button", class: "button quiet small", onclick: remove }, icon("trash-2"), "Remove"),
    );
  }

  #go(source) {
    this.close();
    this.host.goTo(source.key);
  }

  /** Shows the value; an answer that comes after a newer question is not shown. */
  async #preview() {
    const value = braced(this.expression);
    const scope = this.host.samples.scopeFor(this.host.key(), value);
    this.#asked?.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    const shown = await this.host.api.post("/preview", { value, scope }, { signal }).then((answer) => answer.shown[0]).catch(() => null);
    if (signal.aborted) return;
    this.value.classList.toggle("bad", Boolean(shown?.error));
    this.value.textContent = shown?.error ?? (shown?.type === "empty" ? "(empty)" : shown?.text) ?? "";
  }
}

/** What somebody typed, as the expression writes it. Where any value fits, numbers, yes/no and names of data stay
 *  what they are. */
function asArgument(text, kind) {
  if (kind === "boolean") return String(text === "true");
  if (kind === "number") return /^-?\d+$/.test(text.trim()) ? text.trim() : quote(text);
  const plain = /^-?\d+(\.\d+)?$|^(true|false)$|^(trigger|steps|workflow|run)[.[]/.test(text.trim());
  return kind === "any" && plain ? text.trim() : quote(text);
}

const literal = (value) => (typeof value === "string" ? quote(value) : value === null ? "none" : String(value));

const placeholder = (value) => (value === null || value === "" ? "" : String(value));
