// The tab "Test": real data in, the step's answer out.
import { button, h, icon } from "./dom.js";
import { callout, dataView } from "./dataview.js";
import { lookOf } from "./cards.js";
import { visibleTo } from "./scope.js";

const WHAT_A_TEST_DOES = {
  filter: "Judges the rules with the sample data.",
  paths: "Shows which paths the sample data takes.",
  delay: "Works out how long a run would wait; the test itself does not.",
  loop: "Shows the list and its first entry.",
  search: "Asks the app with the sample data.",
};
const views = { output: {}, input: {} };

export function testTab(panel) {
  panel.fields = [];
  return h("div", { class: "form" }, sampleChoice(panel), panel.isTrigger ? triggerData(panel) : stepTest(panel));
}

/** Which run's data is used. */
function sampleChoice(panel) {
  const { samples } = panel;
  if (!samples.runs.length) return null;
  const select = h(
    "select",
    { class: "input", id: "sample-run", onchange: () => samples.load(select.value || null).then(() => panel.redraw()) },
    h("option", { value: "" }, "The newest data there is"),
    samples.runs.map((run) => h("option", { value: run.id, selected: run.id === samples.run }, runTitle(run))),
  );
  return h("div", { class: "field" }, h("label", { for: "sample-run" }, "Data from a past run"), select);
}

function runTitle({ subject, status, mode, at }) {
  const when = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return `${subject || "Run"} · ${when} · ${mode === "live" ? status : `${mode}, ${status}`}`;
}

function triggerData(panel) {
  const { samples, api, holder } = panel;
  const place = h("div", { class: "stack" });
  const draw = () => {
    const real = samples.isReal(null);
    const origin = real ? "Data of a real event." : "Example data of the app. It becomes real with the first event.";
    place.replaceChildren(h("p", { class: "muted small" }, origin), dataView("What the trigger gives", samples.trigger(), views.output), ownData(panel, null, samples.trigger(), draw));
  };
  if (api.operation(holder.operation)) draw();
  else api.operations([holder.operation]).then(draw, draw);
  return place;
}

function stepTest(panel) {
  const { holder, store, samples } = panel;
  const operation = store.operations.get(holder.operation);
  const writes = operation?.effect?.endsWith("write");
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const show = (result) => place.replaceChildren(...resultParts(panel, result));
  const run = async (dry, pressed) => {
    for (const one of buttons) one.disabled = true;
    pressed.classList.add("busy");
    place.replaceChildren(h("p", { class: "muted row" }, icon("loader-circle", "spin"), "Testing…"));
    try {
      show(await tryStep(panel, dry));
    } catch (error) {
      place.replaceChildren(callout("bad", "circle-x", "The test could not be made", h("p", {}, error.message)));
    }
    for (const one of buttons) one.disabled = false;
    pressed.classList.remove("busy");
  };
  const real = button({ text: writes ? "Test for real" : "Test this step", glyph: "play", kind: "primary", onclick: () => run(false, real) });
  const dry = writes ? button({ text: "Show what would be sent", glyph: "eye", onclick: () => run(true, dry) }) : null;
  const buttons = [real, dry].filter(Boolean);
  const app = operation ? lookOf(holder, store).kicker : "";
  const last = panel.lastTests?.get(panel.key);
  if (last) show(last);
  else if (samples.isReal(panel.key)) place.append(h("p", { class: "muted small" }, "What it gave in a past run:"), dataView("Output", samples.output(holder), views.output));
  return [
    h("p", { class: "muted small" }, writes ? `“Test for real” makes a change in ${app}.` : `${WHAT_A_TEST_DOES[holder.kind] ?? "Works with the sample data."} Nothing is changed anywhere.`),
    h("div", { class: "row" }, buttons),
    unreal(panel),
    place,
  ];
}

/** Steps before this one whose data is only an example. */
function unreal(panel) {
  const { store, samples, key, commands } = panel;
  const found = visibleTo(store.definition, key).filter(({ step }) => step.operation && !samples.isReal(step.key));
  if (!found.length) return null;
  const first = found.slice(-3).map(({ step }) => h("button", { type: "button", class: "button quiet small", onclick: () => commands.goTo(step.key, { tab: "test" }) }, lookOf(step, store).title));
  return h("details", { class: "advanced" }, h("summary", {}, icon("chevron-right"), `Uses example data of ${found.length === 1 ? "one step" : `${found.length} steps`}`), h("p", { class: "field-help" }, "Test these first to work with real data:"), h("div", { class: "row" }, first));
}

