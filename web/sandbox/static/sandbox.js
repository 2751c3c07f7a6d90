// Renews the right-hand side every two seconds, unless someone is using it or not looking.
const live = document.getElementById("live");
let shown = "";

async function renew() {
  if (document.hidden || live.contains(document.activeElement)) return;
  const response = await fetch("/_sandbox/live");
  if (!response.ok) return;
  const html = await response.text();
  if (html !== shown && !live.contains(document.activeElement)) {
    live.innerHTML = html;
    shown = html;
  }
}

setInterval(() => renew().catch(() => {}), 2000);
