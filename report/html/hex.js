// The bytes of a frame, sixteen a line, each of which can be pointed at.

// dumpOf draws bytes. point is called with the offset that the reader points at,
// or -1.
function dumpOf(bytes, nameOf, point) {
  const cells = [], letters = [];
  const lines = [];
  for (let o = 0; o < bytes.length; o += 16) {
    const hex = [], text = [];
    for (let i = o; i < Math.min(o + 16, bytes.length); i++) {
      const b = bytes[i];
      hex.push(cells[i] = h("span", {role: "gridcell", tabindex: -1, "data-off": i, "aria-label": pad2(b) + ", byte " + i + ", " + nameOf(i)}, pad2(b)));
      text.push(letters[i] = h("span", {"data-off": i}, b >= 32 && b < 127 ? String.fromCharCode(b) : "·"));
      if (i - o === 7) hex.push(h("span", {class: "gap", "aria-hidden": "true"}));
    }
    lines.push(h("div", {role: "row", class: "line"},
      h("span", {role: "rowheader", class: "off"}, o.toString(16).padStart(4, "0")),
      h("span", {class: "bytes", role: "presentation"}, hex), h("span", {class: "ascii", "aria-hidden": "true"}, text)));
  }
  const grid = h("div", {class: "dump", role: "grid", "aria-label": "Bytes"}, lines);
  if (cells[0]) cells[0].tabIndex = 0;
  const offset = e => e.target.dataset && e.target.dataset.off !== undefined ? Number(e.target.dataset.off) : -1;
  grid.addEventListener("mouseover", e => { if (offset(e) >= 0) point(offset(e), false); });
  grid.addEventListener("mouseleave", () => point(-1, false));
  grid.addEventListener("focusin", e => { if (offset(e) >= 0) point(offset(e), false); });
  grid.addEventListener("click", e => { if (offset(e) >= 0) point(offset(e), true); });
  grid.addEventListener("keydown", e => {
    const o = offset(e);
    const way = {ArrowRight: o + 1, ArrowLeft: o - 1, ArrowDown: o + 16, ArrowUp: o - 16, Home: o - o % 16, End: Math.min(o - o % 16 + 15, bytes.length - 1)};
    if (o < 0 || e.altKey || e.ctrlKey || e.metaKey) return;
    if (e.key === "Enter" || e.key === " ") point(o, true);
    else if (e.key in way) move(cells, o, way[e.key]);
    else return;
    e.preventDefault();
    e.stopPropagation();
  });
  return {
    grid,
    // light marks the bytes from off on, n of them.
    light(off, n) {
      [cells, letters].forEach(list => list.forEach((c, i) => c.classList.toggle("lit", i >= off && i < off + n)));
    },
  };
}

function move(cells, from, to) {
  if (!cells[to]) return;
  cells[from].tabIndex = -1;
  cells[to].tabIndex = 0;
  cells[to].focus();
}
