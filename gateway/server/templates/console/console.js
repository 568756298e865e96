"use strict";
// Charts are drawn by the server; this asks for them anew while somebody looks.
const live = document.getElementById("live");
const every = 5000;

async function refresh() {
  if (document.visibilityState === "visible") {
    const answer = await fetch(live.dataset.from, { credentials: "same-origin", redirect: "error" }).catch(() => null);
    if (answer && answer.ok) live.innerHTML = await answer.text();
  }
  setTimeout(refresh, every);
}

if (live) setTimeout(refresh, every);
