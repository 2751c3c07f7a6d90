// The tab "Set up": which operation with which account, what the step is called, what happens after a failure.
import { isKey, keys, renameKey } from "./document.js";
import { appIcon, button, h, icon, newId } from "./dom.js";
import { connectDialog } from "./connecting.js";

export function setUp(panel) {
  const { holder, store } = panel;
  panel.fields = [];
  const connector = holder.operation ? store.connectors[holder.operation.split(".")[0]] : null;
  return h(
    "div",
    { class: "form" },
    holder.operation ? operationRow(panel, connector) : null,
    connector?.needs_connection ? account(panel, connector) : null,
    panel.isTrigger ? hook(panel) : null,
    name(panel),
    note(panel),
    panel.isTrigger ? null : afterFailure(panel),
    panel.isTrigger ? null : expressionName(panel),
  );
}

function operationRow(panel, connector) {
  const { holder, store } = panel;
  const operation = store.operations.get(holder.operation);
  const problem = problemLine(panel, "/operation");
  const change = button({ text: "Change", kind: "small", onclick: () => replaceOperation(panel) });
  return h(
    "div",
    { class: "field", dataset: { pointer: "/operation" } },
    h(
      "div",
      { class: "choice-row" },
      appIcon({ connector: connector ? connector.key : null, glyph: "circle-alert", tone: "bad" }),
      h("div", { class: "grow" }, h("strong", {}, operation?.title ?? holder.operation), h("p", { class: "muted small" }, operation?.description ?? "This operation does not exist any more.")),
      change,
    ),
    problem,
  );
}

async function replaceOperation(panel) {
  const { store, isTrigger } = panel;
  const chosen = isTrigger ? await panel.picker.chooseTrigger() : await panel.picker.chooseStep({ replace: true });
  if (!chosen?.operation) return;
  const { operation } = chosen;
  const known = store.connectionsOf(operation.connector);
  panel.edit(
    `Change to “${operation.title}”`,
    (holder) => {
      const same = holder.operation?.split(".")[0] === operation.connector;
      const connection = same ? (holder.connection ?? null) : known.length === 1 ? known[0].id : null;
      const next = { ...holder, operation: operation.id, connection };
      if (isTrigger) return { operation: operation.id, connection, input: {}, ...(holder.note ? { note: holder.note } : {}) };
      const { on_uncertain: _, if_none: __, ...kept } = next;
      const renamed = !holder.title || holder.title === store.operations.get(holder.operation)?.title;
      return { ...kept, kind: operation.kind, title: renamed ? operation.title : holder.title };
    },
    { redraw: true },
  );
  panel.store.select(panel.store.selection, { tab: "setup" });
}

function account(panel, connector) {
  const { holder, store } = panel;
  const id = newId("account");
  const known = store.connectionsOf(connector.key);
  const gone = holder.connection && !known.some((one) => one.id === holder.connection);
  const select = h(
    "select",
    {
      class: "input",
      id,
      onchange: () => panel.edit("Choose the account", (one) => ({ ...one, connection: select.value || null }), { redraw: true }),
    },
    h("option", { value: "" }, connector.works_without ? "No account" : "Choose an account…"),
    gone ? h("option", { value: holder.connection, selected: true }, "An account that is gone") : null,
    known.map((one) => h("option", { value: one.id, selected: one.id === holder.connection }, one.status === "failing" ? `${one.name} (needs mending)` : one.name)),
  );
  const chosen = known.find((one) => one.id === holder.connection);
  const connect = button({
    text: known.length ? "Connect another" : `Connect ${connector.name}`,
    glyph: "plug-zap",
    kind: known.length ? "small" : "primary",
    onclick: () =>
      connectDialog(panel.api, connector, async (connection, signIn) => {
        store.addConnection(connection);
        panel.edit("Choose the account", (one) => ({ ...one, connection: connection.id }), { redraw: true });
        if (!signIn) return;
        await panel.autosave.flush();
        location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
      }),
  });
  const failing = chosen?.status === "failing";
  return h(
    "div",
    { class: "field", dataset: { pointer: "/connection" } },
    h("label", { for: id }, `${connector.name} account`),
    h("div", { class: "account-choice" }, known.length ? select : null, connect),
    failing ? h("p", { class: "field-error" }, icon("triangle-alert"), h("span", {}, "This account needs mending. ", h("a", { href: `/connections/${chosen.id}` }, "Look at it"))) : null,
    problemLine(panel, "/connection"),
  );
}

/** The address of a workflow's own hook. */
function hook(panel) {
  if (panel.store.operations.get(panel.holder.operation)?.mode !== "catch") return null;
  const line = h("div", { class: "copy-line" }, h("code", { class: "break" }, "…"));
  panel.api.get("/hook").then(({ url }) => {
    const copy = h("button", { type: "button", class: "button quiet small square copy", "aria-label": "Copy the address", title: "Copy", dataset: { copy: url } }, icon("copy"));
    line.replaceChildren(h("code", { class: "break" }, url), copy);
  }, () => {});
  return h("div", { class: "field" }, h("span", { class: "label" }, "Address for events"), line, h("p", { class: "field-help" }, "Send an HTTP request with JSON here. Keep it secret: whoever knows it can start this workflow."));
}

