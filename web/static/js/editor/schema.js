// What a JSON Schema says about one field: which ways there are to fill it in, and how typed text becomes a value.
import { hasExpression, isTemplate, onlyExpression } from "./expressions.js";

export const typesOf = (schema) => {
  const types = schema.type === undefined ? [] : [schema.type].flat();
  return types.filter((type) => type !== "null");
};

/** text | number | yesno | select | options | date | list | group | own | pairs | any */
export function kindOf(schema) {
  const types = typesOf(schema);
  if (types.length === 0) return schema.enum ? "select" : "any";
  if (types.includes("object")) return schema.properties && Object.keys(schema.properties).length ? "group" : schema["x-options"] ? "own" : "pairs";
  if (types.includes("array")) return "list";
  if (types.every((type) => type === "boolean")) return "yesno";
  if (schema.enum) return "select";
  if (schema["x-options"]) return "options";
  if (schema.format === "date" || schema.format === "date-time") return "date";
  if (types.every((type) => type === "number" || type === "integer")) return "number";
  return "text";
}

const WAYS = {
  text: ["data"],
  number: ["data"],
  date: ["data", "date"],
  any: ["data", "pairs", "json"],
  yesno: ["choose", "data"],
  select: ["choose", "data"],
  options: ["choose", "data"],
  list: ["rows", "data", "json"],
  group: ["group", "data", "json"],
  own: ["own", "data", "json"],
  pairs: ["pairs", "data", "json"],
};

/** Kinds whose data way takes a whole list or group, not a text. */
export const isWhole = (kind) => kind === "list" || kind === "group" || kind === "own" || kind === "pairs";

/** Ways to fill in a field, the usual one first: data (text with pills), choose, rows, group, own, pairs, date, json.
 *  Where there is no data to use, its way is left out if another one shows the value. */
export function waysOf(schema, { hasData = true, value } = {}) {
  const kind = kindOf(schema);
  const others = WAYS[kind].filter((way) => way !== "data");
  const isNeeded = hasData || kind === "any" || !others.some((way) => canShow(way, schema, value));
  return isNeeded ? WAYS[kind] : others;
}

const isGroup = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether a way can show a value without changing it. */
export function canShow(way, schema, value) {
  if (value === undefined || value === null || value === "") return true;
  const text = typeof value === "string";
  switch (way) {
    case "data":
      return isWhole(kindOf(schema)) ? text : typeof value !== "object";
    case "choose":
      return !hasExpression(value) && typeof value !== "object";
    case "date":
      return text && !hasExpression(value) && /^\d{4}-\d\d-\d\d/.test(value);
    case "rows":
      return Array.isArray(value);
    case "group":
    case "own":
    case "pairs":
      return isGroup(value);
    default:
      return true;
  }
}

/** The way that shows a value best. */
export function wayFor(schema, value, { hasData = true } = {}) {
  const ways = waysOf(schema, { hasData, value });
  return ways.find((way) => canShow(way, schema, value)) ?? ways.at(-1);
}

/** The value of a typed text: numbers and yes/no where the schema wants them, text where they are not any. */
export function valueOf(schema, text) {
  if (text === "" || hasExpression(text)) return text === "" ? undefined : text;
  const types = typesOf(schema);
  if (types.length && !types.includes("string")) {
    if (types.includes("number") || types.includes("integer")) {
      const number = Number(text.trim());
      if (text.trim() && Number.isFinite(number)) return number;
    }
    if (types.includes("boolean") && /^(true|false)$/.test(text)) return text === "true";
  }
  return text;
}

/** A value as the text of a field. */
export function asText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

/** {value} or {problem} of JSON written by hand. A text that is exactly one expression stays text. */
export function readJson(text) {
  if (!text.trim()) return { value: undefined };
  if (onlyExpression(text.trim())) return { value: text.trim() };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const at = /position (\d+)/.exec(error.message);
    const line = at ? text.slice(0, Number(at[1])).split("\n").length : null;
    return { problem: `This is not valid JSON${line ? ` (line ${line})` : ""}.` };
  }
}

/** Names of the fields of an object schema, required ones first, in the schema's own order. */
export function fieldNames(schema) {
  const properties = schema.properties ?? {};
  const first = (schema["x-order"] ?? []).filter((name) => name in properties);
  const all = [...first, ...Object.keys(properties).filter((name) => !first.includes(name))];
  const required = new Set(schema.required ?? []);
  const shown = all.filter((name) => !properties[name]["x-hidden"]);
  return [...shown.filter((name) => required.has(name)), ...shown.filter((name) => !required.has(name))];
}

export const titleOf = (name, schema) => schema.title || name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

/** Whether a field that is folded away holds something, so that its fold should be open. */
export const isFilled = (value, schema) =>
  value !== undefined && value !== "" && !(Array.isArray(value) && !value.length) && (isTemplate(value) || value !== schema.default);

/** A JSON pointer one name further. */
export const below = (pointer, name) => `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Whether a pointer leads to a place or to something inside it. */
export const isAt = (pointer, place) => pointer === place || pointer.startsWith(`${place}/`);
