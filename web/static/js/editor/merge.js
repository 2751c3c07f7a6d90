// Brings two people's changes of one draft together, step by step and field by field. Pure.
import { find, insert, keys, move, newKey, remove, renameKey, stepsOf, update, walk } from "./document.js";

/** {definition, overlaps}: `theirs` with what changed from `base` to `mine`. Where both changed the same field, mine
 *  stays and `overlaps` names it: {step, field, mine, theirs}. A step that I deleted and they changed stays: its field is
 *  "deleted", or "steps" where they changed only what is inside. */
export function merge(base, changed, theirs) {
  const overlaps = [];
  const mine = withoutClashes(base, changed, theirs);
  const note = (step) => (field, sides = {}) => overlaps.push({ step, field, ...sides });
  let merged = {
    ...theirs,
    trigger: mergeFields(base.trigger, mine.trigger, theirs.trigger, note(null)),
    ...settingsOf(base, mine, theirs, note(null)),
  };
  merged = mergeSteps(base, mine, merged, note);
  merged = addAndMove(base, mine, merged);
  return { definition: removeGone(base, mine, merged, note), overlaps };
}

/** `mine` with other keys for the steps that both people added under the same key. */
function withoutClashes(base, mine, theirs) {
  const known = keys(base);
  const taken = new Set([...keys(mine), ...keys(theirs)]);
  for (const { step } of walk(mine)) {
    const other = known.has(step.key) ? null : find(theirs, step.key);
    if (!other || same(other.step, step)) continue;
    const fresh = newKey(taken, step.key);
    taken.add(fresh);
    mine = renameKey(mine, step.key, fresh);
  }
  return mine;
}

function settingsOf(base, mine, theirs, note) {
  if (!mine.settings && !theirs.settings) return {};
  return { settings: mergeFields(base.settings ?? {}, mine.settings ?? {}, theirs.settings ?? {}, note) };
}

const same = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);

const isGroup = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Field by field; groups such as `input` again field by field. */
function mergeFields(base, mine, theirs, note) {
  const merged = { ...theirs };
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (same(base[name], mine[name])) continue;
    if (same(base[name], theirs[name])) set(merged, name, mine[name]);
    else if (isGroup(base[name]) && isGroup(mine[name]) && isGroup(theirs[name])) {
      merged[name] = mergeFields(base[name], mine[name], theirs[name], note);
    } else if (!same(mine[name], theirs[name])) {
      note(name, { mine: mine[name], theirs: theirs[name] });
      set(merged, name, mine[name]);
    }
  }
  return merged;
}

function set(target, name, value) {
  if (value === undefined) delete target[name];
  else target[name] = value;
}

/** What a step says itself, without the steps inside it. */
function own(step) {
  const { steps: _, branches, ...rest } = step;
  return branches ? { ...rest, branches: Object.fromEntries(branches.map(({ steps: __, ...branch }) => [branch.key, branch])) } : rest;
}

function withOwn(step, said) {
  const { branches, ...rest } = said;
  const next = { ...rest, ...(step.steps ? { steps: step.steps } : {}) };
  if (!step.branches) return next;
  const known = new Map(step.branches.map((branch) => [branch.key, branch.steps]));
  return { ...next, branches: Object.entries(branches).map(([key, branch]) => ({ ...branch, key, steps: known.get(key) ?? [] })) };
}

function mergeSteps(base, mine, merged, note) {
  for (const { step } of walk(mine)) {
    const before = find(base, step.key)?.step;
    const now = find(merged, step.key)?.step;
    if (!before || !now || same(own(before), own(step))) continue;
    const said = mergeFields(own(before), own(step), own(now), note(step.key));
    merged = update(merged, step.key, (one) => withOwn(one, said));
  }
  return merged;
}

/** Steps that I added, or moved to another lane or behind another step. */
function addAndMove(base, mine, merged) {
  for (const { step, lane, index } of walk(mine)) {
    const before = find(base, step.key);
    const place = placeFor(mine, merged, lane, index);
    if (!before) {
      if (!keys(merged).has(step.key)) merged = insert(merged, place.lane, place.index, [bare(step)]);
    } else if (before.lane !== lane || predecessor(base, before) !== predecessor(mine, { lane, index })) {
      if (find(merged, step.key) && wasMoved(base, mine, step.key, lane)) merged = move(merged, step.key, place.lane, place.index);
    }
  }
  return merged;
}

/** A step with empty lanes: what is inside it comes by its own turn. */
const bare = (step) => ({
  ...step,
  ...(step.steps ? { steps: [] } : {}),
  ...(step.branches ? { branches: step.branches.map((branch) => ({ ...branch, steps: [] })) } : {}),
});

const predecessor = (definition, { lane, index }) => stepsOf(definition, lane)[index - 1]?.key ?? null;

/** A step counts as moved when it changed its lane, or its order among the steps that were there before. */
function wasMoved(base, mine, key, lane) {
  const before = find(base, key);
  if (before.lane !== lane) return true;
  const old = stepsOf(base, lane).map((step) => step.key);
  const now = stepsOf(mine, lane).map((step) => step.key).filter((one) => old.includes(one));
  const kept = old.filter((one) => now.includes(one));
  return kept.indexOf(key) !== now.indexOf(key);
}

/** Behind the nearest step before it that the merged definition has in the same lane. */
function placeFor(mine, merged, lane, index) {
  const target = stepsOf(merged, lane) ? lane : "";
  const there = stepsOf(merged, target).map((step) => step.key);
  const before = target === lane ? stepsOf(mine, lane).slice(0, index).map((step) => step.key).reverse() : [];
  const near = before.find((key) => there.includes(key));
  if (near) return { lane: target, index: there.indexOf(near) + 1 };
  return { lane: target, index: target === lane ? 0 : there.length };
}

/** Steps that I deleted go, unless the other person worked on them. */
function removeGone(base, mine, merged, note) {
  const kept = keys(mine);
  for (const { step } of walk(base)) {
    const now = find(merged, step.key)?.step;
    if (kept.has(step.key) || !now) continue;
    if (same(step, now)) merged = remove(merged, step.key);
    else if (same(own(step), own(now)) && !same(step, now)) note(step.key)("steps");
    else note(step.key)("deleted");
  }
  return merged;
}
