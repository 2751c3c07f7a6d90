// The fields that people made in the app itself, such as their own fields of contacts: asked of the app, then filled
// in like all others.
import { button, h, icon } from "./dom.js";
import { isTemplate } from "./expressions.js";
import { below, isAt, isFilled } from "./schema.js";

const SHOWN = 8;
const kept = new Map();

/** Every field that the app knows, as {value, label, field: its schema}. Asked once as long as the page is open. */
async function load(form, source, again) {
  const key = JSON.stringify([source, form.depends(source)]);
  if (again) kept.delete(key);
  if (!kept.has(key)) {
    const all = [];
    for (let more = true; more; ) {
      const page = await form.options(source, "", all.length);
      all.push(...page.options);
      more = page.more;
    }
    kept.set(key, all);
  }
  return kept.get(key);
}

/** A group whose fields the app names (`x-options` of an object). */
export function own(field) {
  const { form, schema } = field;
  const source = schema["x-options"];
  const place = h("div", { class: "own-fields", role: "group", ...field.attributes, "aria-required": null });
  let values = field.value && typeof field.value === "object" ? field.value : {};
  let made = [];
  let known = [];
  let unfold = () => {};

  const set = (name, value, options) => {
    const { [name]: _, ...rest } = values;
    values = value === undefined ? rest : { ...values, [name]: value };
    field.change(Object.keys(values).length ? values : undefined, options);
  };
  const make = (name, title, inner) => {
    const one = field.inside({
      name,
      title,
      schema: inner,
      value: values[name],
      pointer: below(field.pointer, name),
      change: (value, options) => set(name, value, options),
    });
    made.push(one);
    return one.element;
  };
  const ask = async (again = false) => {
    if (form.needsConnection()) return draw("Choose the account first, under Set up.");
    place.setAttribute("aria-busy", "true");
    let trouble = "";
    try {
      known = await load(form, source, again);
    } catch (error) {
      trouble = error.message;
    }
    place.removeAttribute("aria-busy");
    draw(trouble);
  };
  const draw = (trouble = "") => {
    made = [];
    const names = new Set(known.map(({ value }) => String(value)));
    const strangers = Object.keys(values).filter((name) => !names.has(name));
    const [first, later] = split(known, values);
    const nothing = !trouble && !known.length ? h("p", { class: "muted small" }, "There are no fields of your own in this account.") : null;
    const parts = first.map((one) => make(String(one.value), one.label, one.field ?? {}));
    parts.push(...strangers.map((name) => stranger(name, trouble)));
    if (later.length) parts.push(fold(later));
    place.replaceChildren(
      ...[
        trouble ? h("p", { class: "muted small" }, trouble) : nothing,
        parts.length ? h("div", { class: "form nested" }, parts) : null,
        form.needsConnection() ? null : button({ text: trouble ? "Try again" : "Ask the app again", glyph: "refresh-cw", kind: "quiet small", onclick: () => ask(true) }),
      ].filter(Boolean),
    );
    form.previews.refresh();
  };
  /** A value whose field the app does not have, or could not be asked for. */
  const stranger = (name, trouble) => {
    const element = make(name, name, trouble ? {} : { description: "The app has no such field any more." });
    const remove = () => {
      set(name, undefined);
      draw(trouble);
    };
    return h("div", { class: "row nowrap-row" }, h("div", { class: "grow" }, element), button({ glyph: "trash-2", label: `Remove ${name}`, kind: "quiet small square", onclick: remove }));
  };
  const fold = (later) => {
    const inside = h("div", { class: "form" });
    const fill = () => {
      if (inside.childElementCount) return;
      inside.append(...later.map((one) => make(String(one.value), one.label, one.field ?? {})));
      form.previews.refresh();
    };
    const details = h("details", { class: "advanced", ontoggle: () => details.open && fill() }, h("summary", {}, icon("chevron-right"), `More of your own fields (${later.length})`), inside);
    unfold = () => {
      details.open = true;
      fill();
    };
    return details;
  };

  form.folds?.push({ holds: (pointer) => pointer !== field.pointer && isAt(pointer, field.pointer), open: () => unfold() });
  place.append(h("span", { class: "skeleton" }), h("span", { class: "skeleton" }));
  ask();
  return {
    element: place,
    focus: () => (made[0] ? made[0].focus() : place.querySelector("button")?.focus()),
    showProblems: () => made.forEach((one) => one.showProblem()),
  };
}

/** [fields to show at once, those that are folded away]: what is filled in is always seen. */
function split(known, values) {
  const isFirst = ({ value, field }, index) => index < SHOWN || isFilled(values[value], field ?? {});
  return [known.filter(isFirst), known.filter((one, index) => !isFirst(one, index))];
}

/** What the list depends on besides its source: the account, and the fields that the source names. */
export function dependencies(holder, source) {
  const inputs = Object.values(source.input ?? {}).filter(isTemplate).flatMap((text) => [...text.matchAll(/input\.(\w+)/g)].map(([, name]) => name));
  return [holder?.connection ?? null, ...inputs.map((name) => holder?.input?.[name] ?? null)];
}
