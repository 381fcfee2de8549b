// The strip under the clock: what rings in PagerDuty. It is there once something has rung; a press shows all alerts.

import { el, icon, sync } from "./dom.js";
import { clockTime, linkTo } from "./text.js";
import { act, now, state } from "./workspace.js";

const STATUS = { triggered: "rings", acknowledged: "is acknowledged", resolved: "is resolved" };
const DONE = { trigger: "rang", acknowledge: "acknowledged", resolve: "resolved" };
const A_DAY = 86_400_000;

const strip = document.getElementById("pager");
const panel = el("div", { id: "alerts", popover: "auto", "aria-label": "Alerts in PagerDuty" });
panel.addEventListener("beforetoggle", () => {
  panel.style.top = `${strip.getBoundingClientRect().bottom + 6}px`;
});
document.body.append(panel);

export function renderPager() {
  const { alerts, down } = state.pager;
  strip.hidden = !alerts.length && !down;
  const ringing = alerts.filter(({ status }) => status === "triggered");
  const open = alerts.filter(({ status }) => status === "acknowledged");
  const told = down ? "down" : ringing.length ? "triggered" : open.length ? "acknowledged" : "resolved";
  const newest = (ringing.length ? ringing : down ? [] : open.length ? open : alerts).at(-1);
  const mark = JSON.stringify([told, ringing.length, newest]);
  sync(strip, [{ key: "told", mark, make: () => stripButton(told, ringing.length, newest) }]);
  sync(panel, [
    { key: "head", mark: String(down), make: () => panelHead(down) },
    ...alerts.toReversed().map((alert) => ({ key: alert.id, mark: JSON.stringify(alert), make: () => card(alert) })),
  ]);
}

function stripButton(told, ringing, newest) {
  const words = {
    down: "PagerDuty is down",
    triggered: ringing === 1 ? "A phone rings" : `Phones ring for ${ringing} alerts`,
    acknowledged: "Acknowledged",
    resolved: "All quiet",
  }[told];
  return el(
    "button",
    { type: "button", popovertarget: "alerts", "data-status": told, title: "Show the alerts in PagerDuty" },
    icon("phone"),
    el("b", {}, words),
    newest && el("span", { class: "summary" }, newest.summary),
    newest && el("time", {}, at(newest.log.at(-1).at)),
  );
}

function panelHead(down) {
  const props = { type: "button", class: "button", on: { click: () => act("pager", { down: !down }) } };
  return el(
    "div",
    { class: "alerts-head" },
    el("h2", {}, "PagerDuty"),
    el("button", props, down ? "Let PagerDuty be back" : "Take PagerDuty down"),
  );
}

function card({ id, summary, severity, service, status, log, link, details }) {
  const done = log.map(({ at: when, action, by }) => el("li", {}, `${DONE[action]} ${at(when)}${by ? ` by ${by}` : ""}`));
  return el(
    "article",
    { class: "alert", "data-status": status },
    el("h3", {}, summary),
    el("p", { class: "soft" }, `${service} · ${severity} · `, el("b", {}, STATUS[status])),
    el("ul", {}, done),
    details.Impact && el("p", {}, details.Impact),
    status !== "resolved" && el("div", { class: "alert-acts" }, ...presses(id, status)),
    link && linkTo(link, "Open the incident in Slack"),
  );
}

// What the member who looks can do there, as they could in PagerDuty on their phone.
function presses(alert, status) {
  const press = (label, what) =>
    el("button", { type: "button", class: "button", on: { click: () => act("press", { alert, do: what }) } }, label);
  return [...(status === "triggered" ? [press("Acknowledge", "acknowledge")] : []), press("Resolve", "resolve")];
}

function at(moment) {
  const date = new Date(moment);
  const day = now() - date > A_DAY ? `${date.toLocaleDateString("en-GB", { weekday: "short" })} ` : "";
  return `${day}${clockTime(date)}`;
}
