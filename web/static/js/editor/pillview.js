// How an expression looks as a pill: the icon of its step, the step, the field, and what is done to the value.
import { lookOf } from "./cards.js";
import { find } from "./document.js";
import { appIcon, h, icon } from "./dom.js";
import { parseExpression } from "./expressions.js";
import { numbers, pathLabel, sourceOf, visibleTo } from "./scope.js";

/** The title that an operation's schema gives to a path of its output, else "". */
export function titleIn(schema, path) {
  let at = schema;
  for (const part of path) {
    if (!at) return "";
    at = typeof part === "number" ? at.items : at.properties?.[part];
  }
  return at?.title ?? "";
}

export class PillView {
  constructor(store, api) {
    this.store = store;
    this.api = api;
  }

  /** {look, step, field, filters, problem} of an expression used at the step `key`. */
  describe(expression, key) {
    const parsed = parseExpression(expression);
    if (!parsed) return { look: { glyph: "code", tone: "neutral" }, step: "", field: expression, filters: [], problem: "" };
    const source = sourceOf(parsed.path);
    return { ...this.#source(source, key), field: this.#field(source), filters: parsed.filters };
  }

  #source({ kind, key: from }, key) {
    const { definition } = this.store;
    if (kind === "trigger") return { look: lookOf(definition.trigger, this.store), step: "Trigger", problem: "" };
    if (kind === "settings") return { look: { glyph: "settings", tone: "teal" }, step: "Settings", problem: "" };
    if (kind === "run") return { look: { glyph: "info", tone: "neutral" }, step: "Run", problem: "" };
    const found = kind === "step" ? find(definition, from) : null;
    const gone = { look: { glyph: "circle-alert", tone: "bad" }, step: from ?? "", problem: "This step does not exist." };
    if (!found) return gone;
    const look = lookOf(found.step, this.store);
    const usable = visibleTo(definition, key).some(({ step }) => step.key === from);
    const problem = usable ? "" : `“${look.title}” does not come before this step.`;
    return { look, step: `${numbers(definition).get(from)}`, title: look.title, problem };
  }

  #field({ kind, key, fields }) {
    const { definition } = this.store;
    if (kind === "settings") return definition.settings?.[fields[0]]?.title ?? fields[0] ?? "";
    const operation = kind === "trigger" ? definition.trigger.operation : kind === "step" && find(definition, key)?.step.operation;
    const schema = operation ? this.api.operation(operation)?.output_schema : null;
    return titleIn(schema, fields) || pathLabel(fields) || "everything";
  }

  draw(expression, key) {
    const { look, step, title, field, filters, problem } = this.describe(expression, key);
    const connector = look.connector && this.store.connectors[look.connector];
    const said = `${title ?? step} ${field}${filters.length ? `, ${filters.map((filter) => filter.name).join(", ")}` : ""}`;
    const pill = h(
      "span",
      {
        class: `pill${problem ? " bad" : ""}${look.connector ? "" : ` tone-${look.tone}`}`,
        title: problem || `{{ ${expression} }}`,
        style: connector ? { "--pill": connector.color } : {},
      },
      appIcon(look, "tiny"),
      h("span", { class: "visually-hidden" }, `${said}${problem ? `. ${problem}` : ""}`),
      h("span", { class: "pill-text", "aria-hidden": "true" }, step ? h("span", { class: "pill-step" }, step) : null, h("span", { class: "pill-field" }, field)),
      filters.length ? h("span", { class: "pill-filters", "aria-hidden": "true" }, filters.map(short).join(" ")) : null,
      h("span", { class: "pill-remove", "aria-hidden": "true", title: "Remove" }, icon("x")),
    );
    return pill;
  }
}

const short = (filter) => (filter.name === "default" ? "?" : `· ${filter.name.replaceAll("_", " ")}`);
