// The editor's dialogs: problems, publishing, versions, somebody else's changes, keys.
import { button, h, icon } from "./dom.js";
import { amount, inWords, lookOf, rulesSaid } from "./cards.js";
import { find, pointerOf } from "./document.js";
import { spoken } from "./keys.js";
import { float, openDialog } from "./menu.js";
import { merge } from "./merge.js";
import { callout } from "./dataview.js";
import { asText } from "./schema.js";
import { SETTINGS, TRIGGER } from "./store.js";
import { undoToast } from "./toast.js";

export class Dialogs {
  /** `parts`: store, api, commands, autosave, toast. */
  constructor(parts) {
    Object.assign(this, parts);
  }

  // Problems

  problems(anchor) {
    const { problems } = this.store.standing;
    const rows = problems.map((problem) => this.#problem(problem));
    const none = h("p", { class: "muted pad-line" }, "Nothing to mend. This draft can be published.");
    const list = h("div", { class: "menu-panel problems", role: "dialog", "aria-label": "What is to mend" }, rows.length ? rows : none);
    this.close = float(list, anchor, { keep: anchor, onClose: () => anchor.focus() });
    list.querySelector("button")?.focus();
    list.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const buttons = [...list.querySelectorAll("button")];
      buttons.at((buttons.indexOf(document.activeElement) + by) % buttons.length)?.focus();
    });
  }

  #problem(problem) {
    const { store } = this;
    const step = problem.step && find(store.definition, problem.step)?.step;
    const place = step ? lookOf(step, store).title : problem.pointer.startsWith("/settings") ? "Settings" : problem.pointer.startsWith("/trigger") ? "Trigger" : "Workflow";
    const go = () => {
      this.close();
      this.goToProblem(problem);
    };
    return h("button", { type: "button", class: "problem-row", onclick: go }, icon("triangle-alert"), h("span", { class: "grow" }, h("strong", {}, problem.field_title ? `${place} › ${problem.field_title}` : place), h("span", {}, problem.message)));
  }

  goToProblem(problem) {
    const { store, commands } = this;
    if (problem.pointer.startsWith("/settings")) return store.select(SETTINGS, { field: problem.pointer });
    const key = problem.step ?? TRIGGER;
    const start = pointerOf(store.savedDefinition, problem.step);
    commands.goTo(key, { field: start ? problem.pointer.slice(start.length) || "/operation" : null });
  }

  // Publishing

  async publish() {
    try {
      await this.autosave.flush();
    } catch (error) {
      return this.toast(error.message, { tone: "bad" });
    }
    const { store } = this;
    const { problems, live_number: live, draft_is_live: same } = store.standing;
    if (problems.length) return this.#notReady(problems);
    if (same) return this.toast(`Nothing has changed since version ${live}.`);
    const { body, close } = openDialog(`Publish version ${(live ?? 0) + 1}`, { wide: Boolean(live) });
    const note = h("input", { class: "input", id: "publish-note", autocomplete: "off", maxlength: 500, placeholder: "For those who look at the history later" });
    const go = button({ text: "Publish", glyph: "upload", kind: "primary", type: "submit" });
    const send = async (event) => {
      event.preventDefault();
      go.disabled = true;
      if (await this.#published(note.value)) close();
      else go.disabled = false;
    };
    const changes = h("div", { class: "changes" }, live ? h("span", { class: "skeleton" }) : null);
    body.append(
      h(
        "form",
        { class: "form", onsubmit: send },
        h("p", { class: "muted" }, store.standing.enabled ? "New events use it at once; runs that have started keep their version." : "The workflow is off. Switch it on to use the new version."),
        changes,
        h("div", { class: "field" }, h("label", { for: "publish-note" }, "What changed?", h("span", { class: "optional" }, "optional")), note),
        h("div", { class: "dialog-foot" }, button({ text: "Not yet", onclick: close }), go),
      ),
    );
    note.focus();
    if (!live) return;
    const { changes: list } = await this.api.get("/changes").catch(() => ({ changes: [] }));
    changes.replaceChildren(h("h3", {}, `Since version ${live}`), changeList(list));
  }

  async #published(note) {
    try {
      const { number, ...standing } = await this.api.post("/publish", { revision: this.store.standing.revision, note });
      this.store.setStanding(standing);
      this.toast(`Version ${number} is live.`, { tone: "good" });
      return true;
    } catch (error) {
      this.toast(error.message, { tone: "bad" });
      return false;
    }
  }

  #notReady(problems) {
    this.toast(`There ${problems.length === 1 ? "is one thing" : `are ${problems.length} things`} to mend first.`, { tone: "bad" });
    this.goToProblem(problems[0]);
  }

  async switchOn(on) {
    try {
      if (on) await this.autosave.flush();
      this.store.setStanding(await this.api.post("/switch", { on }));
      this.toast(on ? "The workflow is on." : "The workflow is off. Nothing starts it any more.", { tone: on ? "good" : "info" });
    } catch (error) {
      if (error.body?.problems) this.store.setStanding({ problems: error.body.problems });
      this.toast(error.message, { tone: "bad" });
      this.store.emit("standing");
    }
  }

  // Versions

  async versions() {
    const { body, close } = openDialog("History", { wide: true, kind: "history" });
    body.append(h("span", { class: "skeleton" }));
    await this.autosave.flush().catch(() => {});
    try {
      const { versions } = await this.api.get("/versions");
      body.replaceChildren(versions.length ? this.#versionList(versions, close) : h("p", { class: "muted" }, "Nothing is published yet. The first version appears here when you publish."));
    } catch (error) {
      body.replaceChildren(h("p", { class: "field-error" }, error.message));
    }
  }

  #versionList(versions, close) {
    const detail = h("div", { class: "version-detail" }, h("p", { class: "muted" }, "Choose a version to see how it differs from the draft."));
    const rows = versions.map((version) => {
      const at = new Date(version.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
      const row = h(
        "button",
        { type: "button", class: "version-row", "aria-pressed": "false", onclick: () => {
          for (const other of rows) other.setAttribute("aria-pressed", String(other === row));
          this.#showVersion(version, detail, close);
        } },
        h("span", { class: "row" }, h("strong", {}, `Version ${version.number}`), version.live ? h("span", { class: "badge plain tone-good" }, "Live") : null),
        h("span", { class: "small" }, version.note || "No note"),
        h("span", { class: "muted small" }, version.by ? `${version.by}, ${at}` : at),
      );
      return row;
    });
    return h("div", { class: "version-columns" }, h("div", { class: "version-list" }, rows), detail);
  }

  async #showVersion({ number }, detail, close) {
    detail.replaceChildren(h("span", { class: "skeleton" }));
    const { definition, operations, changes } = await this.api.get(`/versions/${number}`);
    const restore = button({ text: "Bring it back as the draft", glyph: "history", kind: "primary", disabled: !changes.length, onclick: () => {
      this.store.learn(operations);
      this.store.change(`Bring back version ${number}`, definition, { select: null });
      close();
      undoToast(this.store, `The draft is version ${number} again. Publish it to make it live.`);
    } });
    detail.replaceChildren(
      h("h3", {}, changes.length ? "Bringing it back would change in the draft:" : `The draft is the same as version ${number}.`),
      changeList(changes),
      h("div", {}, restore),
    );
  }

  // Somebody else's changes

  conflict(theirs) {
    const { store, autosave } = this;
    store.learn(theirs.operations);
    const base = store.savedDefinition;
    const { definition: both, overlaps } = merge(base, store.definition, theirs.definition);
    const settle = (label, definition) => {
      close();
      const { definition: server, operations: _, message: __, ...standing } = theirs;
      if (definition) store.change(label, definition);
      autosave.resolve(server, standing);
    };
    const { body, close, dialog } = openDialog("Somebody else changed this workflow", { kind: "conflict" });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("click", (event) => event.target === dialog && event.stopPropagation());
    dialog.querySelector(".dialog-head .button").remove();
    const named = overlaps.map((overlap) => h("li", {}, h("strong", {}, titleOf(store, overlap.step, theirs.definition)), ": ", ...sidesOf(store, overlap)));
    body.append(
      h("p", {}, "While you worked, another person stored changes of their own. Nothing of either is lost: you can undo whatever you choose here."),
      overlaps.length
        ? callout("warn", "triangle-alert", "You both changed the same", h("ul", {}, named), overlaps.some(({ field }) => !KEPT[field]) && h("p", {}, "In the merged draft yours is kept there."))
        : callout("good", "circle-check", "Your changes do not touch each other"),
      h(
        "div",
        { class: "dialog-foot" },
        button({ text: "Load theirs", onclick: () => settle("Load the other person's draft", theirs.definition) }),
        button({ text: "Keep only mine", onclick: () => settle("", null) }),
        button({ text: "Merge both", kind: "primary", glyph: "split", onclick: () => settle("Merge both drafts", both) }),
      ),
    );
    body.querySelector(".primary").focus();
  }

  /** Somebody stored something while nothing was changed here. */
  newer(theirs) {
    const { store, autosave } = this;
    store.learn(theirs.operations);
    const { definition, operations: _, ...standing } = theirs;
    store.savedDefinition = definition;
    store.change("Load the other person's changes", definition);
    autosave.resolve(definition, standing);
    this.toast("Somebody else changed this workflow. You see their changes now.");
  }

  // Keys

  help() {
    const { body } = openDialog("Keys", { wide: true, kind: "keys" });
    const groups = Map.groupBy(this.bindings.filter((one) => one.title), (one) => one.group);
    for (const [group, list] of groups) {
      const rows = list.map(({ title, keys }) => {
        const more = this.bindings.filter((one) => one.with === title).flatMap((one) => one.keys);
        const all = [...keys, ...more].map((combination) => h("span", { class: "keys" }, spoken(combination).map((part) => h("kbd", {}, part))));
        return h("div", { class: "key-row" }, h("span", { class: "grow" }, title), h("span", { class: "key-list" }, all));
      });
      body.append(h("section", {}, h("h3", {}, group), rows));
    }
    body.append(h("p", { class: "muted small" }, "Steps can also be dragged. On a touch screen, hold a step for a moment first."));
  }
}

