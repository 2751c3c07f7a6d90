// One field of a step's form: its title, the way it is filled in, what it gives, and what is wrong with it.
import { h, icon, newId } from "./dom.js";
import { braced } from "./expressions.js";
import { DRAG_TYPE } from "./pills.js";
import * as controls from "./controls.js";
import { canShow, kindOf, titleOf, wayFor, waysOf } from "./schema.js";

const WAY_TITLES = {
  data: ["Data", "Text and data of earlier steps"],
  choose: ["Choose", "Choose from a list"],
  date: ["Date", "Choose a date"],
  rows: ["Entries", "One entry after the other"],
  group: ["Fields", "Field by field"],
  own: ["Fields", "Field by field"],
  pairs: ["Names", "Names and values"],
  json: ["JSON", "As JSON"],
};
const WAY_ICONS = { data: "zap", choose: "list", date: "calendar-clock", rows: "list", group: "list-checks", own: "list-checks", pairs: "tag", json: "braces" };
const TYPE_HINTS = { number: "number", yesno: "yes or no", list: "list", group: "group", pairs: "names and values", date: "date" };

/** `change(value, {merge})` is called with undefined when the field is emptied. `form` is what all fields share:
 *  host, previews, problems(pointer), given(), connection(). */
export class Field {
  constructor({ name, schema, value, pointer, required = false, change, form, title = titleOf(name, schema), bare = false }) {
    Object.assign(this, { name, schema, value, pointer, required, form, title, bare });
    this.tell = change;
    this.id = newId("field");
    this.way = wayFor(schema, value, form);
    this.kind = kindOf(schema);
    this.element = h("div", { class: `field ed-field${bare ? " bare" : ""}`, dataset: { pointer } });
    this.preview = h("p", { class: "preview", hidden: true, "aria-live": "off" });
    this.problem = h("p", { class: "field-error", id: `${this.id}-problem`, hidden: true });
    this.body = h("div", { class: "ed-control" });
    this.#draw();
    this.element.addEventListener("focusout", ({ relatedTarget }) => this.element.contains(relatedTarget) || this.#judge());
    this.element.addEventListener("asked", () => this.#judge());
    this.element.addEventListener("dragover", (event) => this.#dragOver(event));
    this.element.addEventListener("drop", (event) => this.#drop(event));
    form.previews.add(pointer, this.preview, (state) => this.#state(state));
  }

  /** A field of this one's list or group. */
  inside(parts) {
    return new Field({ ...parts, form: this.form });
  }

  change(value, options = {}) {
    this.value = value;
    this.tell(value, options);
    this.form.previews.refresh();
  }

  get #offered() {
    return waysOf(this.schema, { hasData: this.form.hasData, value: this.value });
  }

  #draw() {
    const { schema } = this;
    const help = schema.description ? h("p", { class: "field-help", id: `${this.id}-help` }, schema.description) : null;
    const parts = this.bare ? [h("div", { class: "bare-row" }, this.body, this.#toggle())] : [this.#head(), help, this.body];
    this.element.replaceChildren(...[...parts, this.preview, this.problem].filter(Boolean));
    this.#control();
    this.showProblem();
  }

  /** Entries of lists have room for one button only: it turns to the next way. */
  #toggle() {
    const ways = this.#offered;
    if (ways.length < 2) return null;
    const next = ways[(ways.indexOf(this.way) + 1) % ways.length];
    const label = `${this.title}: ${WAY_TITLES[next][1].toLowerCase()}`;
    return h("button", { type: "button", class: "button quiet small square", "aria-label": label, title: WAY_TITLES[next][1], onclick: () => this.setWay(next) }, icon(WAY_ICONS[next]));
  }

  #head() {
    const label = h("span", { class: "label" }, this.title);
    if (!this.required) label.append(h("span", { class: "optional" }, TYPE_HINTS[this.kind] ? ` optional · ${TYPE_HINTS[this.kind]}` : " optional"));
    label.addEventListener("click", () => this.focus());
    return h("div", { class: "field-head" }, label, this.#ways());
  }

  #ways() {
    const ways = this.#offered;
    if (ways.length < 2) return null;
    const buttons = ways.map((way) => {
      const [text, hint] = WAY_TITLES[way];
      const pressed = way === this.way;
      return h("button", { type: "button", "aria-pressed": String(pressed), title: hint, onclick: () => this.setWay(way) }, text);
    });
    return h("div", { class: "segmented ways", role: "group", "aria-label": `How to fill in ${this.title}` }, buttons);
  }

  /** Fills the field in another way; a value that the new way cannot show is dropped. */
  setWay(way, { focus = true } = {}) {
    if (way === this.way) return;
    const keeps = canShow(way, this.schema, this.value);
    this.way = way;
    if (!keeps) this.change(undefined);
    this.#draw();
    if (focus) this.focus();
  }

  #control() {
    const described = [this.schema.description && !this.bare && `${this.id}-help`, `${this.id}-problem`].filter(Boolean).join(" ");
    this.attributes = { "aria-label": this.title, "aria-describedby": described, "aria-required": this.required ? "true" : null };
    const make = controls[this.way];
    this.control = make(this);
    this.body.replaceChildren(this.control.element);
  }

  focus() {
    this.control.focus?.();
  }

  #state(state) {
    this.element.classList.toggle("unresolved", state === "error");
    this.element.classList.toggle("misfit", state === "misfit");
  }

  /** Nobody is told off for a field that they have not come to yet. */
  get #waits() {
    return this.required && !this.judged && (this.value ?? "") === "";
  }

  #judge() {
    if (this.judged) return;
    this.judged = true;
    this.showProblem();
  }

  /** What the checker says about this field. */
  showProblem() {
    const message = this.own ?? this.form.problems(this.pointer);
    const waits = Boolean(message) && !this.own && this.#waits;
    this.element.classList.toggle("waits", waits);
    this.problem.hidden = !message;
    this.problem.replaceChildren(...(message ? [waits ? "" : icon("circle-alert"), h("span", {}, waits ? "Required" : message)] : []));
    const target = this.control?.labelled ?? this.control?.element;
    if (message && !waits) target?.setAttribute("aria-invalid", "true");
    else target?.removeAttribute("aria-invalid");
    this.control?.showProblems?.();
  }

  /** A problem that the field found itself, such as JSON that cannot be read. */
  setOwnProblem(message) {
    this.own = message ?? null;
    this.showProblem();
  }

  /** Data that is dropped on a field that is not in its data way turns it to that way. */
  #dragOver(event) {
    if (this.way === "data" || !this.#offered.includes("data") || !event.dataTransfer.types.includes(DRAG_TYPE)) return;
    event.preventDefault();
    event.stopPropagation();
    this.element.classList.add("drop");
    this.element.addEventListener("dragleave", () => this.element.classList.remove("drop"), { once: true });
  }

  #drop(event) {
    this.element.classList.remove("drop");
    const expression = event.dataTransfer.getData(DRAG_TYPE);
    if (!expression || this.way === "data" || !this.#offered.includes("data")) return;
    event.preventDefault();
    event.stopPropagation();
    this.value = braced(expression);
    this.way = "data";
    this.change(this.value);
    this.#draw();
    this.focus();
  }
}
