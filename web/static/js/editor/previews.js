// Under each field that uses data: what it gives with the sample data, or why it gives nothing.
import { debounce, h, icon } from "./dom.js";
import { isTemplate } from "./expressions.js";

const WAIT_MS = 220;

export class Previews {
  #lines = new Map();
  #verdicts = [];
  #request = null;
  #later = debounce(() => this.#ask(), WAIT_MS);

  /** `subject()` gives {key, value, operation, prefix} of what is being edited; `prefix` is what the pointers of the
   *  fields have before those of `value`. */
  constructor(api, samples, subject) {
    Object.assign(this, { api, samples, subject });
  }

  /** `element` shows what the text at `pointer` gives; `onState` gets ok | error | misfit | "". */
  add(pointer, element, onState = () => {}) {
    this.#lines.set(pointer, { element, onState });
  }

  /** `show` gets {each, together}, or null while the rules at `pointer` cannot be judged. */
  addRules(pointer, rules, show) {
    this.#verdicts.push({ pointer, rules, show });
  }

  clear() {
    this.#later.cancel();
    this.#request?.abort();
    this.#lines.clear();
    this.#verdicts = [];
  }

  refresh() {
    this.#later();
  }

  async #ask() {
    const subject = this.subject();
    if (!subject) return;
    this.#request?.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    try {
      await this.samples.prepare(subject.key);
      await Promise.all([this.#values(subject, signal), ...this.#verdicts.map((one) => this.#judge(one, subject, signal))]);
    } catch (error) {
      if (error.name !== "AbortError") this.#showAll(() => null);
    }
  }

  async #values({ key, value, operation, prefix = "" }, signal) {
    if (!isTemplate(value)) return this.#showAll(() => null);
    const scope = this.samples.scopeFor(key, value);
    const { shown, misfits = [] } = await this.api.post("/preview", { value, scope, operation }, { signal });
    const values = new Map(shown.map((one) => [one.pointer, one]));
    const wrong = new Map(misfits.map((one) => [one.pointer, one.message]));
    this.#showAll((whole) => {
      const pointer = whole.slice(prefix.length);
      const one = values.get(pointer);
      const misfit = wrong.get(pointer);
      return one || misfit ? { ...one, misfit } : null;
    });
  }

  async #judge({ rules, show }, { key }, signal) {
    const { rules: list, match } = rules();
    if (!list.length) return show(null);
    const scope = this.samples.scopeFor(key, list);
    const { verdict } = await this.api.post("/preview", { value: list, scope, match }, { signal });
    show(verdict);
  }

  #showAll(find) {
    for (const [pointer, { element, onState }] of this.#lines) {
      const found = find(pointer);
      onState(found ? (found.error ? "error" : found.misfit ? "misfit" : "ok") : "");
      element.replaceChildren(...(found ? line(found) : []));
      element.hidden = !found;
    }
  }
}

function line({ text, type, error, misfit }) {
  if (error) return [icon("triangle-alert"), h("span", {}, error)];
  const value = type === "empty" ? h("em", {}, "empty") : h("span", { class: "preview-text" }, text);
  const parts = [h("span", { class: "preview-sign", "aria-hidden": "true" }, "="), h("span", { class: "visually-hidden" }, "With sample data: "), value];
  if (type !== "text" && type !== "empty") parts.push(h("span", { class: "preview-type" }, type));
  if (misfit) parts.push(h("span", { class: "preview-misfit" }, icon("triangle-alert"), misfit));
  return parts;
}
