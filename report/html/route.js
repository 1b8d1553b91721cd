// Addresses and keys.

let lastQuestion = ""; // the overview's filters, to come back to

// route shows what the address says: "#?..." the overview with filters,
// "#scenario" or "#scenario@kernel", with "/f12" or "/c3" behind it.
async function route() {
  const text = location.hash.slice(1);
  if (text === "" || text[0] === "?") lastQuestion = text;
  if (text === "" || text[0] === "?" || text === "main" || text === "overview") {
    leave();
    document.title = home;
    ask(text.startsWith("?") ? text.slice(1) : "");
    return;
  }
  const [scenario, result, place] = text.match(/^([^@]*)@?([^/]*)\/?(.*)$/s).slice(1);
  const section = document.getElementById(scenario);
  const link = section && section.classList.contains("scenario") ? resultOf(section, scenario + "@" + result) : null;
  if (link) return showInstance(link, place);
  leave();
}

const home = document.title;

// resultOf is the result with that name, or the worst of the scenario. Without a
// program the markup of a scenario is in the page as it is; with one it is text
// until it is asked for, as hundreds of scenarios take their time.
function resultOf(section, id) {
  const text = $("noscript", section);
  if (text) text.outerHTML = text.textContent;
  const all = $$(".instances a", section);
  return all.find(a => a.id === id) || RANK.map(o => all.find(a => a.classList.contains(o))).find(a => a) || null;
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
    if (current) {
      location.hash = lastQuestion;
      route();
    }
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
    route();
    const cell = $$(".matrix a").find(a => a.getAttribute("href") === back.getAttribute("href"));
    if (cell) cell.focus();
  } else if (e.target.id === "q" && e.target.value !== "") {
    e.target.value = "";
    asked();
  } else return;
  e.preventDefault();
}

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
route();
