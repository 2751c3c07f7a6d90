// Reads and writes `{{ … }}`: text ↔ pieces, and an expression ↔ its path and filters. The server's language is
// larger; what this does not understand is kept as it is.

/** The pieces of a text in order: {text} or {expression} (without braces, trimmed). */
export function pieces(text) {
  const found = [];
  let rest = 0;
  while (rest < text.length) {
    const start = text.indexOf("{{", rest);
    const end = start < 0 ? -1 : closing(text, start + 2);
    if (end < 0) break;
    if (start > rest) found.push({ text: text.slice(rest, start) });
    found.push({ expression: text.slice(start + 2, end).trim() });
    rest = end + 2;
  }
  if (rest < text.length) found.push({ text: text.slice(rest) });
  return found;
}

/** Where the `}}` is that closes an expression; braces inside quotes do not count. */
function closing(text, from) {
  let quote = "";
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at];
    if (quote) {
      if (letter === "\\") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === "'" || letter === '"') quote = letter;
    else if (letter === "{") depth += 1;
    else if (letter === "}" && depth > 0) depth -= 1;
    else if (letter === "}" && text[at + 1] === "}") return at;
  }
  return -1;
}

export const hasExpression = (value) => typeof value === "string" && pieces(value).some((piece) => "expression" in piece);

/** Any JSON value: does one of its texts hold an expression? */
export function isTemplate(value) {
  if (typeof value === "string") return hasExpression(value);
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(isTemplate);
}

/** The expression of a text that is exactly one, else null. */
export function onlyExpression(value) {
  if (typeof value !== "string") return null;
  const found = pieces(value);
  return found.length === 1 && "expression" in found[0] ? found[0].expression : null;
}

export const braced = (expression) => `{{ ${expression} }}`;

/** A JSON value with every text changed by `change`; unchanged parts are shared. */
export function mapTexts(value, change) {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const mapped = value.map((item) => mapTexts(item, change));
    return mapped.some((item, index) => item !== value[index]) ? mapped : value;
  }
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]);
  return entries.some(([key, item]) => item !== value[key]) ? Object.fromEntries(entries) : value;
}

/** The text with `steps.from` called `steps.to` wherever an expression names it. */
export function renameStep(text, from, to) {
  if (!text.includes("{{") || !text.includes(from)) return text;
  const dotted = new RegExp(`(?<![\\w.'"])steps\\s*\\.\\s*${from}(?!\\w)`, "g");
  const quoted = new RegExp(`(?<![\\w.'"])steps\\s*\\[\\s*(['"])${from}\\1\\s*\\]`, "g");
  return pieces(text)
    .map((piece) => {
      if ("text" in piece) return piece.text;
      return braced(piece.expression.replace(dotted, `steps.${to}`).replace(quoted, `steps['${to}']`));
    })
    .join("");
}

/** The keys of the steps that a JSON value names. */
export function stepsNamed(value) {
  const found = new Set();
  mapTexts(value, (text) => {
    for (const piece of text.includes("{{") ? pieces(text) : []) {
      for (const [, dotted, , quoted] of (piece.expression ?? "").matchAll(
        /(?<![\w.'"])steps\s*(?:\.\s*(\w+)|\[\s*(['"])(.*?)\2\s*\])/g,
      )) {
        found.add(dotted ?? quoted);
      }
    }
    return text;
  });
  return found;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*/;

/** {path, filters: [{name, args}]} of a plain expression (`a.b[0] | upper | truncate(5)`); null for anything else.
 *  Arguments are kept as they are written. */
export function parseExpression(source) {
  let rest = source.trim();
  const path = [];
  const eat = (pattern) => {
    const match = pattern.exec(rest);
    if (match) rest = rest.slice(match[0].length);
    return match;
  };
  const root = eat(NAME);
  if (!root) return null;
  path.push(root[0]);
  for (;;) {
    const dot = eat(/^\s*\.\s*([A-Za-z][A-Za-z0-9_]*|\d+)/);
    const place = dot ? null : eat(/^\s*\[\s*(-?\d+)\s*\]/);
    const name = dot || place ? null : eat(/^\s*\[\s*(['"])((?:\\.|(?!\1).)*)\1\s*\]/);
    if (dot) path.push(/^\d+$/.test(dot[1]) ? Number(dot[1]) : dot[1]);
    else if (place) path.push(Number(place[1]));
    else if (name) path.push(name[2].replace(/\\(.)/g, "$1"));
    else break;
  }
  const filters = [];
  while (eat(/^\s*\|\s*/)) {
    const name = eat(NAME);
    if (!name) return null;
    const args = /^\s*\(/.test(rest) ? readArguments() : [];
    if (!args) return null;
    filters.push({ name: name[0], args });
  }
  return rest.trim() ? null : { path, filters };

  function readArguments() {
    rest = rest.slice(rest.indexOf("(") + 1);
    const args = [];
    let depth = 0;
    let quote = "";
    let start = 0;
    for (let at = 0; at < rest.length; at += 1) {
      const letter = rest[at];
      if (quote) {
        if (letter === "\\") at += 1;
        else if (letter === quote) quote = "";
      } else if (letter === "'" || letter === '"') quote = letter;
      else if ("([{".includes(letter)) depth += 1;
      else if (letter === ")" && depth === 0) {
        const last = rest.slice(start, at).trim();
        if (last || args.length) args.push(last);
        rest = rest.slice(at + 1);
        return args;
      } else if (")]}".includes(letter)) depth -= 1;
      else if (letter === "," && depth === 0) {
        args.push(rest.slice(start, at).trim());
        start = at + 1;
      }
    }
    return null;
  }
}

/** The inverse of `parseExpression`. */
export function formatExpression({ path, filters = [] }) {
  const steps = filters.map(({ name, args }) => ` | ${name}${args.length ? `(${args.join(", ")})` : ""}`);
  return formatPath(path) + steps.join("");
}

export function formatPath(path) {
  return path
    .map((part, index) => {
      if (index === 0) return part;
      if (typeof part === "number") return `[${part}]`;
      return /^[A-Za-z][A-Za-z0-9_]*$/.test(part) ? `.${part}` : `[${quote(part)}]`;
    })
    .join("");
}

export const quote = (text) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, "\\n")}'`;

/** The text between quotes of an argument as written, else null. */
export function unquote(argument) {
  const match = /^(['"])((?:\\.|(?!\1)[^\\])*)\1$/s.exec(argument.trim());
  if (!match) return null;
  return match[2].replace(/\\(.)/g, (_, letter) => ({ n: "\n", t: "\t" })[letter] ?? letter);
}
