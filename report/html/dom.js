// Elements, and what is said to the reader.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// h makes an element: h("div", {class: "a", onclick: f}, "text", child). What
// comes from a scenario or a capture reaches the page through here, as text.
function h(tag, attrs, ...kids) {
  return fill(document.createElement(tag), attrs, kids);
}

// s is h for parts of a drawing.
function s(tag, attrs, ...kids) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attrs, kids);
}

function fill(element, attrs, kids) {
  for (const [name, value] of Object.entries(attrs || {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const kid of kids.flat(Infinity)) {
    if (kid !== null && kid !== undefined && kid !== false) element.append(typeof kid === "string" ? visible(kid) : kid);
  }
  return element;
}

// visible replaces what could move the text around it.
const visible = text => text.replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, "\ufffd");

// icon is the sign of an outcome.
function icon(outcome) {
  return s("svg", {class: "icon", "aria-hidden": "true", focusable: "false"}, s("use", {href: "#i-" + outcome}));
}

// say tells a screen reader.
function say(text) {
  $("#live").textContent = text;
}

const count = (n, one, many) => n + " " + (n === 1 ? one : many);

// ms is a time in ms, of ns.
const ms = ns => (ns / 1e6).toFixed(3);

// copy puts text on the clipboard, also where the page is a local file.
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", {class: "sr", "aria-hidden": "true"}, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const word = button.textContent;
  button.textContent = "copied";
  say("copied");
  button.addEventListener("blur", () => { button.textContent = word; }, {once: true});
}

// command is a line for a shell, with a button that copies it.
function command(line) {
  const button = h("button", {type: "button", class: "copy", "aria-label": "copy: " + line, onclick: () => copy(line, button)}, "copy");
  return h("p", {class: "command"}, h("code", {}, line), button);
}
