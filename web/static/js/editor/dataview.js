// Data to look at: as a tree, as a table, as JSON. Markup in it is shown as text.
import { button, h, icon } from "./dom.js";
import { typeOf } from "./scope.js";

const DEEP = 2;

/** `title` names the part; `remember` keeps the chosen view between drawings. */
export function dataView(title, value, remember = {}) {
  const views = { tree: "Tree", table: "Table", json: "JSON" };
  const place = h("div", { class: "view" });
  const buttons = {};
  const show = (view) => {
    remember.view = view;
    for (const [name, one] of Object.entries(buttons)) one.setAttribute("aria-pressed", String(name === view));
    place.replaceChildren({ tree, table, json }[view](value));
  };
  for (const [view, text] of Object.entries(views)) {
    buttons[view] = h("button", { type: "button", onclick: () => show(view) }, text);
  }
  const copy = h("button", { type: "button", class: "button quiet small square copy", "aria-label": "Copy as JSON", title: "Copy as JSON", dataset: { copy: asJson(value) } }, icon("copy"));
  const head = h("figcaption", { class: "code-title" }, h("span", { class: "grow" }, title), h("div", { class: "segmented ways", role: "group", "aria-label": "View" }, Object.values(buttons)), copy);
  show(remember.view ?? "tree");
  return h("figure", { class: "code data-view" }, head, place);
}

const asJson = (value) => JSON.stringify(value ?? null, null, 2);

const json = (value) => h("pre", { class: "wrap", tabindex: 0 }, asJson(value));

const tree = (value) => h("div", { class: "tree", tabindex: 0, role: "group", "aria-label": "Data" }, node(value, null, DEEP));

function node(value, key, levels) {
  const type = typeOf(value);
  const label = key === null ? [] : [h("span", { class: "key" }, key), h("span", { class: "note" }, ": ")];
  if (type !== "group" && type !== "list") return h("div", { class: "leaf" }, label, scalar(value));
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const count = `${entries.length} ${type === "list" ? "entr" : "field"}${entries.length === 1 ? (type === "list" ? "y" : "") : type === "list" ? "ies" : "s"}`;
  if (!entries.length) return h("div", { class: "leaf" }, label, h("span", { class: "note" }, type === "list" ? "empty list" : "empty group"));
  const inside = h("ul");
  const fill = () => {
    if (!inside.childElementCount) inside.append(...entries.map(([name, inner]) => h("li", {}, node(inner, String(name), levels - 1))));
  };
  if (levels > 0) fill();
  const fold = h("details", { open: levels > 0, ontoggle: () => fold.open && fill() }, h("summary", {}, icon("chevron-right"), label, h("span", { class: "note" }, count)), inside);
  return fold;
}

function scalar(value) {
  if (value === null || value === undefined) return h("span", { class: "literal" }, "null");
  if (typeof value === "boolean") return h("span", { class: "literal" }, String(value));
  if (typeof value === "number") return h("span", { class: "number" }, String(value));
  return h("span", { class: "string" }, value === "" ? "“”" : value);
}

/** Rows of a list, else one row for each field. Groups that hold one list show that list. */
function table(value) {
  const list = Array.isArray(value) ? value : onlyList(value);
  if (!list) return fields(value);
  const columns = [...new Set(list.flatMap((row) => (typeOf(row) === "group" ? Object.keys(row) : [])))].slice(0, 30);
  if (!columns.length) return grid(["Entry"], list.map((one) => [one]));
  return grid(columns, list.map((row) => columns.map((column) => row?.[column])));
}

const onlyList = (value) => {
  const lists = typeOf(value) === "group" ? Object.values(value).filter(Array.isArray) : [];
  return lists.length === 1 ? lists[0] : null;
};

function fields(value) {
  if (typeOf(value) !== "group") return grid(["Value"], [[value]]);
  return grid(["Field", "Value"], Object.entries(value));
}

function grid(columns, rows) {
  return h(
    "div",
    { class: "grid-scroll", tabindex: 0, role: "group", "aria-label": "Table" },
    h(
      "table",
      { class: "grid-table" },
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
      h("tbody", {}, rows.slice(0, 200).map((row) => h("tr", {}, row.map((cell) => h("td", {}, cellText(cell)))))),
    ),
  );
}

function cellText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A list of problems in a box. */
export const callout = (tone, glyph, title, ...content) =>
  h("div", { class: `callout tone-${tone}`, role: tone === "bad" ? "alert" : null }, icon(glyph), h("div", {}, h("strong", {}, title), content));

export { button };
