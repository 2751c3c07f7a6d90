// Pure operations on a definition. None changes its argument: each returns a new definition that shares every
// part that stayed the same, so `===` tells what changed.
//
// A lane is a list of steps, named by whom it belongs to: "" (the workflow), "each" (the loop each) or
// "split/vip" (the path vip of split).
import { mapTexts, renameStep } from "./expressions.js";

const KEY = /^[a-z][a-z0-9_]{0,39}$/;

export const isKey = (text) => KEY.test(text);

/** The lanes of a step: [name, steps] of each. */
export function lanesOf(step) {
  if (step.kind === "paths") return step.branches.map((branch) => [`${step.key}/${branch.key}`, branch.steps]);
  return step.kind === "loop" ? [[step.key, step.steps]] : [];
}

/** Every step in reading order: {step, lane, index, depth}. */
export function* walk(definition) {
  yield* walkLane(definition.steps, "", 0);
}

function* walkLane(steps, lane, depth) {
  for (const [index, step] of steps.entries()) {
    yield { step, lane, index, depth };
    for (const [name, inner] of lanesOf(step)) yield* walkLane(inner, name, depth + 1);
  }
}

/** {step, lane, index, depth}, or null when no step has this key. */
export function find(definition, key) {
  for (const found of walk(definition)) if (found.step.key === key) return found;
  return null;
}

export function stepsOf(definition, lane) {
  if (lane === "") return definition.steps;
  for (const { step } of walk(definition)) {
    for (const [name, steps] of lanesOf(step)) if (name === lane) return steps;
  }
  return null;
}

export function keys(definition) {
  return new Set([...walk(definition)].map(({ step }) => step.key));
}

/** The JSON pointer of a step, or of the trigger for null. */
export function pointerOf(definition, key) {
  if (key === null) return "/trigger";
  const search = (steps, pointer) => {
    for (const [index, step] of steps.entries()) {
      const here = `${pointer}/${index}`;
      if (step.key === key) return here;
      const inside =
        (step.branches ?? []).map((branch, number) => search(branch.steps, `${here}/branches/${number}/steps`)).find(Boolean) ??
        search(step.steps ?? [], `${here}/steps`);
      if (inside) return inside;
    }
    return null;
  };
  return search(definition.steps, "/steps");
}

/** The keys of a step and of everything inside it. */
export function keysWithin(step) {
  return [step.key, ...lanesOf(step).flatMap(([, steps]) => steps.flatMap(keysWithin))];
}

function mapLane(steps, lane, change) {
  let changed = false;
  const mapped = steps.map((step) => {
    const next = mapStepLanes(step, lane, change);
    changed ||= next !== step;
    return next;
  });
  return changed ? mapped : steps;
}

function mapStepLanes(step, lane, change) {
  if (step.kind === "loop") {
    const steps = step.key === lane ? change(step.steps) : mapLane(step.steps, lane, change);
    return steps === step.steps ? step : { ...step, steps };
  }
  if (step.kind !== "paths") return step;
  let changed = false;
  const branches = step.branches.map((branch) => {
    const here = `${step.key}/${branch.key}` === lane;
    const steps = here ? change(branch.steps) : mapLane(branch.steps, lane, change);
    changed ||= steps !== branch.steps;
    return steps === branch.steps ? branch : { ...branch, steps };
  });
  return changed ? { ...step, branches } : step;
}

function changeLane(definition, lane, change) {
  const steps = lane === "" ? change(definition.steps) : mapLane(definition.steps, lane, change);
  return steps === definition.steps ? definition : { ...definition, steps };
}

export function insert(definition, lane, index, steps) {
  return changeLane(definition, lane, (list) => [...list.slice(0, index), ...steps, ...list.slice(index)]);
}

export function remove(definition, key) {
  const found = find(definition, key);
  return found ? changeLane(definition, found.lane, (list) => list.filter((step) => step.key !== key)) : definition;
}

/** `change` gets the step and returns the one to put in its place. */
export function update(definition, key, change) {
  const found = find(definition, key);
  if (!found) return definition;
  return changeLane(definition, found.lane, (list) => {
    const next = change(list[found.index]);
    return next === list[found.index] ? list : list.with(found.index, next);
  });
}

export function updateTrigger(definition, change) {
  const trigger = change(definition.trigger);
  return trigger === definition.trigger ? definition : { ...definition, trigger };
}

/** `index` counts in the lane as it is before the move. A step cannot be moved into itself. */
export function move(definition, key, lane, index) {
  const found = find(definition, key);
  if (!found || isInside(found.step, lane)) return definition;
  const shift = found.lane === lane && found.index < index ? 1 : 0;
  if (found.lane === lane && found.index === index - shift) return definition;
  return insert(remove(definition, key), lane, index - shift, [found.step]);
}

export function isInside(step, lane) {
  return lanesOf(step).some(([name, steps]) => name === lane || steps.some((inner) => isInside(inner, lane)));
}

