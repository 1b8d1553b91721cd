// Values of fields, as package frame writes them (Field.Text).

const pad2 = n => n.toString(16).padStart(2, "0");
const plainHex = bytes => Array.from(bytes, pad2).join("");
const colons = bytes => Array.from(bytes, pad2).join(":");
const MOST_BYTES = 32;

// valueText returns the value of a shape's field in a frame.
function valueText(info, field, bytes) {
  if (field.t !== undefined) return field.t;
  const part = bytes.slice(field.o, field.o + field.n);
  switch (info.type) {
    case "boolean": return String(numberIn(part, field.m) !== 0n);
    case "unsigned": return numberText(info, numberIn(part, field.m));
    case "IPv4": return part.join(".");
    case "IPv6": return ipv6(part);
    case "MAC": return colons(part);
  }
  if (info.unit === "MAC") return colons(part);
  if (part.length > MOST_BYTES) return plainHex(part.slice(0, MOST_BYTES)) + "… (" + part.length + " bytes)";
  return plainHex(part);
}

// numberIn reads a big-endian number, of which the bits of mask count.
function numberIn(part, mask) {
  let n = 0n;
  part.forEach(b => { n = n << 8n | BigInt(b); });
  if (!mask) return n;
  let m = BigInt(mask);
  n &= m;
  for (; (m & 1n) === 0n; m >>= 1n) n >>= 1n;
  return n;
}

function numberText(info, n) {
  const text = info.hex ? "0x" + n.toString(16).padStart(Math.floor((info.bits + 3) / 4), "0") : n.toString();
  const name = info.names && info.names[n.toString()];
  if (name) return text + " (" + name + ")";
  return info.unit ? text + (/^\d/.test(info.unit) ? " × " : " ") + info.unit : text;
}

// ipv6 writes an address as RFC 5952 wants it.
function ipv6(part) {
  const groups = [];
  for (let i = 0; i < 16; i += 2) groups.push(part[i] << 8 | part[i + 1]);
  if (groups.slice(0, 5).every(g => g === 0) && groups[5] === 0xffff) return "::ffff:" + part.slice(12).join(".");
  let best = -1, length = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > length) [best, length] = [i, n];
  }
  const hex = list => list.map(g => g.toString(16)).join(":");
  if (best < 0) return hex(groups);
  return hex(groups.slice(0, best)) + "::" + hex(groups.slice(best + length));
}

// bitsText shows where the bits of a field stand: "110. .... .... ....".
function bitsText(field, bytes) {
  if (!field.m || field.n > 4) return "";
  const groups = [];
  for (let i = 0; i < field.n; i++) {
    const mask = Math.floor(field.m / 2 ** (8 * (field.n - 1 - i))) & 255;
    if (mask === 0) continue; // none of this byte's bits
    const bits = [...Array(8).keys()].map(k => mask >> (7 - k) & 1 ? bytes[field.o + i] >> (7 - k) & 1 : ".").join("");
    groups.push(bits.slice(0, 4), bits.slice(4));
  }
  return groups.join(" ");
}
