// What a card says about its step, in words.
import { parseExpression, pieces } from "./expressions.js";

const ONES = { seconds: "second", minutes: "minute", hours: "hour", days: "day", weeks: "week" };
const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86400, weeks: 604800 };

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
    title: holder.title || operation?.title || ownTitle(holder, store) || holder.operation || look.label,
    kicker: app ? `${app.name}` : look.label,
    kindLabel: look.label,
    connector: app ? connector : null,
    glyph: look.icon,
    tone: look.tone,
    said: said(holder, store, account),
  };
}

function ownTitle(step, store) {
  if (step.kind === "delay" && step.for) return `Wait ${amount(step.for, store)}`;
  return { filter: "Go on only if…", paths: "Split into paths", delay: "Wait until a date", loop: "For each item" }[step.kind];
}

/** A wait in words. */
export function amount({ amount: count, unit }, store) {
  const said = plain(String(count), store);
  if (!said) return `… ${unit}`;
  const number = Number(said);
  if (!Number.isFinite(number)) return `as many ${unit} as “${said}” says`;
  return number > 0 && number < 1 ? inSmaller(number * SECONDS[unit]) : counted(number, unit);
}

const counted = (number, unit) => `${number} ${number === 1 ? ONES[unit] : unit}`;

function inSmaller(seconds) {
  const unit = ["days", "hours", "minutes"].find((one) => seconds >= SECONDS[one]) ?? "seconds";
  return counted(Math.round((10 * seconds) / SECONDS[unit]) / 10, unit);
}

function said(holder, store, account) {
  if (holder.kind === "filter") return rulesSaid(holder, store);
  if (holder.kind === "delay" && holder.title) return holder.for ? sentence(amount(holder.for, store)) : plain(String(holder.until), store);
  if (holder.kind === "loop") return plain(String(holder.items || ""), store);
  return account && store.connectionsOf(account.connector).length > 1 ? account.name : "";
}

const sentence = (text) => text[0].toUpperCase() + text.slice(1);

/** The rules of a filter or a path in one line. */
export function rulesSaid({ rules = [], match = "all" }, store) {
  const titles = new Map(store.choices.tests.map((test) => [test.key, test]));
  const each = rules.map(({ left, test, right }) => {
    const known = titles.get(test);
    const end = known?.needs_right ? ` ${plain(String(right ?? ""), store)}` : "";
    return `${plain(String(left), store)} ${known?.title ?? test}${end}`;
  });
  return each.join(match === "any" ? " or " : " and ");
}

/** A template as people read it: settings become their values, other expressions the last names of their paths. */
function plain(text, { definition }) {
  return pieces(text)
    .map((piece) => {
      if ("text" in piece) return piece.text;
      const path = parseExpression(piece.expression)?.path;
      if (!path) return "…";
      const setting = path[1] === "settings" && definition.settings?.[path[2]];
      return setting ? (setting.value ?? setting.default ?? setting.title) : inWords(String(path.at(-1)));
    })
    .join("");
}

/** "firstName" and "first_name" are "first name". */
export const inWords = (name) => name.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
