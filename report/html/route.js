// Addresses and keys.

// route shows what the address says: "#?..." the overview with filters,
// "#scenario" or "#scenario@kernel", with "/f12" or "/c3" behind it.
async function route() {
  const text = location.hash.slice(1);
  if (text === "" || text[0] === "?" || text === "main" || text === "overview") {
    leave();
    document.title = home;
    ask(text.startsWith("?") ? text.slice(1) : "");
    return;
  }
  const [id, place] = split(text);
  const link = id && instanceOf(id);
  if (link) return showInstance(link, place);
  leave();
}

const home = document.title;

// split takes an address apart: the longest part of it that is there, and the rest.
function split(text) {
  for (let end = text.length; end > 0; end = text.lastIndexOf("/", end - 1)) {
    if (document.getElementById(text.slice(0, end))) return [text.slice(0, end), text.slice(end + 1)];
  }
  return ["", ""];
}

// instanceOf is the result with that name, or the worst of a scenario.
function instanceOf(id) {
  const element = document.getElementById(id);
  if (!element.classList.contains("scenario")) return element.closest(".instances a");
  const all = $$(".instances a", element);
  return RANK.map(o => all.find(a => a.classList.contains(o))).find(a => a) || null;
}

document.addEventListener("click", e => {
  const go = e.target.closest("[data-goto-frame], [data-goto-check], [data-frame]");
  if (!go || !current || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  const {gotoFrame, gotoCheck, frame} = go.dataset;
  if (gotoCheck) goCheck(current, Number(gotoCheck));
  else goPlace(current, "f" + (gotoFrame || frame));
});

// goCheck leads from a frame to a check.
function goCheck(c, n) {
  history.pushState(null, "", "#" + c.base + "/c" + n);
  const check = checkOf(c, n);
  check.tabIndex = -1;
  check.focus({preventScroll: true});
  check.scrollIntoView({block: "center"});
}

document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || $("#help").open) return;
  const typing = e.target.matches("input, select, textarea");
  if (e.key === "Escape") return escape(e);
  if (typing && e.target.id !== "q") return;
  if (e.key === "ArrowDown" || e.key === "ArrowUp") return walk(e);
  if (typing) return;
  if (e.key === "/") {
    e.preventDefault();
    if (current) location.hash = "";
    filters.q.focus();
  }
  if (e.key === "?") $("#help").showModal();
});

function escape(e) {
  if (current && current.panel) {
    closePanel(current);
    rest(current);
  } else if (current) {
    const back = current.link;
    location.hash = lastQuestion;
    leave();
    const cell = $(".matrix a[href='" + CSS.escape(back.getAttribute("href")).replaceAll("\\", "\\\\") + "']");
    if (cell) cell.focus();
  } else if (e.target.id === "q" && e.target.value !== "") {
    e.target.value = "";
    asked();
  } else return;
  e.preventDefault();
}

let lastQuestion = "";

// walk moves between the scenarios of the overview.
function walk(e) {
  const row = e.target.closest(".matrix tr");
  if (current || (!row && e.target.id !== "q")) return;
  const all = $$(".matrix tbody:not([hidden]) tr:not(.head)").filter(r => !r.hidden);
  const n = row ? all.indexOf(row) + (e.key === "ArrowDown" ? 1 : -1) : e.key === "ArrowDown" ? 0 : -1;
  const column = row ? $$("a", row).indexOf(e.target) : 0;
  if (n < 0) filters.q.focus();
  else if (all[n]) ($$("a", all[n])[column] || $("a", all[n])).focus();
  e.preventDefault();
}

window.addEventListener("hashchange", route);
window.addEventListener("resize", () => {
  if (!current || !current.diagram) return;
  const width = current.diagram.width;
  sizeOf(current.diagram);
  if (current.diagram.width === width) return;
  draw(current);
  if (current.panel) mark(current.diagram, Number(current.panel.dataset.number) - 1);
});
route();
