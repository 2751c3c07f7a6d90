// Sample data for mapping and tests: from past runs, from tests made here, else the connectors' own examples.
import { onlyExpression, stepsNamed } from "./expressions.js";
import { visibleTo } from "./scope.js";

export class Samples {
  #scope = { trigger: null, steps: {}, workflow: { settings: {} }, run: {} };
  #tested = new Map();
  #real = new Set();
  #items = new Map();

  constructor(store, api) {
    this.store = store;
    this.api = api;
    this.runs = [];
    this.run = null;
  }

  /** The data of one run, by default of the newest that has some. */
  async load(run = null) {
    const found = await this.api.get(`/samples${run ? `?run=${run}` : ""}`);
    this.#scope = found.scope;
    this.#real = new Set(found.real);
    this.runs = found.runs;
    this.run = found.run;
    this.#tested.clear();
    this.store.emit("samples");
  }

  /** Data from a test, or written by hand, takes the place of the sample. Key null is the trigger. */
  keep(key, output) {
    this.#tested.set(key, output);
    this.store.emit("samples");
  }

  isReal(key) {
    return this.#tested.has(key) || this.#real.has(key ?? "trigger");
  }

  trigger() {
    if (this.#tested.has(null)) return this.#tested.get(null);
    if (this.#real.has("trigger")) return this.#scope.trigger;
    return this.api.operation(this.store.definition.trigger.operation)?.sample ?? this.#scope.trigger ?? {};
  }

  /** What later steps see of a step; `inside`: from within a loop. */
  output(step, inside = false) {
    if (this.#tested.has(step.key)) return this.#tested.get(step.key);
    if (step.kind === "loop") return inside ? this.#item(step) : { count: 1 };
    if (this.#real.has(step.key)) return this.#scope.steps[step.key];
    if (step.kind === "paths") return { branches: step.branches.slice(0, 1).map((branch) => branch.key) };
    if (step.kind === "delay") return { until: new Date().toISOString(), waited: true };
    return this.api.operation(step.operation)?.sample ?? null;
  }

  #item(step) {
    const item = this.#items.get(JSON.stringify(step.items));
    return { item: item ?? {}, index: 0, number: 1 };
  }

  settings() {
    const entries = Object.entries(this.store.definition.settings ?? {});
    return Object.fromEntries(entries.map(([key, setting]) => [key, setting.value ?? setting.default ?? null]));
  }

  /** What the expressions of `value` can see at the step `key`: only the steps that they name. */
  scopeFor(key, value) {
    const named = value === undefined ? null : stepsNamed(value);
    const steps = {};
    for (const { step, inside } of visibleTo(this.store.definition, key)) {
      if (!named || named.has(step.key)) steps[step.key] = this.output(step, inside);
    }
    const workflow = { ...this.#scope.workflow, name: this.store.standing.name, settings: this.settings() };
    return { trigger: this.trigger(), steps, workflow, run: this.#scope.run };
  }

  /** Details of every operation that `key` can use, and the items of the loops around it. */
  async prepare(key) {
    const { definition } = this.store;
    const visible = visibleTo(definition, key);
    await this.api.operations([definition.trigger.operation, ...visible.map(({ step }) => step.operation)].filter(Boolean));
    for (const { step, inside } of visible) if (inside) await this.#loadItem(step);
  }

  /** The first item of a loop's list, worked out by the server with the sample data. */
  async #loadItem(step) {
    const id = JSON.stringify(step.items);
    if (this.#items.has(id) || !onlyExpression(step.items)) return;
    const value = [step.items];
    const scope = this.scopeFor(step.key, value);
    const { output } = await this.api.post("/test-step", { step: { ...step, steps: [] }, scope });
    if (output?.item !== undefined) this.#items.set(id, output.item);
  }
}