async function tryStep(panel, dry) {
  const { api, samples, store, autosave, holder } = panel;
  const key = panel.key;
  await autosave.flush();
  await samples.prepare(key);
  const step = { ...holder, ...(holder.kind === "loop" ? { steps: [] } : {}) };
  if (holder.kind === "paths") step.branches = holder.branches.map((branch) => ({ ...branch, steps: [] }));
  const result = await api.post("/test-step", { step, scope: samples.scopeFor(key), dry });
  panel.lastTests ??= new Map();
  panel.lastTests.set(key, result);
  const useful = result.ok && !result.simulated && result.output?.found !== false;
  if (useful && store.operations.get(holder.operation)) samples.keep(key, result.output);
  return result;
}

function resultParts(panel, result) {
  const parts = [result.ok ? success(result) : failure(panel, result)];
  const exchanges = (result.exchanges ?? []).map((one) => exchange(one, result.simulated));
  if (result.simulated) parts.push(...exchanges);
  if (result.mismatches?.length) parts.push(mismatches(result.mismatches));
  if (result.output !== undefined && result.output !== null && result.ok) {
    parts.push(dataView(result.simulated ? "Example output" : "Output", result.output, views.output));
  }
  if (!result.simulated) parts.push(...exchanges);
  if (result.input && Object.keys(result.input).length) parts.push(folded("Input", dataView("Input", result.input, views.input)));
  return parts;
}

const success = ({ simulated, verdict, output }) => {
  if (simulated) return callout("info", "info", "Nothing was sent", h("p", {}, "This is the request that the step would send."));
  if (verdict) return verdict.together ? callout("good", "circle-check", "The sample data passes") : callout("info", "circle-slash", "The sample data does not pass: a run would end here");
  if (output?.found === false) return callout("info", "search-x", "It worked, and nothing was found", h("p", {}, "For mapping, the example data stays in place."));
  return callout("good", "circle-check", "It worked");
};

function failure(panel, { failure: found, field, problems = [] }) {
  const place = field ? `/input/${field}` : problems[0] ? (problems[0].pointer.startsWith("/input") ? problems[0].pointer : `/input${problems[0].pointer}`) : null;
  const go = place ? button({ text: "Go to the field", kind: "small", onclick: () => panel.store.select(panel.store.selection, { field: place }) }) : null;
  return callout("bad", "circle-x", found?.message ?? "It did not work", found?.remedy ? h("p", {}, found.remedy) : null, go ? h("div", { class: "actions" }, go) : null);
}

const mismatches = (list) =>
  callout("warn", "triangle-alert", "The answer is not quite what the connector describes", h("ul", {}, list.slice(0, 8).map(({ pointer, message }) => h("li", {}, pointer ? h("code", {}, pointer.slice(1).replaceAll("/", ".")) : null, " ", message))));

function exchange({ request, response, error, duration_ms: took }, open = false) {
  const status = response ? `${response.status}` : error ? "no answer" : "not sent";
  const tone = response ? (response.status < 400 ? "good" : "bad") : error ? "bad" : "neutral";
  return h(
    "details",
    { class: "exchange", open },
    h("summary", {}, icon("chevron-right"), h("code", { class: "grow truncate" }, `${request.method} ${request.url}`), h("span", { class: `badge plain tone-${tone}` }, status), response ? h("span", { class: "muted small" }, `${Math.round(took)} ms`) : null),
    h("div", { class: "stack tight exchange-body" }, message("Request", request), response ? message("Response", response) : error ? h("p", { class: "field-error" }, error) : null),
  );
}

function message(title, { headers, body }) {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return h("figure", { class: "code" }, h("figcaption", { class: "code-title" }, title), h("pre", { class: "wrap", tabindex: 0 }, [lines.join("\n"), pretty(body)].filter(Boolean).join("\n\n")));
}

function pretty(body) {
  if (typeof body !== "string") return body ? JSON.stringify(body, null, 2) : "";
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

const folded = (title, content) => h("details", { class: "advanced" }, h("summary", {}, icon("chevron-right"), title), content);

/** Data of one's own in place of the sample, for this visit. */
function ownData(panel, key, value, done) {
  const area = h("textarea", { class: "input code-input", rows: 8, spellcheck: "false", "aria-label": "Sample data as JSON", value: JSON.stringify(value, null, 2) });
  const problem = h("p", { class: "field-error", role: "alert" });
  const use = () => {
    try {
      panel.samples.keep(key, JSON.parse(area.value));
      done();
    } catch (error) {
      problem.replaceChildren(icon("circle-alert"), h("span", {}, `This is not valid JSON: ${error.message}`));
    }
  };
  return folded("Use data of your own", h("div", { class: "stack tight" }, area, problem, h("div", {}, button({ text: "Use this data", kind: "small", onclick: use }))));
}
