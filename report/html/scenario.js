// One scenario: the result that is looked at, its frames, and the open frame.

let current = null; // what is shown, see showInstance

// showInstance shows a result. place is what follows its name in the address:
// "f12" a frame, "f12/eth.type" a field of it, "c3" a check.
async function showInstance(link, place) {
  const section = link.closest(".scenario");
  if (current && current.link === link) return goPlace(current, place);
  leave();
  section.classList.add("current");
  document.body.classList.add("viewing");
  $$(".instances a", section).forEach(a => a.toggleAttribute("aria-current", a === link));
  $$(".instances a[aria-current]", section).forEach(a => a.setAttribute("aria-current", "page"));
  const variants = $$(".variant", section);
  const article = variants.find(v => v.dataset.blocks.split(" ").includes(link.dataset.block));
  variants.forEach(v => { v.hidden = v !== article; });
  document.title = $("h2", section).textContent + " · netverify";
  const c = current = {link, section, article, base: link.id, view: {fences: false, noise: false, idle: false, named: named(article)}};
  window.scrollTo(0, 0);
  c.pack = await evidenceOf(link.dataset.block).catch(nothing);
  if (current !== c) return;
  linkChecks(c);
  linkNumbers(c);
  arrange(c);
  draw(c);
  if (place) goPlace(c, place);
  else if ((place = firstPlace(c))) openFrame(c, Number(place.slice(1)) - 1, false);
}

// nothing stands in where an old browser cannot unpack the evidence.
const nothing = error => ({
  trouble: "this browser cannot unpack the frames: " + error, checks: [], sightings: [], drawn: [], facts: [], points: [], steps: [],
});

// arrange adds what the program shows: of what went wrong the frames first, of
// the rest the checks.
function arrange(c) {
  c.evidence = h("section", {class: "evidence", "aria-label": "Frames"});
  const labs = drawingsOf(c.pack), facts = factsOf(c.pack);
  const checks = $(".checks", c.article);
  if (checks && $(".badcheck", c.article)) checks.before(c.evidence, ...labs);
  else c.article.append(...labs, c.evidence);
  c.article.append(...facts);
  c.added = [c.evidence, ...labs, ...facts];
}

// firstPlace is what is looked at first where something went wrong: the frame
// that broke the check or, where one is missing, the last place of its journey.
function firstPlace(c) {
  const bad = $(".badcheck", c.article);
  if (!bad || window.matchMedia("(max-width: 1099px)").matches) return "";
  const broke = (c.pack.checks[Number(bad.dataset.check) - 1] || [])[0];
  const last = $$(".trip [data-frame]", bad).map(a => Number(a.dataset.frame)).at(-1);
  const missing = ["path", "reply", "answer", "hops"].includes(bad.dataset.kind);
  const frame = missing ? last || broke : broke || last;
  return c.pack.sightings[frame - 1] ? "f" + frame : "";
}

