// What a card says about its step, in words.
import { parseExpression, pieces } from "./expressions.js";

const ONES = { seconds: "second", minutes: "minute", hours: "hour", days: "day", weeks: "week" };

/** {title, kicker, connector, glyph, tone, said}: `said` is one line of what the step does, "" when the title
 *  says it all. */
export function lookOf(holder, store) {
  const kind = holder.kind ?? "trigger";
  const look = store.kinds[kind];
  const operation = store.operations.get(holder.operation);
  const connector = operation?.connector ?? (holder.operation ? holder.operation.split(".")[0] : null);
  const app = connector ? store.connectors[connector] : null;
  const account = holder.connection && store.connections.find((connection) => connection.id === holder.connection);
  return {
    title: holder.title || operation?.title || ownTitle(holder) || holder.operation || look.label,
    kicker: app ? `${app.name}` : look.label,
    kindLabel: look.label,
    connector: app ? connector : null,
    glyph: look.icon,
    tone: look.tone,
    said: said(holder, store, account),
  };
}

function ownTitle(step) {
  if (step.kind === "delay" && step.for) return `Wait ${amount(step.for)}`;
  return { filter: "Go on only if…", paths: "Split into paths", delay: "Wait until a date", loop: "For each item" }[step.kind];
}

function amount({ amount: count, unit }) {
  if (!Number.isFinite(Number(count))) return `as many ${unit} as “${plain(String(count))}” says`;
  return `${count} ${Number(count) === 1 ? ONES[unit] : unit}`;
}

function said(holder, store, account) {
  if (holder.kind === "filter") return rulesSaid(holder, store);
  if (holder.kind === "delay" && holder.title) return holder.for ? sentence(amount(holder.for)) : plain(String(holder.until));
  if (holder.kind === "loop") return plain(String(holder.items || ""));
  return account && store.connectionsOf(account.connector).length > 1 ? account.name : "";
}

const sentence = (text) => text[0].toUpperCase() + text.slice(1);

/** The rules of a filter or a path in one line. */
export function rulesSaid({ rules = [], match = "all" }, store) {
  const titles = new Map(store.choices.tests.map((test) => [test.key, test]));
  const each = rules.map(({ left, test, right }) => {
    const known = titles.get(test);
    const end = known?.needs_right ? ` ${plain(String(right ?? ""))}` : "";
    return `${plain(String(left))} ${known?.title ?? test}${end}`;
  });
  return each.join(match === "any" ? " or " : " and ");
}

/** A template as people read it: expressions become the last names of their paths. */
export function plain(text) {
  return pieces(text)
    .map((piece) => {
      if ("text" in piece) return piece.text;
      const parsed = parseExpression(piece.expression);
      return parsed ? String(parsed.path.slice(-1)[0]).replaceAll("_", " ") : "…";
    })
    .join("");
}
