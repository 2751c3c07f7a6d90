// The ways to fill in a field. Each takes the Field and gives {element, focus, labelled?, showProblems?}.
import { Combobox } from "./combobox.js";
import { h, icon } from "./dom.js";
import { PillInput } from "./pills.js";
import { asText, below, fieldNames, isAt, isFilled, isWhole, kindOf, readJson, typesOf, valueOf } from "./schema.js";

export { own } from "./ownfields.js";

/** Text with pills. */
export function data(field) {
  const { schema, form } = field;
  const kind = kindOf(schema);
  const whole = isWhole(kind);
  const input = new PillInput({
    value: asText(field.value),
    multiline: Boolean(schema["x-multiline"]) || kind === "any",
    placeholder: schema["x-placeholder"] ?? (whole ? `Type / to choose ${kind === "list" ? "a list" : "a group"}` : placeholder(schema)),
    attributes: field.attributes,
    host: form.host.pillHost,
    change: (text) => field.change(valueOf(whole ? {} : schema, text), { merge: field.pointer }),
  });
  input.acceptsGroups = (whole && kind !== "list") || kind === "any";
  return { element: input.element, focus: () => input.focus() };
}

const placeholder = (schema) => (schema.default !== undefined && typeof schema.default !== "object" ? String(schema.default) : "");

/** A fixed list, yes or no, or a list that the app gives. */
export function choose(field) {
  return field.kind === "options" ? options(field) : fixed(field);
}

function fixed(field) {
  const { schema, value } = field;
  const labels = schema["x-labels"] ?? {};
  const choices = field.kind === "yesno" ? [[true, "Yes"], [false, "No"]] : schema.enum.map((one) => [one, labels[one] ?? String(one)]);
  const usual = choices.find(([one]) => one === schema.default);
  const blank = usual ? `Not set (${usual[1]})` : field.required ? "Choose…" : "Not set";
  const known = value === undefined || value === null || value === "" || choices.some(([one]) => one === value);
  const all = known ? choices : [...choices, [value, String(value)]];
  const select = h(
    "select",
    {
      class: "input",
      ...field.attributes,
      onchange: () => field.change(select.value === "" ? undefined : all[Number(select.value)][0]),
    },
    h("option", { value: "" }, blank),
    all.map(([one, title], index) => h("option", { value: index, selected: one === value }, title)),
  );
  return { element: select, focus: () => select.focus() };
}

function options(field) {
  const box = new Combobox({
    value: field.value,
    attributes: field.attributes,
    load: (text, offset) => field.form.options(field.schema["x-options"], text, offset),
    ready: () => (field.form.needsConnection() ? "Choose the account first, under Set up." : ""),
    change: (value) => field.change(value === "" ? undefined : valueOf(field.schema, String(value))),
  });
  return { element: box.element, focus: () => box.input.focus(), labelled: box.input };
}

/** A date or a point in time from the browser's own calendar. */
export function date(field) {
  const withTime = field.schema.format === "date-time";
  const value = asText(field.value);
  const input = h("input", {
    class: "input",
    type: withTime ? "datetime-local" : "date",
    value: withTime ? value.slice(0, 16) : value.slice(0, 10),
    ...field.attributes,
    onchange: () => field.change(input.value ? (withTime ? `${input.value}:00Z` : input.value) : undefined),
  });
  const zone = withTime ? h("span", { class: "muted small" }, "UTC") : null;
  return { element: h("div", { class: "row nowrap-row" }, input, zone), focus: () => input.focus(), labelled: input };
}

/** Entries of a list, each a field of its own. */
export function rows(field) {
  const items = typeof field.schema.items === "object" ? field.schema.items : {};
  const schema = { ...items };
  if (!items["x-options"] && field.schema["x-options"]) schema["x-options"] = field.schema["x-options"];
  let values = Array.isArray(field.value) ? field.value : [];
  const list = h("div", { class: "entry-rows", role: "group", ...field.attributes, "aria-required": null });
  const tell = (next, options) => {
    values = next;
    field.change(next.length ? next : undefined, options);
  };
  const set = (next) => {
    tell(next);
    draw();
  };
  const draw = () => {
    const entries = values.map((value, index) => {
      const inner = field.inside({
        name: String(index),
        title: `${field.title}, entry ${index + 1}`,
        schema,
        value,
        bare: true,
        pointer: below(field.pointer, index),
        change: (changed, options) => tell(values.with(index, changed ?? ""), options),
      });
      return h("div", { class: "entry-row" }, inner.element, rowTools(values, index, set));
    });
    const add = h("button", { type: "button", class: "button quiet small add-entry", onclick: append }, icon("plus"), "Add an entry");
    list.replaceChildren(...entries, add);
  };
  const append = () => {
    set([...values, typesOf(schema).includes("object") ? {} : ""]);
    list.querySelectorAll(".entry-row .input").item(list.querySelectorAll(".entry-row .input").length - 1)?.focus();
  };
  draw();
  return { element: list, focus: () => (list.querySelector(".input") ?? list.querySelector("button")).focus() };
}