// named are the taps that checks speak of: to see nothing there says something.
function named(article) {
  return new Set($$(".check code, .badcheck code", article).flatMap(e => e.textContent.match(/[^\s,()"'@]+:[^\s,()"':]+/g) || []));
}

// leave takes away what showInstance added.
function leave() {
  if (!current) return;
  closePanel(current);
  (current.added || []).forEach(e => e.remove());
  $$(".frames", current.article).forEach(e => e.remove());
  current.section.classList.remove("current");
  $$(".variant", current.section).forEach(v => { v.hidden = false; });
  document.body.classList.remove("viewing");
  current = null;
}

const outcomeOf = (c, n) => ["pass", "fail", "inconclusive", "skip", "error"].find(o => checkOf(c, n) && checkOf(c, n).classList.contains(o)) || "error";
const checkOf = (c, n) => $(".check[data-check='" + n + "']", c.article);
const textOf = (c, n) => checkOf(c, n) ? $("code", checkOf(c, n)).textContent : "";

// linkChecks gives each check links to the frames that decided it.
function linkChecks(c) {
  const MOST = 8;
  c.pack.checks.forEach((numbers, n) => {
    const check = checkOf(c, n + 1);
    if (!check || numbers.length === 0) return;
    const place = h("span", {class: "frames"});
    $("code", check).after(" ", place);
    const link = f => c.pack.sightings[f - 1] ? h("a", {href: "#" + c.base + "/f" + f, "data-goto-frame": f}, "#" + f) : "#" + f;
    place.replaceChildren(numbers.length === 1 ? "frame " : "frames ", ...numbers.slice(0, MOST).flatMap((f, i) => i ? [" ", link(f)] : [link(f)]));
    if (numbers.length <= MOST) return;
    const more = h("button", {type: "button", class: "link", onclick: () => more.replaceWith(...numbers.slice(MOST).flatMap(f => [" ", link(f)]))}, "and " + (numbers.length - MOST) + " more");
    place.append(" ", more);
  });
}

// linkNumbers turns "#12" in what a check says into a link to that frame.
function linkNumbers(c) {
  $$(".badcheck .said, .check .reason", c.article).forEach(e => {
    e.replaceChildren(...e.textContent.split(/(#\d+)/).map(word => {
      const n = Number(word.slice(1));
      return word[0] === "#" && c.pack.sightings[n - 1] ? h("a", {href: "#" + c.base + "/f" + n, "data-goto-frame": n}, word) : word;
    }));
  });
}

// draw makes the diagram, with the switches above it.
function draw(c) {
  const {pack, view} = c;
  const visible = pack.sightings.filter(x => !x.fence && !x.noise).length;
  const fences = pack.sightings.filter(x => x.fence).length, noise = pack.sightings.filter(x => x.noise).length;
  const flip = (name, text) => h("button", {
    type: "button", class: "chip", "aria-pressed": String(view[name]), "data-view": name,
    onclick: () => { view[name] = !view[name]; redraw(c, name); },
  }, text);
  const head = h("div", {class: "tools"}, h("h3", {}, count(visible, "frame", "frames")));
  c.evidence.replaceChildren(head);
  if (pack.trouble) c.evidence.append(h("p", {class: "note trouble"}, pack.trouble));
  if (pack.sightings.length === 0) return;
  c.diagram = diagramOf(pack, view, n => outcomeOf(c, n), (index, pick) => pick || c.panel ? openFrame(c, index, pick) : null);
  if (fences > 0) head.append(flip("fences", count(fences, "fence", "fences")));
  if (noise > 0) head.append(flip("noise", noise + " noise"));
  if (c.diagram.taps.idle > 0 || view.idle) head.append(flip("idle", view.idle ? "all taps" : count(c.diagram.taps.idle, "idle tap", "idle taps")));
  head.append(h("span", {class: "legend dim", "aria-hidden": "true"}, s("svg", {viewBox: "0 0 10 10"}, s("circle", {class: "mark out", cx: 5, cy: 5, r: 4})), "sent ",
    s("svg", {viewBox: "0 0 10 10"}, s("circle", {class: "mark in", cx: 5, cy: 5, r: 4})), "received"));
  if (pack.file) head.append(command("wireshark -r " + pack.file));
  c.evidence.append(c.diagram.grid);
}

function redraw(c, name) {
  draw(c);
  if (c.panel) mark(c.diagram, Number(c.panel.dataset.number) - 1);
  const button = $("[data-view='" + name + "']", c.evidence);
  if (button) button.focus();
}

function drawingsOf(pack) {
  const titles = ["Topology", "Topology after the last step"];
  return titles.map((title, i) => [title, pack.drawn[i]]).filter(([, text]) => text).map(([title, text]) => {
    const drawing = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
    return h("section", {class: "lab", "aria-label": title}, h("h3", {}, title), h("div", {class: "scroll", tabindex: 0, role: "group", "aria-label": title}, drawing));
  });
}

function factsOf(pack) {
  if (pack.facts.length === 0) return [];
  const rows = pack.facts.map(([key, value]) => h("tr", {}, h("th", {scope: "row"}, key), h("td", {}, value)));
  return [h("details", {class: "facts"}, h("summary", {}, "What was built, as the kernel had it"), h("div", {class: "scroll"}, h("table", {}, h("tbody", {}, rows))))];
}

// goPlace goes to a frame or check of the result that is shown.
function goPlace(c, place) {
  const [first, field] = (place || "").split(/\/(.*)/s);
  const number = Number(first.slice(1));
  if (first[0] === "f" && c.pack && c.pack.sightings[number - 1]) {
    openFrame(c, number - 1, false, field ? decodeURIComponent(field) : "");
    const row = c.diagram.row.get(number - 1);
    if (row) reveal(row);
    return;
  }
  if (c.panel) closePanel(c);
  const check = first[0] === "c" && checkOf(c, number);
  if (!check) return;
  check.tabIndex = -1;
  check.focus({preventScroll: true});
  check.scrollIntoView({block: "center"});
}

// openFrame opens a frame beside the diagram.
function openFrame(c, index, focus, field) {
  const x = c.pack.sightings[index];
  if ((x.fence && !c.view.fences) || (x.noise && !c.view.noise)) {
    c.view.fences ||= x.fence;
    c.view.noise ||= x.noise;
    draw(c);
  }
  const old = c.panel;
  c.panel = panelOf(c.pack, x, {
    href: place => "#" + c.base + "/" + place,
    outcomeOf: n => outcomeOf(c, n), textOf: n => textOf(c, n), filterOf: n => checkOf(c, n) && checkOf(c, n).dataset.filter,
    close: () => { closePanel(c); rest(c); },
    chose: name => history.replaceState(null, "", "#" + c.base + "/f" + x.number + (name ? "/" + encodeURIComponent(name) : "")),
  });
  if (old) old.replaceWith(c.panel);
  else c.section.append(c.panel);
  c.section.classList.add("open");
  mark(c.diagram, index);
  history.replaceState(null, "", "#" + c.base + "/f" + x.number);
  if (field) c.panel.pick(field);
  if (focus) $("h3", c.panel).focus({preventScroll: true});
  say("frame " + x.number + " at " + where(c.pack, x) + ": " + x.text);
}

function closePanel(c) {
  if (!c.panel) return;
  c.panel.remove();
  c.panel = null;
  c.section.classList.remove("open");
}

// rest gives the focus back to the row of the frame that was open.
function rest(c) {
  const row = c.diagram.row.get(c.diagram.selected);
  mark(c.diagram, -1);
  history.replaceState(null, "", "#" + c.base);
  if (row) row.focus();
}