/** Where the arrow keys of the keyboard move a step: {lane, index}, or null at the end of the road. */
export function neighbour(definition, key, direction) {
  const { lane, index } = find(definition, key);
  const list = stepsOf(definition, lane);
  if (direction === "up") return index > 0 ? { lane, index: index - 1 } : null;
  if (direction === "down") return index < list.length - 1 ? { lane, index: index + 2 } : null;
  const owner = lane.split("/")[0];
  if (direction === "out") {
    if (lane === "") return null;
    const outer = find(definition, owner);
    return { lane: outer.lane, index: outer.index + 1 };
  }
  const before = list[index - 1];
  const into = before && lanesOf(before)[0];
  return into ? { lane: into[0], index: into[1].length } : null;
}

export function newKey(taken, wish) {
  let base = wish.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 36) || "step";
  if (!/^[a-z]/.test(base)) base = `step_${base}`.slice(0, 36);
  if (!taken.has(base)) return base;
  base = base.replace(/_\d+$/, "");
  let number = 2;
  while (taken.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

/** Copies with keys that nobody has yet; what the copies say about each other follows their new keys. */
export function freshCopies(definition, steps) {
  const taken = keys(definition);
  const renamed = new Map();
  for (const key of steps.flatMap(keysWithin)) {
    const fresh = newKey(taken, key);
    taken.add(fresh);
    if (fresh !== key) renamed.set(key, fresh);
  }
  return steps.map((step) => rekeyed(step, renamed));
}

function rekeyed(step, renamed) {
  const own = mapTexts(step, (text) => [...renamed].reduce((said, [from, to]) => renameStep(said, from, to), text));
  return withKeys(own, (key) => renamed.get(key) ?? key);
}

function withKeys(step, keyOf) {
  const next = { ...step, key: keyOf(step.key) };
  if (step.branches) {
    next.branches = step.branches.map((branch) => ({
      ...branch,
      steps: branch.steps.map((inner) => withKeys(inner, keyOf)),
    }));
  }
  if (step.steps) next.steps = step.steps.map((inner) => withKeys(inner, keyOf));
  return next;
}

/** A copy right behind the step: {definition, key} with the copy's key. */
export function duplicate(definition, key) {
  const { step, lane, index } = find(definition, key);
  const [copy] = freshCopies(definition, [step]);
  return { definition: insert(definition, lane, index + 1, [copy]), key: copy.key };
}

/** Gives a step another key and leads everything that names it to the new one. */
export function renameKey(definition, from, to) {
  if (from === to || !isKey(to) || keys(definition).has(to)) return definition;
  const swap = (key) => (key === from ? to : key);
  const said = mapTexts(definition, (text) => renameStep(text, from, to));
  return { ...said, steps: said.steps.map((step) => withKeys(step, swap)) };
}

export function addBranch(definition, key, title) {
  return update(definition, key, (step) => {
    const taken = new Set(step.branches.map((branch) => branch.key));
    const branch = { key: newKey(taken, title), title, match: "all", rules: [], steps: [] };
    const last = step.branches.at(-1);
    const isRest = last && !(last.rules ?? []).length;
    const at = isRest ? step.branches.length - 1 : step.branches.length;
    return { ...step, branches: step.branches.toSpliced(at, 0, branch) };
  });
}

export function removeBranch(definition, key, branchKey) {
  return update(definition, key, (step) =>
    step.branches.length > 1 ? { ...step, branches: step.branches.filter((branch) => branch.key !== branchKey) } : step,
  );
}

export function moveBranch(definition, key, branchKey, by) {
  return update(definition, key, (step) => {
    const from = step.branches.findIndex((branch) => branch.key === branchKey);
    const to = from + by;
    if (from < 0 || to < 0 || to >= step.branches.length) return step;
    return { ...step, branches: step.branches.toSpliced(from, 1).toSpliced(to, 0, step.branches[from]) };
  });
}

const OWN_KINDS = {
  filter: () => ({ match: "all", rules: [] }),
  paths: () => ({
    branches: [
      { key: "path_a", title: "Path A", match: "all", rules: [], steps: [] },
      { key: "otherwise", title: "Everyone else", steps: [] },
    ],
  }),
  delay: () => ({ for: { amount: 1, unit: "days" } }),
  loop: () => ({ items: "", steps: [] }),
};

/** A new step of an own kind ("filter", "paths", "delay", "loop"). */
export function ownStep(definition, kind) {
  return { key: newKey(keys(definition), kind), kind, ...OWN_KINDS[kind]() };
}

/** A new step that carries out `operation`. */
export function operationStep(definition, operation, connection) {
  return {
    key: newKey(keys(definition), `${operation.key}_${operation.resource}`),
    kind: operation.kind,
    title: operation.title,
    operation: operation.id,
    connection,
    input: {},
  };
}