function name(panel) {
  const { holder, store } = panel;
  const usual = store.operations.get(holder.operation)?.title ?? "";
  return textField(panel, {
    label: "Name of this step",
    pointer: "/title",
    value: holder.title ?? "",
    placeholder: usual,
    maxlength: 200,
    optional: true,
    change: (text) => panel.edit("Rename", (one) => withOptional(one, "title", text.trim()), { merge: "title" }),
  });
}

function note(panel) {
  return textField(panel, {
    label: "Note for your team",
    pointer: "/note",
    value: panel.holder.note ?? "",
    maxlength: 4000,
    optional: true,
    lines: true,
    change: (text) => panel.edit("Change the note", (one) => withOptional(one, "note", text.trim()), { merge: "note" }),
  });
}

function afterFailure(panel) {
  const { holder, store } = panel;
  const operation = store.operations.get(holder.operation);
  if (!operation || operation.effect === "pure") return null;
  const { uncertain, if_none: none } = store.choices;
  const attempts = textField(panel, {
    label: "Tries after passing faults",
    pointer: "/retry/attempts",
    value: holder.retry?.attempts ?? "",
    placeholder: "6",
    optional: true,
    help: "With growing waits in between. Wrong input is never tried again.",
    check: (text) => (text.trim() && !/^([1-9]|[1-4]\d|50)$/.test(text.trim()) ? "Enter a whole number from 1 to 50." : ""),
    change: (text) =>
      panel.edit("Change the tries", (one) => {
        const { attempts: _, ...rest } = one.retry ?? {};
        const retry = text.trim() ? { ...rest, attempts: Number(text) } : rest;
        return withOptional(one, "retry", Object.keys(retry).length ? retry : undefined);
      }, { merge: "attempts" }),
  });
  const choices = [attempts];
  if (operation.effect === "write") choices.unshift(selectField(panel, "When nobody can know whether it happened", "on_uncertain", uncertain, "hold"));
  if (holder.kind === "search") choices.unshift(selectField(panel, "When nothing is found", "if_none", none, "continue"));
  const open = Boolean(holder.retry || holder.on_uncertain || (holder.if_none && holder.if_none !== "continue"));
  return fold(holder.kind === "search" ? "When nothing is found or something goes wrong" : "When something goes wrong", choices, open);
}

/** The key, by which expressions name the step. */
function expressionName(panel) {
  const { key, store } = panel;
  const field = textField(panel, {
    label: "Name in expressions",
    pointer: "/key",
    value: key,
    help: "Whatever uses this step follows the new name.",
    mono: true,
    late: true,
    check: (text) => {
      if (!isKey(text)) return "Use small letters, digits and _, beginning with a letter; at most 40.";
      return text !== key && keys(store.definition).has(text) ? "Another step has this name." : "";
    },
    change: (text) => {
      if (text !== key) store.change(`Rename to ${text}`, renameKey(store.definition, key, text), { select: text });
    },
  });
  return fold("For expressions", [field], false);
}

const fold = (title, content, open) =>
  h("details", { class: "advanced", open }, h("summary", {}, icon("chevron-right"), title), h("div", { class: "form" }, content));

function selectField(panel, label, name_, choices, usual) {
  const id = newId("choice");
  const value = panel.holder[name_] ?? usual;
  const select = h(
    "select",
    { class: "input", id, onchange: () => panel.edit(label, (one) => withOptional(one, name_, select.value === usual ? undefined : select.value)) },
    choices.map(([key, title]) => h("option", { value: key, selected: key === value }, title)),
  );
  return h("div", { class: "field", dataset: { pointer: `/${name_}` } }, h("label", { for: id }, label), select);
}

/** `late`: changes count when the field is left; `check` says what is wrong, or "". */
export function textField(panel, { label, pointer, value, change, check = () => "", help = "", placeholder = "", optional = false, lines = false, mono = false, late = false, maxlength = null }) {
  const id = newId("text");
  const problem = h("p", { class: "field-error", hidden: true, id: `${id}-problem` });
  const act = () => {
    const wrong = check(input.value);
    problem.hidden = !wrong;
    problem.replaceChildren(...(wrong ? [icon("circle-alert"), h("span", {}, wrong)] : []));
    input.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (!wrong) change(input.value);
  };
  const input = h(lines ? "textarea" : "input", {
    class: `input${mono ? " mono" : ""}`,
    id,
    rows: lines ? 2 : null,
    value: String(value),
    placeholder,
    maxlength,
    autocomplete: "off",
    spellcheck: mono ? "false" : null,
    "aria-describedby": `${id}-problem`,
    [late ? "onchange" : "oninput"]: act,
  });
  return h(
    "div",
    { class: "field", dataset: { pointer } },
    h("label", { for: id }, label, optional ? h("span", { class: "optional" }, "optional") : null),
    input,
    help ? h("p", { class: "field-help" }, help) : null,
    problem,
  );
}

/** Says what the checker finds at a place, whenever that changes. */
export function problemLine(panel, pointer) {
  const line = h("p", { class: "field-error", hidden: true });
  const showProblem = () => {
    const message = panel.problemAt(pointer);
    line.hidden = !message;
    line.replaceChildren(...(message ? [icon("circle-alert"), h("span", {}, message)] : []));
  };
  panel.fields.push({ showProblem });
  showProblem();
  return line;
}

/** `holder` with `name`, or without it when there is nothing to say. */
export function withOptional(holder, name, value) {
  const { [name]: _, ...rest } = holder;
  return value === undefined || value === "" ? rest : { ...holder, [name]: value };
}
