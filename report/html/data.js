// The evidence: packed JSON in elements of their own, unpacked when it is asked for.

const unpacked = new Map();

// unpack returns a promise of the data with that id.
function unpack(id) {
  if (!unpacked.has(id)) {
    const bytes = Uint8Array.from(atob($("#" + id).textContent), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    unpacked.set(id, new Response(stream).json());
  }
  return unpacked.get(id);
}

const FENCE = 2;

// evidenceOf makes of a pack what the page works with.
async function evidenceOf(id) {
  const [pack, shapes] = await Promise.all([unpack(id), unpack("shapes")]);
  if (!pack.sightings) expand(pack, shapes);
  return pack;
}

function expand(pack, shapes) {
  pack.shapes = shapes;
  pack.points.forEach(p => { p.name = p.node + ":" + p.iface; });
  pack.sightings = [];
  let at = 0;
  for (let i = 0; i < (pack.hop || []).length; i++) {
    at += pack.at[i];
    const flags = pack.flags[i], frame = pack.frame[i];
    pack.sightings.push({
      index: i, number: i + 1, at, frame,
      point: pack.hop[i] >> 1, out: pack.hop[i] % 2 === 1,
      fence: (flags & 3) === FENCE, marked: (flags & 3) === 1, noise: (flags & 4) !== 0, pending: (flags & 8) !== 0, type: flags >> 4,
      from: pack.from[i] > 0 ? i - pack.from[i] : -1, next: [], step: -1, checks: [],
      tags: pack.words[pack.tags[frame]], text: pack.words[pack.summary[frame]],
    });
  }
  const all = pack.sightings;
  all.forEach(x => { if (x.from >= 0) all[x.from].next.push(x.index); });
  pack.steps.forEach((step, n) => {
    for (let i = step.first; i < step.first + step.count && i < all.length; i++) all[i].step = n;
  });
  pack.checks.forEach((numbers, n) => numbers.forEach(f => { if (all[f - 1]) all[f - 1].checks.push(n + 1); }));
}

// journey returns the indexes of the sightings of the tree that one is in.
function journey(pack, index) {
  let root = index;
  while (pack.sightings[root].from >= 0) root = pack.sightings[root].from;
  const found = [root];
  for (let i = 0; i < found.length; i++) found.push(...pack.sightings[found[i]].next);
  return found.sort((a, b) => a - b);
}

// bytesOf are the captured bytes of a sighting.
function bytesOf(pack, x) {
  return Uint8Array.from(pack.bytes[x.frame].match(/../g) || [], b => parseInt(b, 16));
}

const wireLength = (pack, x) => pack.wire[x.frame] || pack.bytes[x.frame].length / 2;

// since is the time after the begin of the step, in ns.
function since(pack, x) {
  return x.step < 0 ? x.at : x.at - pack.steps[x.step].begin;
}

const side = x => x.out ? "out" : "in";
const where = (pack, x) => pack.points[x.point].name + " " + side(x);