function rowTools(values, index, set) {
  const up = () => set(values.toSpliced(index, 1).toSpliced(index - 1, 0, values[index]));
  const tool = (glyph, label, onclick) =>
    h("button", { type: "button", class: "button quiet small square", "aria-label": `${label} ${index + 1}`, title: label, onclick }, icon(glyph));
  return h(
    "span",
    { class: "row-tools" },
    index > 0 ? tool("chevron-up", "Move up entry", up) : null,
    tool("x", "Remove entry", () => set(values.toSpliced(index, 1))),
  );
}

/** The fields of a group, made when they are first looked at: some groups are ten levels deep. */
export function group(field) {
  let values = field.value && typeof field.value === "object" ? field.value : {};
  const inner = h("div", { class: "form nested" });
  const fields = [];
  const required = new Set(field.schema.required ?? []);
  const fill = () => {
    if (fields.length) return;
    for (const name of fieldNames(field.schema)) {
      const schema = field.schema.properties[name];
      const one = field.inside({
        name,
        schema,
        value: values[name],
        required: required.has(name),
        pointer: below(field.pointer, name),
        change: (changed, options) => {
          values = without({ ...values, [name]: changed });
          field.change(Object.keys(values).length ? values : undefined, options);
        },
      });
      fields.push(one);
      inner.append(one.element);
    }
  };
  const count = Object.keys(field.schema.properties).length;
  const open = field.required || isFilled(field.value, field.schema);
  const fold = h("details", { class: "group-fold", open, ontoggle: () => fold.open && fill() }, h("summary", {}, icon("chevron-right"), `${count} ${count === 1 ? "field" : "fields"}`), inner);
  if (open) fill();
  const unfold = () => {
    fold.open = true;
    fill();
  };
  field.form.folds?.push({ holds: (pointer) => pointer !== field.pointer && isAt(pointer, field.pointer), open: unfold });
  const focus = () => {
    unfold();
    fields[0]?.focus();
  };
  return { element: fold, focus, showProblems: () => fields.forEach((one) => one.showProblem()) };
}

const without = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Names and values. */
export function pairs(field) {
  const additional = field.schema.additionalProperties;
  const schema = additional && typeof additional === "object" ? additional : {};
  let entries = Object.entries(field.value && typeof field.value === "object" ? field.value : {});
  const list = h("div", { class: "pair-rows", role: "group", ...field.attributes, "aria-required": null });
  const tell = (next, options) => {
    entries = next;
    const named = Object.fromEntries(entries.filter(([name]) => name !== ""));
    field.change(Object.keys(named).length ? named : undefined, options);
  };
  const set = (next) => {
    tell(next);
    draw();
  };
  const draw = () => {
    const rowsNow = entries.map(([name, value], index) => {
      const inner = field.inside({
        name: name || String(index),
        title: name ? `Value of ${name}` : `Value ${index + 1}`,
        schema,
        value,
        bare: true,
        pointer: below(field.pointer, name),
        change: (changed, options) => tell(entries.with(index, [entries[index][0], changed ?? ""]), options),
      });
      return h("div", { class: "pair-row" }, nameControl(index, name), inner.element, h("span", { class: "row-tools" }, removeButton(index)));
    });
    const add = h("button", { type: "button", class: "button quiet small add-entry", onclick: append }, icon("plus"), "Add a name and value");
    list.replaceChildren(...rowsNow, add);
  };
  const rename = (index, name) => tell(entries.with(index, [name, entries[index][1]]));
  const nameControl = (index, name) =>
    h("input", { class: "input", value: name, "aria-label": `Name ${index + 1}`, placeholder: "Name", autocomplete: "off", oninput: (event) => rename(index, event.target.value.trim()) });
  const removeButton = (index) =>
    h("button", { type: "button", class: "button quiet small square", "aria-label": `Remove pair ${index + 1}`, onclick: () => set(entries.toSpliced(index, 1)) }, icon("x"));
  const append = () => {
    set([...entries, ["", ""]]);
    const inputs = list.querySelectorAll(".pair-row:last-of-type .input");
    inputs[0]?.focus();
  };
  draw();
  return { element: list, focus: () => (list.querySelector(".input") ?? list.querySelector("button")).focus() };
}

/** Anything as JSON, checked while it is typed. */
export function json(field) {
  const area = h("textarea", {
    class: "input code-input",
    rows: 5,
    spellcheck: "false",
    autocapitalize: "off",
    value: field.value === undefined ? "" : typeof field.value === "string" ? field.value : JSON.stringify(field.value, null, 2),
    ...field.attributes,
    oninput: () => {
      const { value, problem } = readJson(area.value);
      field.setOwnProblem(problem);
      if (!problem) field.change(value, { merge: field.pointer });
    },
    onkeydown: (event) => indent(event, area),
  });
  return { element: area, focus: () => area.focus() };
}

/** Enter keeps the indentation of the line. Tab stays the way out of the field. */
function indent(event, area) {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const deeper = /[[{]\s*$/.test(line) ? "  " : "";
  area.setRangeText(`\n${/^\s*/.exec(line)[0]}${deeper}`, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input"));
}
