// The button at the top that sends an alert to Tocsin, as Prometheus Alertmanager does, and what fires by now.

import { el, icon, sync } from "./dom.js";
import { clockTime } from "./text.js";
import { act, refresh, state } from "./workspace.js";

const opener = el("button", { type: "button", class: "send-alert", popovertarget: "monitor" }, icon("bell"), "Send an alert");
const choices = el("fieldset", {});
const told = el("p", { class: "soft", role: "status" });
const panel = el(
  "div",
  { id: "monitor", popover: "auto", "aria-label": "Send an alert" },
  el("h2", {}, "Send an alert"),
  el("p", { class: "soft" }, "As Alertmanager does, to POST /alerts/alertmanager. The playbook says what becomes of it."),
  choices,
  el(
    "div",
    { class: "monitor-acts" },
    el("button", { type: "button", class: "button primary", on: { click: () => send("firing") } }, "It fires"),
    el("button", { type: "button", class: "button", on: { click: () => send("resolved") } }, "It is resolved"),
    told,
  ),
);
let chosen = "";

export function placeMonitor() {
  document.getElementById("clock").append(opener);
  document.body.append(panel);
  panel.addEventListener("beforetoggle", () => {
    panel.style.top = `${opener.getBoundingClientRect().bottom + 8}px`;
    told.textContent = "";
  });
}

async function send(status) {
  told.textContent = "";
  const { ok, error } = await act("alert", { name: chosen, status });
  told.textContent = ok ? "Tocsin has it." : error;
  await refresh();
}

export function renderMonitor() {
  const { choices: known, firing } = state.monitor;
  opener.hidden = !known.length;
  if (!known.some(({ name }) => name === chosen)) chosen = known[0]?.name ?? "";
  const since = new Map(firing.map((alert) => [alert.name, alert.since]));
  const legend = { key: "legend", mark: "", make: () => el("legend", {}, "Which one") };
  const option = (choice) => ({
    key: choice.name,
    mark: JSON.stringify([choice, since.get(choice.name)]),
    make: () => optionFor(choice, since.get(choice.name)),
  });
  sync(choices, [legend, ...known.map(option)]);
}

function optionFor({ name, says }, since) {
  const change = () => {
    chosen = name;
  };
  const radio = { type: "radio", name: "alert", value: name, checked: name === chosen, on: { change } };
  const fires = since && el("span", { class: "fires" }, `fires since ${clockTime(new Date(since))}`);
  return el("label", {}, el("input", radio), el("span", {}, name), el("span", { class: "soft" }, says, since && " · ", fires));
}
