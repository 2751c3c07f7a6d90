// "Fill in matching fields": asks the server which data belongs where, and puts it in as one change.
import { announce } from "./dom.js";
import { formatPath } from "./expressions.js";
import { values, visibleTo } from "./scope.js";
import { undoToast } from "./toast.js";

export async function matchFields(panel) {
  const { api, samples, store, holder } = panel;
  const key = panel.key;
  await samples.prepare(key);
  const { fields } = await api.post("/match", {
    operation: holder.operation,
    connection: holder.connection ?? null,
    input: holder.input ?? {},
    data: known(panel),
  });
  const count = Object.keys(fields).length;
  if (!count || store.selection !== key) {
    panel.toast("No empty field has matching data.");
    return;
  }
  panel.edit("Fill in matching fields", (one) => ({ ...one, input: { ...one.input, ...fields } }), { redraw: true });
  undoToast(store, `${count === 1 ? "One field is" : `${count} fields are`} filled in. Look them over.`);
  announce(`${count} fields filled in`);
}

/** Every value that the step can use, as the server's matcher wants it. */
function known({ samples, store, key }) {
  const { trigger } = store.definition;
  const found = values(samples.trigger(), ["trigger"]).map((row) => datum(row, 1, false, trigger));
  for (const { step, optional, inside } of visibleTo(store.definition, key)) {
    const rows = values(samples.output(step, inside), ["steps", step.key]);
    found.push(...rows.map((row) => datum(row, 2, optional, step)));
  }
  return found.filter((one) => !one.path.some((part) => /^\d+$/.test(part)));
}

const datum = (row, root, optional, { operation }) => ({
  expression: formatPath(row.path),
  path: row.path.slice(root).map(String),
  type: row.type,
  optional,
  app: operation?.split(".")[0] ?? "",
});
