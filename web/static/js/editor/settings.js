// The workflow's settings: values that several steps share.
import { formOf } from "./configure.js";
import { h } from "./dom.js";
import { Field } from "./field.js";

export function settingsForm(panel) {
  const { store } = panel;
  const form = {
    ...formOf(panel),
    problems: (pointer) => store.standing.problems.find((problem) => problem.pointer === pointer)?.message ?? "",
    needsConnection: () => false,
    options: (source, text, offset) =>
      panel.api.post("/options", { operation: source.operation, source: source.input ?? {}, connection: source.connection ?? null, text, offset }),
  };
  const entries = Object.entries(store.definition.settings ?? {});
  panel.fields = entries.map(([key, setting]) => settingField(panel, form, key, setting));
  return h(
    "div",
    { class: "form" },
    h("p", { class: "muted" }, "Steps use these values as “Settings”."),
    panel.fields.map((field) => field.element),
    entries.length ? null : panel.hint("This workflow has no settings."),
  );
}

function settingField(panel, form, key, setting) {
  const schema = {
    type: setting.type ?? "string",
    description: setting.description,
    enum: setting.enum,
    default: setting.default,
    "x-multiline": setting.format === "multiline",
    "x-options": setting.options,
    format: setting.format === "multiline" ? undefined : setting.format,
  };
  return new Field({
    name: key,
    title: setting.title,
    schema,
    value: setting.value ?? setting.default,
    required: setting.required ?? true,
    pointer: `/settings/${key}/value`,
    form,
    change: (value, { merge = null } = {}) => {
      const { value: _, ...rest } = panel.store.definition.settings[key];
      const next = value === undefined ? rest : { ...rest, value };
      const settings = { ...panel.store.definition.settings, [key]: next };
      panel.store.change(`Change “${setting.title}”`, { ...panel.store.definition, settings }, { origin: "panel", merge: merge && `settings:${key}` });
    },
  });
}
