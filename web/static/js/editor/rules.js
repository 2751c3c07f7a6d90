// Rules of filters and paths: what is compared with what, and whether it holds with the sample data.
import { button, h, icon } from "./dom.js";
import { Field } from "./field.js";
import { below } from "./schema.js";
import { problemLine } from "./setup.js";

const HINT = / \((.*)\)$/;

/** `holder` has rules and match; `change(holder, merge)` gets it with what was edited. */
export function rulesEditor({ panel, form, holder, pointer, change, empty }) {
  let current = { match: "all", rules: [], ...holder };
  const { tests, match: matches } = panel.store.choices;
  const list = h("div", { class: "rules", role: "group", "aria-label": "Rules", dataset: { pointer: `${pointer}/rules` } });
  const together = h("p", { class: "verdict", hidden: true });
  let marks = [];

  const tell = (next, merge = null) => {
    current = next;
    change(current, merge);
    form.previews.refresh();
  };
  const setRule = (index, rule, merge) => tell({ ...current, rules: current.rules.with(index, rule) }, merge);
  const draw = () => {
    marks = [];
    const rows = current.rules.flatMap((rule, index) => [index > 0 ? joint(index) : null, row(rule, index)]);
    const add = button({ text: current.rules.length ? "Add a rule" : empty, glyph: "plus", kind: "small", onclick: append });
    list.replaceChildren(...rows.filter(Boolean), add);
  };
  const append = () => {
    tell({ ...current, rules: [...current.rules, { left: "", test: "equals", right: "" }] });
    draw();
    [...list.querySelectorAll(".rule-card")].at(-1).querySelector(".input").focus();
  };

  /** "and" or "or" between two rules; pressing it changes all of them. */
  const joint = () => {
    const any = current.match === "any";
    const select = h(
      "select",
      { class: "joint", "aria-label": "How rules count", onchange: () => {
        tell({ ...current, match: select.value });
        draw();
      } },
      matches.map(([key, title]) => h("option", { value: key, selected: (key === "any") === any, title }, key === "any" ? "or" : "and")),
    );
    return select;
  };

  const row = (rule, index) => {
    const at = `${pointer}/rules/${index}`;
    const mark = h("span", { class: "rule-mark" });
    marks.push(mark);
    const side = (name, title) => {
      const value = rule[name] ?? "";
      const field = new Field({
        name,
        title,
        schema: typeof value === "object" ? {} : { type: "string", "x-placeholder": name === "left" ? "Data, such as the e-mail" : placeholderOf(rule.test) },
        value,
        bare: true,
        pointer: below(at, name),
        form: { ...form, plain: true },
        change: (value, { merge }) => {
          rule = { ...rule, [name]: value ?? "" };
          setRule(index, rule, merge);
        },
      });
      panel.fields.push(field);
      return field.element;
    };
    const right = h("div", { class: "rule-right" });
    const drawRight = () => right.replaceChildren(...(needsRight(rule.test) ? [side("right", `Rule ${index + 1}: value`)] : []));
    const select = h(
      "select",
      { class: "input", "aria-label": `Rule ${index + 1}: test`, onchange: () => {
        const { right: before, ...rest } = rule;
        rule = { ...rest, test: select.value, ...(needsRight(select.value) ? { right: before ?? "" } : {}) };
        setRule(index, rule);
        drawRight();
      } },
      tests.map(({ key, title }) => h("option", { value: key, selected: key === rule.test }, title.replace(HINT, ""))),
    );
    drawRight();
    const remove = h("button", { type: "button", class: "button quiet small square", "aria-label": `Remove rule ${index + 1}`, title: "Remove", onclick: () => {
      tell({ ...current, rules: current.rules.toSpliced(index, 1) });
      draw();
    } }, icon("x"));
    return h("div", { class: "rule-card" }, side("left", `Rule ${index + 1}: data`), h("div", { class: "rule-test" }, select, right), h("div", { class: "rule-side" }, mark, remove));
  };
  /** What a test's title says in brackets is how its value is written. */
  const placeholderOf = (test) => HINT.exec(tests.find((one) => one.key === test)?.title ?? "")?.[1] ?? "Value";
  const needsRight = (test) => tests.find((one) => one.key === test)?.needs_right ?? true;

  form.previews.addRules(pointer, () => current, (verdict) => {
    for (const [index, mark] of marks.entries()) showMark(mark, verdict?.each[index]);
    together.hidden = !verdict;
    together.className = `verdict tone-${verdict?.together ? "good" : "neutral"}`;
    const text = verdict?.together ? "The sample data passes." : "The sample data does not pass.";
    together.replaceChildren(icon(verdict?.together ? "circle-check" : "circle-slash"), h("span", {}, text));
  });
  draw();
  return h("div", { class: "stack tight" }, list, together, problemLine(panel, `${pointer}/rules`));
}

function showMark(mark, holds) {
  mark.replaceChildren(...(holds === undefined ? [] : [icon(holds ? "circle-check" : "circle-slash")]));
  mark.className = `rule-mark ${holds === undefined ? "" : holds ? "good" : "off"}`;
  const words = holds ? "Holds with the sample data" : "Does not hold with the sample data";
  if (holds !== undefined) mark.append(h("span", { class: "visually-hidden" }, words));
}
