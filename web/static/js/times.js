// Hovering over a time shows it in the reader's own zone; relative words stay fresh while a page is open.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "long" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

function refresh(element) {
  const moment = new Date(element.dateTime);
  if (element.dataset.style === "moment") {
    element.textContent = short.format(moment);
    return;
  }
  element.title = exact.format(moment);
  const seconds = (moment - Date.now()) / 1000;
  if (Math.abs(seconds) >= 7 * 86400) return;
  const due = element.dataset.style === "due";
  if (Math.abs(seconds) < 10 || (due && seconds < 0)) {
    element.textContent = due || seconds > 0 ? "in a moment" : "just now";
    return;
  }
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  element.textContent = relative.format(seconds > 0 ? Math.round(seconds / size) : Math.trunc(seconds / size), unit);
}

export function localTimes() {
  const all = () => document.querySelectorAll("time[datetime]").forEach(refresh);
  all();
  setInterval(all, 15000);
  document.addEventListener("htmx:afterSettle", all);
}
