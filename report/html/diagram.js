// The frames of a result as a sequence diagram: a column for each tap, a row for
// each sighting, time downwards. The rows are those of a table (role grid), so
// that all of it is there in words as well.

// CHUNK is how many rows the browser lays out at a time: those out of sight it
// leaves alone.
const CHUNK = 40;

const asMAC = hex => hex.match(/../g).join(":");

// diagramOf makes the diagram of a pack. view tells what is shown of it; open is
// called with the sighting that the reader picks.
function diagramOf(pack, view, outcomeOf, open) {
  const shown = pack.sightings.filter(x => (view.fences || !x.fence) && (view.noise || !x.noise));
  const taps = tapsOf(pack, shown, view);
  const lanes = lanesOf(pack, shown);
  const rows = h("div", {class: "rows", role: "presentation"});
  const grid = h("div", {
    class: "diagram", role: "grid", "aria-label": "Frames", "aria-rowcount": shown.length + 1, "aria-multiselectable": "false",
  }, headOf(pack, taps), rows);
  const d = {grid, rows, pack, shown, taps, row: new Map(), root: -1, lit: [], selected: -1};
  grid.style.setProperty("--n", Math.max(taps.list.length, 1));
  watchSize.observe(grid);
  let step = -2, chunk = null;
  shown.forEach((x, n) => {
    if (n % CHUNK === 0) rows.append(chunk = h("div", {class: "chunk", role: "rowgroup"}));
    if (x.step !== step) chunk.append(stepRow(pack, step = x.step));
    const row = rowOf(d, x, n, lanes[n], outcomeOf);
    d.row.set(x.index, row);
    chunk.append(row);
  });
  pickable(d, open);
  return d;
}

// tapsOf picks the columns: the taps that saw something that is shown, those
// that a check names, and on demand all.
function tapsOf(pack, shown, view) {
  const used = new Set(shown.map(x => x.point));
  const all = pack.points.map((p, i) => i);
  const kept = all.filter(i => view.idle || used.has(i) || view.named.has(pack.points[i].name));
  const taps = {list: kept, column: new Map(kept.map((point, n) => [point, n])), idle: all.length - kept.length};
  return taps;
}

// watchSize turns the names of interfaces upright where columns are narrow. The
// columns themselves are sized by the style sheet.
const watchSize = new ResizeObserver(entries => entries.forEach(e => {
  const n = Number(e.target.style.getPropertyValue("--n"));
  const tight = $$(".node", e.target).some(node => node.clientWidth < 8 * $("b", node).textContent.length ||
    node.clientWidth / $$("i", node).length < 8 * Math.max(...$$("i", node).map(i => i.textContent.length)));
  e.target.classList.toggle("narrow", n > 0 && tight);
}));

function headOf(pack, taps) {
  const nodes = [];
  taps.list.forEach(point => {
    const p = pack.points[point];
    if (nodes.length === 0 || nodes.at(-1).name !== p.node) nodes.push({name: p.node, ifaces: []});
    nodes.at(-1).ifaces.push(p);
  });
  const heads = nodes.map(n => {
    const node = h("span", {class: "node"}, h("b", {title: n.name}, n.name),
      h("span", {class: "ifaces"}, n.ifaces.map(p => h("span", {title: p.name + " (" + p.kind + ")"}, h("i", {}, p.iface)))));
    node.style.setProperty("--k", n.ifaces.length);
    return node;
  });
  return h("div", {class: "head", role: "rowgroup"}, h("div", {class: "row heads", role: "row", "aria-rowindex": 1},
    h("span", {role: "columnheader", class: "n"}, "no."),
    h("span", {role: "columnheader", class: "t"}, "ms"),
    h("span", {class: "d", "aria-hidden": "true"}, heads),
    h("span", {role: "columnheader", class: "tap"}, "tap"),
    h("span", {role: "columnheader", class: "text"}, "frame"),
    h("span", {role: "columnheader", class: "mac"}, "source → destination"),
    h("span", {role: "columnheader", class: "v"}, h("span", {class: "sr"}, "decides"))));
}

function stepRow(pack, n) {
  const step = pack.steps[n];
  const fences = pack.sightings.filter(x => x.step === n && x.fence).length;
  const notes = step ? [count(step.count - fences, "frame", "frames"), ms(step.took) + " ms"] : [];
  if (step && step.proven > 0) notes.push("at rest after " + ms(step.proven) + " ms, " + count(fences, "fence", "fences") + " seen");
  return h("div", {class: "row step", role: "row"}, h("span", {role: "gridcell", "aria-colspan": 6},
    h("b", {}, step ? "step " + (n + 1) : "before the first step"), " " + (step ? step.name : "") + " ",
    h("span", {class: "dim"}, notes.join(" · "))));
}

// lanesOf tells for each row which lines of journeys pass it: column, and how
// much of the row's height.
function lanesOf(pack, shown) {
  const row = new Map(shown.map((x, n) => [x.index, n]));
  const lanes = shown.map(() => []);
  shown.forEach((x, n) => {
    const last = Math.max(-1, ...x.next.map(i => row.has(i) ? row.get(i) : -1));
    if (last < 0) return;
    const root = rootOf(pack, x.index);
    lanes[n].push({point: x.point, from: "50%", to: "100%", root});
    for (let r = n + 1; r < last; r++) lanes[r].push({point: x.point, from: "0", to: "100%", root});
    lanes[last].push({point: x.point, from: "0", to: "50%", root});
  });
  return lanes;
}

function rootOf(pack, index) {
  while (pack.sightings[index].from >= 0) index = pack.sightings[index].from;
  return index;
}

