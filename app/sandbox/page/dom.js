// Building and keeping DOM nodes. Text only ever enters as text nodes.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected"]);

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => ![undefined, null, false].includes(child)));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

export function iconButton(name, label, props = {}) {
  const named = { "aria-label": label, title: label };
  return el("button", { type: "button", class: "icon-button", ...named, ...props }, icon(name));
}

let ids = 0;
export const freshId = (prefix) => `${prefix}-${++ids}`;

// Makes the parent's children match `parts` ({key, mark, make}); a child whose mark is unchanged is left alone,
// with its focus, its selection and what was typed in it.
export function sync(parent, parts) {
  const old = new Map([...parent.children].map((child) => [child.syncKey, child]));
  const next = parts.map(({ key, mark, make }) => {
    const kept = old.get(key);
    if (kept && kept.syncMark === mark) return kept;
    const node = Object.assign(make(), { syncKey: key, syncMark: mark });
    if (kept) replaceKeepingFocus(kept, node);
    return node;
  });
  const wanted = new Set(next);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  next.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  });
}

function replaceKeepingFocus(before, after) {
  const focused = before.contains(document.activeElement) && document.activeElement;
  before.replaceWith(after);
  if (!focused) return;
  const action = focused.dataset.actionId;
  const same = action && after.querySelector(`[data-action-id="${CSS.escape(action)}"]`);
  (same || after).focus();
}