/** Parts of a step as the panel calls them. */
const PARTS = {
  title: "name",
  key: "name in expressions",
  connection: "account",
  for: "how long to wait",
  until: "date and time",
  items: "list to go through",
  match: "how rules count",
  take: "which paths a run takes",
  retry: "tries after passing faults",
};

const KEPT = {
  deleted: "you deleted it, the other person changed it. It stays.",
  steps: "you deleted it, the other person changed steps inside it. It stays.",
};
const LONGEST = 200;

/** Which part of a step two people changed, and what each of them made of it. */
function sidesOf(store, { field, mine, theirs }) {
  if (KEPT[field]) return [KEPT[field]];
  const side = (who, value) => h("div", { class: "break" }, h("span", { class: "muted" }, `${who}: `), said(store, field, value));
  return [PARTS[field] ?? inWords(field), side("Yours", mine), side("Theirs", theirs)];
}

/** A value of a step's part in words, as far as there are any. */
function said(store, field, value) {
  if (value === undefined || value === null || value === "") return h("em", {}, "empty");
  if (field === "connection") return store.connections.find(({ id }) => id === value)?.name ?? "an account that is gone";
  if (field === "operation") return store.operations.get(value)?.title ?? value;
  if (field === "rules") return rulesSaid({ rules: value }, store) || h("em", {}, "empty");
  if (field === "for") return amount(value, store);
  const text = typeof value === "boolean" ? (value ? "Yes" : "No") : asText(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const titleOf = (store, key, other) => {
  const found = key && (find(store.definition, key) ?? find(other, key));
  return found ? lookOf(found.step, store).title : key ? key : "Trigger or settings";
};

const SIGNS = { added: ["plus", "good"], removed: ["x", "bad"], moved: ["arrow-right", "info"], changed: ["pencil", "neutral"] };
const WORDS = { added: "is new", removed: "is gone", moved: "is in another place", changed: "" };

/** Changes in words, each with what was there and what is there now. */
export function changeList(changes) {
  if (!changes.length) return h("p", { class: "muted small" }, "No changes.");
  const rows = changes.map(({ kind, what, field, before, after }) => {
    const [glyph, tone] = SIGNS[kind];
    const values = kind === "changed" ? h("span", { class: "change-values" }, before ? h("del", {}, before) : h("em", {}, "empty"), icon("arrow-right"), after ? h("ins", {}, after) : h("em", {}, "empty")) : null;
    return h("li", {}, h("span", { class: `change-sign tone-${tone}` }, icon(glyph)), h("span", { class: "grow" }, h("strong", {}, what), ` ${field ? field : WORDS[kind]}`, values));
  });
  return h("ul", { class: "change-list" }, rows);
}
