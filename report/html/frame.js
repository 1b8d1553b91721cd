// One frame: where it was seen, what it decided, its layers and fields, its bytes.

// panelOf draws a sighting. go leads to another sighting, close takes the panel
// away; field, if any, is the name of the field that is marked at first.
function panelOf(pack, x, ctx) {
  const bytes = bytesOf(pack, x);
  const title = h("h3", {id: "frame-title", tabindex: -1}, "Frame " + x.number, h("span", {class: "dim"}, " at "), where(pack, x));
  const panel = h("aside", {class: "panel", "aria-labelledby": "frame-title", "data-number": x.number},
    h("header", {}, title,
      h("button", {type: "button", class: "close", "aria-label": "close frame " + x.number, "aria-keyshortcuts": "Escape", onclick: ctx.close}, "×")),
    h("p", {class: "summary"}, x.tags ? [h("span", {class: "tag"}, x.tags), " "] : null, x.text),
    aboutOf(pack, x, bytes), decidesOf(x, ctx), journeyOf(pack, x, ctx), commandsOf(pack, x, ctx));
  const decode = decodeOf(pack, x, bytes, ctx);
  panel.append(decode.element);
  panel.pick = decode.pick;
  return panel;
}

const TYPES = ["addressed to the interface", "broadcast", "multicast", "addressed to another station", "sent"];

function aboutOf(pack, x, bytes) {
  const step = pack.steps[x.step];
  const length = wireLength(pack, x);
  const notes = [
    ms(since(pack, x)) + " ms after " + (step ? "the begin of step " + (x.step + 1) : "the first frame"),
    count(length, "byte", "bytes") + (bytes.length < length ? ", of which " + bytes.length + " were captured" : ""),
  ];
  if (!x.out && TYPES[x.type]) notes.push(TYPES[x.type]);
  if (x.fence) notes.push("a fence: sent to prove that nothing is under way any more");
  if (x.marked) notes.push("bears the mark of its step");
  if (x.noise) notes.push("noise: no step caused it");
  if (x.pending) notes.push("its checksum was left to a device");
  const time = new Date(Number((BigInt(pack.base) + BigInt(x.at)) / 1000000n)).toISOString();
  const nano = String((BigInt(pack.base) + BigInt(x.at)) % 1000000000n).padStart(9, "0");
  notes.push(time.slice(0, 19).replace("T", " ") + "." + nano + " UTC");
  return h("p", {class: "about dim"}, notes.join(" · "));
}

// decidesOf leads to the checks that the frame decided.
function decidesOf(x, ctx) {
  if (x.checks.length === 0) return null;
  return h("ul", {class: "decides", "aria-label": "Checks that this frame decided"}, x.checks.map(c =>
    h("li", {}, h("a", {href: ctx.href("c" + c), "data-goto-check": c, class: ctx.outcomeOf(c)}, icon(ctx.outcomeOf(c)), "check " + c), " ", h("span", {}, ctx.textOf(c)))));
}

// journeyOf leads to the other sightings of the same frame.
function journeyOf(pack, x, ctx) {
  const places = journey(pack, x.index);
  if (places.length < 2) return null;
  const before = [-1, ...places];
  return h("nav", {class: "journey", "aria-label": "Journey of this frame"}, h("ol", {}, places.map((i, n) => {
    const y = pack.sightings[i];
    return h("li", {class: y.from === before[n] ? null : "branch"}, h("a", {href: ctx.href("f" + y.number), "data-goto-frame": y.number, "aria-current": i === x.index ? "true" : null},
      h("span", {class: "dim"}, "#" + y.number + " "), where(pack, y)));
  })));
}

function commandsOf(pack, x, ctx) {
  if (!pack.file) return null;
  const filters = [...new Set(x.checks.map(ctx.filterOf).filter(f => f))];
  return h("details", {class: "commands"}, h("summary", {}, "Open it in Wireshark"),
    command("wireshark -r " + pack.file + " -g " + x.number),
    command("tshark -r " + pack.file + " -Y 'frame.number==" + x.number + "' -V"),
    filters.map(f => [h("p", {class: "dim"}, "all frames that the check asks for:"), command("tshark -r " + pack.file + " -Y " + quoted(f))]));
}

