// The strip beside the pager's: what customers read on Statuspage. It is there once they were told something; a press
// shows the page as they see it, and leads to Tocsin's own.

import { el, icon, sync } from "./dom.js";
import { clockTime } from "./text.js";
import { act, capital, now, state } from "./workspace.js";

const WORKS = {
  operational: "Operational",
  degraded_performance: "Degraded performance",
  partial_outage: "Partial outage",
  major_outage: "Major outage",
  under_maintenance: "Under maintenance",
};
const A_DAY = 86_400_000;

const strip = document.getElementById("customers");
const panel = el("div", { id: "status-page", popover: "auto", "aria-label": "What customers read" });
panel.addEventListener("beforetoggle", () => {
  panel.style.top = `${strip.getBoundingClientRect().bottom + 6}px`;
});
document.body.append(panel);

export function renderCustomers() {
  const page = state.vendors?.statuspage;
  strip.hidden = !page || (!page.incidents.length && !page.down);
  if (!page) return;
  const open = page.incidents.filter(({ status }) => status !== "resolved");
  const newest = open[0] ?? page.incidents[0];
  sync(strip, [{ key: "read", mark: JSON.stringify([page.down, open.length, newest]), make: () => stripButton(page.down, open.length, newest) }]);
  sync(panel, [
    { key: "head", mark: JSON.stringify([page.down, page.page, page.beside]), make: () => panelHead(page) },
    { key: "parts", mark: JSON.stringify(page.components), make: () => parts(page.components) },
    ...page.incidents.map((one) => ({ key: one.id, mark: JSON.stringify(one), make: () => incident(one) })),
  ]);
}

function stripButton(down, open, newest) {
  const told = down ? "down" : open ? "open" : "over";
  const words = { down: "Statuspage is down", open: "Customers read", over: "Customers read that it is over" }[told];
  return el(
    "button",
    { type: "button", popovertarget: "status-page", "data-status": told, title: "Show what customers read" },
    icon("people"),
    el("b", {}, words),
    newest && el("span", { class: "summary" }, `${newest.name} · ${capital(newest.status)}`),
    newest?.updates[0] && el("time", {}, at(newest.updates[0].at)),
  );
}

function panelHead({ down, page, beside }) {
  const props = { type: "button", class: "button", on: { click: () => act("vendor", { name: "statuspage", down: !down }) } };
  return el(
    "div",
    { class: "alerts-head" },
    el("h2", { title: `The page of ${page}` }, "Statuspage"),
    el(
      "span",
      { class: "status-page-acts" },
      beside && el("a", { href: beside, target: "_blank", rel: "noreferrer" }, "Tocsin's own page"),
      el("button", props, down ? "Let Statuspage be back" : "Take Statuspage down"),
    ),
  );
}

function parts(components) {
  const part = ({ name, status }) => el("li", {}, name, el("b", { "data-works": status }, WORKS[status]));
  return el("ul", { class: "parts" }, components.map(part));
}

function incident({ name, status, impact, components, updates }) {
  const about = [`${impact} impact`, ...components].join(" · ");
  const update = ({ status: then, body, at: when }) =>
    el("li", {}, el("b", {}, `${capital(then)} `), el("time", {}, at(when)), el("p", {}, body));
  return el(
    "article",
    { class: "read", "data-status": status },
    el("h3", {}, name),
    el("p", { class: "soft" }, `${capital(status)} · ${about}`),
    el("ol", {}, updates.map(update)),
  );
}

function at(moment) {
  const date = new Date(moment);
  const day = now() - date > A_DAY ? `${date.toLocaleDateString("en-GB", { weekday: "short" })} ` : "";
  return `${day}${clockTime(date)}`;
}
