// The strip at the top: the sandbox's time, the buttons that move it, and what is due next.

import { el, iconButton, sync } from "./dom.js";
import { clockTime, relative } from "./text.js";
import { act, at, connected, hashFor, now, refresh, state } from "./workspace.js";

const STEPS = [
  ["60", "+1 min"],
  ["900", "+15 min"],
  ["3600", "+1 h"],
  ["next", "Next timer"],
];
const SHOWN = 3;

const clock = document.getElementById("clock");
const time = el("time", { id: "now", title: "The sandbox's time" });
const due = el("div", { id: "due" });
const steps = STEPS.map(([by, label]) =>
  el("button", { type: "button", "data-advance": by, on: { click: () => advance(by) } }, label),
);
let isMoving = false;

export function placeClock(showSidebar) {
  clock.append(
    iconButton("menu", "Show channels", { class: "icon-button only-narrow", on: { click: showSidebar } }),
    time,
    el("div", { class: "advance", role: "group", "aria-label": "Move the clock" }, steps),
    due,
  );
  setInterval(renderClock, 1000);
}

async function advance(by) {
  isMoving = true;
  renderClock();
  await act("advance", by === "next" ? toNext() : { seconds: Number(by) });
  await refresh();
  isMoving = false;
  renderClock();
}

function toNext() {
  const next = state.due[0].at;
  return Date.parse(next) > now() ? { to: next } : { seconds: 1 };
}

export function renderClock() {
  if (!state) return;
  const date = new Date(now());
  const day = date.toLocaleDateString("en-GB", { weekday: "short" });
  time.textContent = `${day} ${clockTime(date, { seconds: true })}`;
  clock.setAttribute("aria-busy", isMoving);
  for (const button of steps) {
    button.disabled = isMoving || (button.dataset.advance === "next" && !state.due.length);
  }
  sync(due, dueParts());
}

function dueParts() {
  const words = instead();
  if (words) return [{ key: "words", mark: words, make: () => el("span", {}, words) }];
  return state.due.slice(0, SHOWN).map((item, key) => ({
    key,
    mark: JSON.stringify([item, whenDue(item), at.as]),
    make: () => dueItem(item),
  }));
}

function instead() {
  if (!connected) return "No answer from the sandbox. Trying again.";
  if (isMoving) return "Moving the clock; timers fire on the way.";
  return state.due.length ? "" : "Nothing is due.";
}

function whenDue(item) {
  const left = Date.parse(item.at) - now();
  return left <= 0 ? "due now" : relative(left);
}

function dueItem(item) {
  const whole = `${item.incident} ${item.what}, ${clockTime(new Date(item.at))}`;
  const href = hashFor({ channel: item.incident.replace(/^#/, "") });
  const incident = el("a", { href }, item.incident);
  return el("span", { title: whole }, el("b", {}, whenDue(item)), " ", incident, ` ${item.what}`);
}