// quoted makes text one word of sh(1).
const quoted = text => "'" + text.replaceAll("'", "'\\''") + "'";

// decodeOf draws layers and bytes, which point at each other.
function decodeOf(pack, x, bytes, ctx) {
  const shape = pack.shapes.shapes[pack.shape[x.frame]];
  const infos = pack.shapes.fields;
  const spots = []; // fields and layers with their place in the frame
  let chosen = null;
  const show = spot => {
    spots.forEach(p => p.element.classList.toggle("lit", p === spot));
    dump.light(spot ? spot.off : 0, spot ? spot.n : 0);
  };
  const choose = spot => {
    if (chosen) chosen.element.removeAttribute("aria-current");
    chosen = chosen === spot ? null : spot;
    if (chosen) chosen.element.setAttribute("aria-current", "true");
    show(chosen);
    ctx.chose(chosen ? chosen.name : "");
  };
  const spotAt = off => spots.filter(p => off >= p.off && off < p.off + p.n).sort((a, b) => a.n - b.n || b.field - a.field)[0] || null;
  const makeDump = () => dumpOf(bytes, off => (spotAt(off) || {name: ""}).name, (off, click) => {
    const spot = off < 0 ? null : spotAt(off);
    if (click && spot) {
      spot.element.closest("details").open = true;
      choose(spot);
      spot.element.scrollIntoView({block: "nearest"});
    } else show(spot || chosen);
  });
  const add = (element, name, off, n, field) => {
    const spot = {element, name, off, n, field};
    spots.push(spot);
    element.addEventListener("mouseenter", () => show(spot));
    element.addEventListener("mouseleave", () => show(chosen));
    element.addEventListener("focus", () => show(spot));
    element.addEventListener("blur", () => show(chosen));
    return spot;
  };
  const layers = shape.map(layer => layerOf(layer, infos, bytes, add, choose));
  const dump = makeDump(); // each byte bears the name of its field
  const element = h("div", {class: "decode"}, h("div", {class: "layers", "aria-label": "Layers", role: "group"}, layers), dump.grid);
  element.addEventListener("keydown", e => fieldKeys(e, element));
  return {element, pick: name => { const spot = spots.find(p => p.name === name); if (spot) choose(spot); }};
}

function layerOf(layer, infos, bytes, add, choose) {
  const summary = h("summary", {}, layer.quoted ? "quoted: " : "", layer.title, " ", h("code", {class: "dim"}, layer.protocol),
    layer.malformed ? h("strong", {class: "malformed"}, " " + layer.malformed) : null);
  const list = h("ul", {class: "fields"});
  const details = h("details", {class: "layer quoted" + Math.min(layer.quoted || 0, 3), open: true}, summary, list);
  add(summary, layer.protocol, layer.off, layer.end - layer.off, 0);
  let whole = null;
  layer.fields.forEach(field => {
    const info = infos[field.f];
    const part = within(field, whole);
    if (!part) whole = field.m === undefined ? field : null;
    const button = h("button", {type: "button", class: part ? "field part" : "field", title: info.doc, "data-name": info.name},
      h("span", {class: "name"}, info.name), h("span", {class: "value"}, valueText(info, field, bytes)),
      h("span", {class: "bits", "aria-hidden": "true"}, bitsText(field, bytes)));
    const spot = add(button, info.name, field.o, field.n, 1);
    button.addEventListener("click", () => choose(spot));
    list.append(h("li", {}, button));
  });
  return details;
}

// within tells whether a field is a part of the one that was shown in full before.
const within = (field, whole) => whole !== null && field.n > 0 && field.m !== undefined && field.o >= whole.o && field.o + field.n <= whole.o + whole.n;

// fieldKeys moves between fields by the arrow keys.
function fieldKeys(e, element) {
  if (!e.target.matches(".field, .layer summary") || !["ArrowDown", "ArrowUp"].includes(e.key)) return;
  const all = $$(".field, .layer summary", element).filter(b => b.offsetParent !== null);
  const to = all[all.indexOf(e.target) + (e.key === "ArrowDown" ? 1 : -1)];
  if (to) to.focus();
  e.preventDefault();
}
