// Hovering over a bar shows what it stands for, in the reader's own zone; the labels below follow.
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const hour = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const moment = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
});
const DAY_MS = 86_400_000;

function line(text, name = "div") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function show(tip, column) {
  const { start, end, amounts } = column.dataset;
  const [from, to] = [new Date(start), new Date(end)];
  const title = to - from >= DAY_MS ? day.format(from) : `${moment.format(from)}–${hour.format(to)}`;
  const all = Object.entries(JSON.parse(amounts));
  tip.replaceChildren(line(title, "strong"), ...all.map(([name, count]) => line(`${name}: ${count.toLocaleString()}`)));
  if (!all.length) tip.append(line("No runs"));
  tip.hidden = false;
  const plot = tip.parentElement.getBoundingClientRect();
  const bar = column.getBoundingClientRect();
  const beside = bar.right - plot.left + 8;
  const fits = beside + tip.offsetWidth <= plot.width;
  tip.style.left = `${Math.max(0, fits ? beside : bar.left - plot.left - tip.offsetWidth - 8)}px`;
}

function labels() {
  for (const text of document.querySelectorAll("text[data-moment]")) {
    const style = text.dataset.style === "day" ? date : hour;
    text.textContent = style.format(new Date(text.dataset.moment));
  }
  // With scripts the tip says it better than the browser's own.
  for (const title of document.querySelectorAll(".chart-column > title")) title.remove();
}

export function watchCharts() {
  labels();
  document.addEventListener("htmx:afterSettle", labels);
  document.addEventListener("pointerover", ({ target }) => {
    const column = target.closest?.(".chart-column");
    for (const tip of document.querySelectorAll(".chart-tip")) {
      if (column && tip.parentElement.contains(column)) show(tip, column);
      else tip.hidden = true;
    }
  });
}
