"""The style and the script of the map; both are the same on every page."""

STYLE = """
body{margin:8px;font:13px sans-serif;color:#223}
text{font:11px monospace;fill:#223}
.title{font-weight:bold}
.vpc{fill:#f4f7fb;stroke:#8fa6c4}
.tier{fill:#fff;stroke:#c8d3e2}
.flow{fill:none;stroke:#3a7d44;stroke-width:1;opacity:.35}
.live{fill:none;stroke:#1b7f37;stroke-width:2.5}
.stopped{fill:none;stroke:#c62828;stroke-width:2.5;stroke-dasharray:6 4}
.label rect{fill:#fff;stroke:#6b7c93}
.label{cursor:pointer}
.internet rect{fill:#e8eef6}
.open rect{stroke:#c62828;stroke-width:2}
.from rect{fill:#ffe9a8}
.reached rect{fill:#d5f0d8;stroke:#2e7d32}
.blocked rect{fill:#fbdcdc;stroke:#c62828}
.idle{color:#c62828}
li{font:12px monospace}
"""

SCRIPT = """
"use strict";
const data = JSON.parse(document.getElementById("flows").textContent);
const labels = new Map();
for (const each of document.querySelectorAll(".label")) labels.set(+each.dataset.n, each);
function show(from) {
  const reached = new Map();
  for (const [at, runs] of Object.entries(data.pairs[from] || {}))
    for (const [first, last] of runs)
      for (let n = first; n <= last; n++)
        reached.set(n, (reached.has(n) ? reached.get(n) + ", " : "") + data.words[at]);
  for (const [n, each] of labels) {
    each.classList.toggle("from", n === from);
    each.classList.toggle("reached", n !== from && reached.has(n));
    each.classList.toggle("blocked", n !== from && !reached.has(n));
  }
  const lines = [];
  for (const [n, words] of reached)
    lines.push(labels.get(n).querySelector("text").textContent + ": " + words);
  document.getElementById("told").textContent =
    labels.get(from).querySelector("text").textContent + " reaches " +
    (lines.length ? lines.slice(0, 30).join("; ") : "nothing");
}
for (const [n, each] of labels) each.addEventListener("click", () => show(n));
"""
