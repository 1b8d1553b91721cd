// The overview: search, filters and order, kept in the address.

const rows = $$(".matrix tbody:not(.sorted) tr:not(.head)");
const topics = $$(".matrix tbody.topic");
const filters = {q: $("#q"), t: $("#by-topic"), k: $("#by-kernel"), d: $("#differs"), s: $("#order")};
const chips = $$(".chip");

rows.forEach(row => {
  row.words = row.textContent.toLowerCase().replace(/\s+/g, " ");
  row.outcomes = row.dataset.outcomes.split(" ");
  row.topic = row.parentElement;
});

// RANK orders outcomes, the worst first.
const RANK = ["fail", "error", "inconclusive", "skip", "pass"];
const rank = row => Math.min(...row.outcomes.filter(o => o).map(o => RANK.indexOf(o)));

// wanted tells whether a row passes the filters.
function wanted(row) {
  const outcomes = chips.filter(c => c.getAttribute("aria-pressed") === "true").map(c => c.dataset.outcome);
  const kernel = filters.k ? filters.k.value : "";
  const these = kernel === "" ? row.outcomes : [row.outcomes[Number(kernel)]];
  return filters.q.value.toLowerCase().split(/\s+/).every(word => row.words.includes(word)) &&
    (filters.t.value === "" || row.topic.dataset.topic === filters.t.value) &&
    (kernel === "" || these[0] !== "") &&
    (outcomes.length === 0 || these.some(o => outcomes.includes(o))) &&
    (!filters.d || !filters.d.checked || row.dataset.differs === "true");
}

// filter shows the rows that are wanted.
function filter() {
  let shown = 0;
  rows.forEach(row => {
    row.hidden = !wanted(row);
    if (!row.hidden) shown++;
  });
  topics.forEach(body => {
    const left = $$("tr:not(.head)", body).filter(row => !row.hidden).length;
    body.hidden = left === 0;
  });
  $("#shown").textContent = shown === rows.length ? "" : shown + " of " + rows.length;
  $(".none").hidden = shown > 0;
}

let sorted = ""; // what the rows are in the order of

// sort puts the rows into the order that was asked for. To move a row takes the
// focus from it, so nothing is moved needlessly.
function sort() {
  const table = $(".matrix");
  const old = $(".sorted", table);
  const by = filters.s.value;
  if (by === sorted) return;
  sorted = by;
  if (by === "") {
    rows.forEach(row => row.topic.append(row));
    if (old) old.remove();
    topics.forEach(body => table.append(body));
    return;
  }
  const body = old || h("tbody", {class: "sorted"});
  const key = by === "worst" ? row => rank(row) : row => -Number(row.dataset.longest);
  body.append(...[...rows].sort((a, b) => key(a) - key(b) || a.dataset.order - b.dataset.order));
  topics.forEach(t => t.remove());
  table.append(body);
}

// question is what stands in the address for the filters.
function question() {
  const p = new URLSearchParams();
  for (const [name, field] of Object.entries(filters)) {
    if (!field) continue;
    if (field.type === "checkbox" ? field.checked : field.value !== "") p.set(name, field.type === "checkbox" ? "1" : field.value);
  }
  const outcomes = chips.filter(c => c.getAttribute("aria-pressed") === "true").map(c => c.dataset.outcome);
  if (outcomes.length > 0) p.set("o", outcomes.join(" "));
  return p.toString();
}

// ask sets the filters from the address.
function ask(text) {
  const p = new URLSearchParams(text);
  for (const [name, field] of Object.entries(filters)) {
    if (!field) continue;
    if (field.type === "checkbox") field.checked = p.get(name) === "1";
    else field.value = p.get(name) || "";
  }
  const outcomes = (p.get("o") || "").split(" ");
  chips.forEach(c => c.setAttribute("aria-pressed", String(outcomes.includes(c.dataset.outcome))));
  sort();
  filter();
}

function asked() {
  const q = question();
  lastQuestion = q === "" ? "" : "?" + q;
  history.replaceState(null, "", "#" + lastQuestion);
  sort();
  filter();
}

if (rows.length > 0) {
  $(".filters").addEventListener("submit", e => e.preventDefault());
  $(".filters").addEventListener("input", asked);
  chips.forEach(c => c.addEventListener("click", () => {
    c.setAttribute("aria-pressed", String(c.getAttribute("aria-pressed") !== "true"));
    asked();
  }));
  $("#clear").addEventListener("click", () => {
    ask("");
    asked();
    filters.q.focus();
  });
}
