// What lies over the page: menus, toasts, and the list of suggestions of a text box.

import { el, freshId, iconButton } from "./dom.js";

// In an open dialog, since what is outside it cannot be reached.
const hostFor = (anchor) => anchor?.closest("dialog") ?? document.querySelector("dialog[open]") ?? document.body;

// items: [{label, note?, act?, data?}]; one without `act` is only read.
export function openMenu(anchor, items, title) {
  const choose = (act) => {
    menu.hidePopover();
    act();
  };
  const menu = el(
    "div",
    { class: "menu", role: "menu", popover: "auto", "aria-label": title ?? "Menu" },
    title && el("div", { class: "menu-title", "aria-hidden": "true" }, title),
    items.map(({ label, note, act, data }) => {
      const props = { type: "button", role: "menuitem", disabled: !act, ...data, on: { click: () => choose(act) } };
      return el("button", props, el("span", {}, label), note && el("small", {}, note));
    }),
  );
  menu.addEventListener("keydown", (event) => moveAmong([...menu.querySelectorAll("button:enabled")], event));
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed") removeMenu(menu, anchor);
  });
  hostFor(anchor).append(menu);
  menu.showPopover();
  placeBeside(anchor, menu);
  menu.querySelector("button:enabled")?.focus();
}

function removeMenu(menu, anchor) {
  if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
  menu.remove();
}

function placeBeside(anchor, menu) {
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const fitsBelow = at.bottom + 4 + size.height < innerHeight;
  menu.style.top = `${Math.max(8, fitsBelow ? at.bottom + 4 : at.top - size.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
}

// Moves the focus up or down a list of nodes with the arrow keys.
export function moveAmong(nodes, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !nodes.length) return;
  event.preventDefault();
  const from = nodes.indexOf(document.activeElement);
  const outside = step > 0 ? 0 : nodes.length - 1;
  nodes[from < 0 ? outside : (from + step + nodes.length) % nodes.length].focus();
}

export const clearToasts = () => document.querySelectorAll(".toast").forEach((shown) => shown.remove());

export function toast(words) {
  clearToasts();
  const dismiss = iconButton("close", "Dismiss", { on: { click: () => note.remove() } });
  const note = el("div", { class: "toast", role: "alert" }, el("span", {}, words), dismiss);
  hostFor().append(note);
  setTimeout(() => note.remove(), 8000);
}

// The suggestions of a text box: [{value, label, note?, pickable?}], moved through with the arrow keys.
export function suggestionsFor(box, pick) {
  const id = freshId("list");
  const list = el("ul", { class: "listbox", role: "listbox", id, hidden: true, "aria-label": "Suggestions" });
  let items = [];
  let chosen = 0;
  box.setAttribute("aria-controls", id);
  box.setAttribute("aria-autocomplete", "list");

  function show(next) {
    items = next;
    list.replaceChildren(...items.map(row));
    list.hidden = !items.length;
    box.setAttribute("aria-expanded", !list.hidden);
    point(0);
    if (!list.hidden) list.scrollIntoView({ block: "nearest" });
  }
  function row(item, index) {
    const on = { mousedown: (event) => event.preventDefault(), click: () => choose(index) };
    const hint = item.pickable === false ? "hint" : undefined;
    const props = { role: "option", id: freshId("option"), "data-value": item.value, class: hint, on };
    return el("li", props, el("span", {}, item.label), item.note && el("small", {}, item.note));
  }
  function point(index) {
    chosen = index;
    [...list.children].forEach((each, i) => each.setAttribute("aria-selected", i === chosen));
    const pointed = list.children[chosen];
    if (pointed) box.setAttribute("aria-activedescendant", pointed.id);
    else box.removeAttribute("aria-activedescendant");
    pointed?.scrollIntoView({ block: "nearest" });
  }
  function choose(index) {
    if (items[index].pickable !== false) pick(items[index]);
  }
  // Answers whether the key was for the list.
  function key(event) {
    if (list.hidden || items[chosen]?.pickable === false) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) point((chosen + step + items.length) % items.length);
    else if (event.key === "Escape") show([]);
    else if (event.key === "Enter" || event.key === "Tab") choose(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
  return { list, show, hide: () => show([]), key, current: () => items[chosen] };
}
