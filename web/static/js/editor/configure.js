// The tab "Configure": the fields of an operation, or what a step of the engine's own needs.
import { h, icon, button } from "./dom.js";
import { Field } from "./field.js";
import { kindForm } from "./kinds.js";
import { matchFields } from "./matching.js";
import { nextTimes } from "./nexttimes.js";
import { dependencies } from "./ownfields.js";
import { below, fieldNames, isAt, isFilled } from "./schema.js";
import { SETTINGS, TRIGGER } from "./store.js";

export function configure(panel) {
  const { holder } = panel;
  panel.fields = [];
  const form = formOf(panel);
  if (!holder.operation) return kindForm(panel, form);
  const operation = panel.api.operation(holder.operation);
  if (operation) return operationForm(panel, form, operation);
  const place = h("div", { class: "stack", "aria-busy": "true" }, [1, 2, 3].map(() => h("span", { class: "skeleton" })));
  panel.api.operations([holder.operation]).then(
    (found) => place.isConnected && (found[holder.operation] ? panel.ready() : place.replaceWith(missing(holder))),
    (error) => place.replaceWith(panel.hint(error.message)),
  );
  return place;
}

const missing = (holder) =>
  h("div", { class: "callout tone-bad" }, icon("circle-x"), h("div", {}, h("strong", {}, "This operation does not exist any more"), h("p", { class: "break" }, `${holder.operation} is in no connector. Choose another one under Set up.`)));

/** What all fields of the panel share. */
export function formOf(panel) {
  const { api, previews, store } = panel;
  const { selection } = store;
  const own = () => store.holderOf(selection); // an answer may come when another step is shown already
  return {
    host: panel,
    previews,
    hasData: selection !== TRIGGER && selection !== SETTINGS,
    folds: panel.folds,
    problems: (pointer) => panel.problemAt(pointer),
    options: (source, text, offset) =>
      api.post("/options", {
        operation: source.operation,
        source: source.input ?? {},
        connection: own()?.connection ?? null,
        given: own()?.input ?? {},
        text,
        offset,
      }),
    depends: (source) => dependencies(own(), source),
    needsConnection: () => {
      const app = store.connectors[own()?.operation?.split(".")[0]];
      return Boolean(app?.needs_connection && !app.works_without && !own().connection);
    },
  };
}

function operationForm(panel, form, operation) {
  const schema = operation.input_schema;
  panel.subject = () => ({ key: panel.key, value: panel.holder.input ?? {}, operation: operation.id, prefix: "/input" });
  const required = new Set(schema.required ?? []);
  const names = fieldNames(schema);
  const isFolded = (name) => schema.properties[name]["x-advanced"] && !required.has(name);
  const make = (name) => inputField(panel, form, name, schema.properties[name], required.has(name));
  const shown = names.filter((name) => !isFolded(name)).map(make);
  const folded = names.filter(isFolded);
  panel.fields.push(...shown);
  const strangers = Object.keys(panel.holder.input ?? {}).filter((name) => !(name in (schema.properties ?? {})));
  const nothing = !shown.length && !folded.length && !strangers.length;
  return h(
    "div",
    { class: "form" },
    panel.isTrigger || shown.length + folded.length < 2 ? null : matchButton(panel),
    nothing ? panel.hint(panel.isTrigger ? "This trigger needs nothing more." : "This step needs nothing more.") : null,
    shown.map((field) => field.element),
    strangers.length ? unknownFields(panel, form, strangers, schema) : null,
    folded.length ? foldedFields(panel, folded, schema, make) : null,
    operation.mode === "schedule" ? nextTimes(panel) : null,
  );
}

function inputField(panel, form, name, schema, required) {
  return new Field({
    name,
    schema,
    value: panel.holder.input?.[name],
    required,
    pointer: below("/input", name),
    form,
    change: (value, { merge = null } = {}) => setInput(panel, name, schema.title ?? name, value, merge),
  });
}

function setInput(panel, name, title, value, merge) {
  panel.edit(
    `Change “${title}”`,
    (holder) => {
      const { [name]: _, ...rest } = holder.input ?? {};
      return { ...holder, input: value === undefined ? rest : { ...holder.input, [name]: value } };
    },
    { merge },
  );
}

/** Fields that few people need, made when they are first looked at. */
function foldedFields(panel, names, schema, make) {
  const inside = h("div", { class: "form" });
  const pointers = names.map((name) => below("/input", name));
  const holds = (pointer) => pointers.some((one) => isAt(pointer, one));
  const fill = () => {
    if (inside.childElementCount) return;
    const fields = names.map(make);
    panel.fields.push(...fields);
    inside.append(...fields.map((field) => field.element));
    panel.previews.refresh();
  };
  const isWanted = panel.problems().some(({ place }) => holds(place));
  const open = isWanted || names.some((name) => isFilled(panel.holder.input?.[name], schema.properties[name]));
  const summary = h("summary", {}, icon("chevron-right"), `More fields (${names.length})`);
  const fold = h("details", { class: "advanced", open, ontoggle: () => fold.open && fill() }, summary, inside);
  if (open) fill();
  const unfold = () => {
    fold.open = true;
    fill();
  };
  panel.folds.push({ holds, open: unfold });
  return fold;
}

/** Values for fields that the operation does not describe. They are kept until somebody removes them. */
function unknownFields(panel, form, names, schema) {
  const closed = schema.additionalProperties === false;
  const rows = names.map((name) => {
    const field = inputField(panel, form, name, {}, false);
    panel.fields.push(field);
    const remove = button({ glyph: "trash-2", label: `Remove ${name}`, kind: "quiet small square", onclick: () => {
      setInput(panel, name, name, undefined, null);
      panel.redraw();
    } });
    return h("div", { class: "row nowrap-row" }, h("div", { class: "grow" }, field.element), remove);
  });
  return h("fieldset", { class: "form" }, h("legend", {}, closed ? "Fields that this operation does not have" : "Other fields"), rows);
}

function matchButton(panel) {
  return h(
    "div",
    { class: "match-row" },
    h("p", { class: "muted small grow" }, "Type ", h("kbd", {}, "/"), " in a field to use data of earlier steps."),
    button({ text: "Fill in matching fields", glyph: "sparkles", kind: "small", onclick: () => matchFields(panel) }),
  );
}
