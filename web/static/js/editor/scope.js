// Which data a step can use, and how that data is listed. Mirrors the rules of the server's check.
import { find, keysWithin, lanesOf, walk } from "./document.js";
import { formatPath } from "./expressions.js";

/** The steps whose output the step `key` can use, in reading order: {step, optional, inside}. `optional`: it stands
 *  in a path that a run may not have taken. `inside`: a loop around `key`, whose item can be used. */
export function visibleTo(definition, key) {
  const found = [];
  const look = (steps) => {
    for (const step of steps) {
      if (step.key === key) return true;
      if (keysWithin(step).includes(key)) {
        if (step.kind === "loop") found.push({ step, optional: false, inside: true });
        return lanesOf(step).some(([, inner]) => inner.some((one) => keysWithin(one).includes(key)) && look(inner));
      }
      found.push({ step, optional: false, inside: false }, ...fromPaths(step));
    }
    return false;
  };
  if (key !== null) look(definition.steps);
  return found;
}

/** Steps in the paths of an earlier step; those inside a loop stay inside. */
function fromPaths(step) {
  if (step.kind !== "paths") return [];
  return step.branches.flatMap((branch) =>
    branch.steps.flatMap((inner) => [{ step: inner, optional: true, inside: false }, ...fromPaths(inner)]),
  );
}

export const typeOf = (value) => {
  if (value === null || value === undefined || value === "") return "empty";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "group";
  return { boolean: "yes/no", number: "number" }[typeof value] ?? "text";
};

const DEEPEST = 6;
const MOST = 400;

/** Every value below `sample`, groups before what is in them: {path, value, type, depth}. Of a list, its first
 *  entry. `root` is the path of the sample itself, such as ["steps", "find"]. */
export function values(sample, root) {
  const found = [];
  const add = (value, path, depth) => {
    if (found.length >= MOST || depth > DEEPEST) return;
    if (depth > 0) found.push({ path: [...root, ...path], value, type: typeOf(value), depth: depth - 1 });
    if (Array.isArray(value)) {
      if (value.length && typeof value[0] === "object" && value[0] !== null) add(value[0], [...path, 0], depth + 1);
    } else if (value !== null && typeof value === "object") {
      for (const [name, inner] of Object.entries(value)) add(inner, [...path, name], depth + 1);
    }
  };
  add(sample, [], 0);
  return found;
}

/** The value at a path of the scope; undefined where it leads nowhere. */
export function valueAt(scope, path) {
  return path.reduce((value, part) => {
    if (value === null || typeof value !== "object") return undefined;
    if (Array.isArray(value) && typeof part === "number") return value.at(part);
    return value[part];
  }, scope);
}

export const expressionFor = (path, optional) => formatPath(path) + (optional ? " | default('')" : "");

/** A path as people read it: "Contact › E-mail address" becomes "contact › email". */
export const pathLabel = (path) => path.map((part) => (typeof part === "number" ? `#${part + 1}` : part)).join(" › ");

/** Who an expression's path begins with: {kind: trigger|step|settings|run|unknown, key, fields}. */
export function sourceOf(path) {
  if (path[0] === "trigger") return { kind: "trigger", key: null, fields: path.slice(1) };
  if (path[0] === "steps") return { kind: "step", key: path[1] ?? null, fields: path.slice(2) };
  if (path[0] === "workflow" && path[1] === "settings") return { kind: "settings", key: null, fields: path.slice(2) };
  if (path[0] === "run" || path[0] === "workflow") return { kind: "run", key: null, fields: path.slice(1) };
  return { kind: "unknown", key: null, fields: path };
}

/** Numbers of the steps as the cards show them: key → number, in reading order. */
export function numbers(definition) {
  const found = new Map();
  for (const { step } of walk(definition)) found.set(step.key, found.size + 1);
  return found;
}

/** True when `later` may use what `earlier` gives. */
export const canUse = (definition, later, earlier) =>
  visibleTo(definition, later).some(({ step }) => step.key === earlier) && find(definition, earlier) !== null;