function rowOf(d, x, n, lanes, outcomeOf) {
  const {pack} = d;
  const bytes = pack.bytes[x.frame];
  const macs = bytes.length >= 24 ? asMAC(bytes.slice(12, 24)) + " → " + asMAC(bytes.slice(0, 12)) : "";
  const badges = x.checks.map(c => h("a", {
    href: d.link ? d.link(c) : "#", class: "badge " + outcomeOf(c), tabindex: -1, "data-goto-check": c, "aria-label": "decides check " + c + ": " + outcomeOf(c),
  }, icon(outcomeOf(c)), String(c)));
  return h("div", {
    class: "row f" + (x.fence ? " fence" : "") + (x.noise ? " noise" : ""), role: "row", tabindex: -1,
    "aria-rowindex": n + 2, "aria-selected": "false", "data-index": x.index, title: x.text,
  },
  h("span", {role: "gridcell", class: "n"}, String(x.number)),
  h("span", {role: "gridcell", class: "t"}, ms(since(pack, x))),
  h("span", {class: "d", "aria-hidden": "true"}, drawingOf(d, x, lanes)),
  h("span", {role: "gridcell", class: "tap"}, pack.points[x.point].name + " ", h("b", {class: side(x)}, side(x))),
  h("span", {role: "gridcell", class: "text"}, x.tags ? [h("span", {class: "tag", title: x.tags}, shortTags(x.tags)), " "] : null, x.text),
  h("span", {role: "gridcell", class: "mac"}, macs),
  h("span", {role: "gridcell", class: "v"}, badges));
}

// shortTags leaves out what most tags have in common.
const shortTags = tags => tags.replaceAll("802.1Q ", "").replaceAll(" pri 0", "");

// drawingOf is the part of the diagram in one row: the mark at its tap, the
// arrow from the tap where the frame was before, and what passes by.
function drawingOf(d, x, lanes) {
  const share = point => (d.taps.column.get(point) + 0.5) / d.taps.list.length;
  const middle = point => (100 * share(point)).toFixed(3) + "%";
  const at = middle(x.point);
  const root = rootOf(d.pack, x.index);
  const parts = lanes.map(l => s("line", {class: "way", "data-root": l.root, x1: middle(l.point), x2: middle(l.point), y1: l.from, y2: l.to}));
  if (x.from >= 0) {
    const before = d.pack.sightings[x.from].point;
    if (before !== x.point) {
      const tip = share(before) < share(x.point) ? "M-11-3.5l6 3.5-6 3.5z" : "M11-3.5l-6 3.5 6 3.5z";
      parts.push(s("line", {class: "way", "data-root": root, x1: middle(before), x2: at, y1: "50%", y2: "50%"}));
      parts.push(s("svg", {x: at, y: "50%", overflow: "visible"}, s("path", {class: "tip", "data-root": root, d: tip})));
    }
  }
  parts.push(s("circle", {class: "mark " + side(x), "data-root": root, cx: at, cy: "50%", r: x.fence || x.noise ? 2.5 : 4}));
  return s("svg", {class: "drawing", focusable: "false"}, parts);
}

// pickable makes rows answer to pointer and keys.
function pickable(d, open) {
  const first = d.shown[0];
  if (first) d.row.get(first.index).tabIndex = 0;
  d.grid.addEventListener("click", e => {
    const row = e.target.closest(".row.f");
    if (row && !e.target.closest("a")) open(Number(row.dataset.index), true);
  });
  d.grid.addEventListener("keydown", e => {
    const row = e.target.closest(".row.f");
    if (!row || e.altKey || e.ctrlKey || e.metaKey) return;
    const to = stepTo(d, d.shown.findIndex(x => x.index === Number(row.dataset.index)), e.key);
    if (e.key === "Enter" || e.key === " ") open(Number(row.dataset.index), true);
    else if (to === undefined) return;
    else goTo(d, d.shown[to].index, open);
    e.preventDefault();
  });
}

// stepTo is the place in the rows that a key leads to.
function stepTo(d, n, key) {
  const last = d.shown.length - 1;
  const way = {ArrowDown: n + 1, ArrowUp: n - 1, Home: 0, End: last, PageDown: n + 20, PageUp: n - 20};
  if (key in way) return Math.max(0, Math.min(last, way[key]));
  if (key !== "j" && key !== "k") return undefined;
  const places = journey(d.pack, d.shown[n].index).map(i => d.shown.findIndex(x => x.index === i)).filter(i => i >= 0);
  const to = key === "j" ? places.find(i => i > n) : places.reverse().find(i => i < n);
  return to === undefined ? n : to;
}

// goTo moves the focus to a row; open follows where a frame is open already.
function goTo(d, index, open) {
  const row = d.row.get(index);
  $$(".row.f[tabindex='0']", d.rows).forEach(r => { r.tabIndex = -1; });
  row.tabIndex = 0;
  row.focus({preventScroll: true});
  reveal(row);
  open(index, false);
}

// reveal brings a row into view.
function reveal(row) {
  row.scrollIntoView({block: "nearest"});
}

// mark shows which row is open, and the journey that it is a part of.
function mark(d, index) {
  const old = d.row.get(d.selected);
  if (old) old.setAttribute("aria-selected", "false");
  d.lit.forEach(e => e.classList.remove("on"));
  d.lit = [];
  d.selected = index;
  const row = d.row.get(index);
  d.grid.classList.toggle("following", Boolean(row));
  if (!row) return;
  $$(".row.f[tabindex='0']", d.rows).forEach(r => { r.tabIndex = -1; });
  row.tabIndex = 0;
  row.setAttribute("aria-selected", "true");
  const root = rootOf(d.pack, index);
  d.lit = $$("[data-root='" + root + "']", d.rows);
  journey(d.pack, index).forEach(i => { if (d.row.get(i)) d.lit.push(d.row.get(i)); });
  d.lit.forEach(e => e.classList.add("on"));
}
