// What the playbook would do, as a chart: a lane for each responder, time from left to right, and the same in words.

import { el } from "./dom.js";
import { ask, inWords, state } from "./workspace.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 860;
const NAMES = 190;
const LANE = 34;
const TOP = 10;
const AXIS = 30;
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
const TICKS = [0, 5, 15, 30].map((each) => each * MINUTE)
  .concat([1, 2, 4, 8].map((each) => each * HOUR), [1, 3, 7, 30].map((each) => each * DAY));
const APART = 48;
const ACTS = [
  ["Nobody acts", {}],
  ["Acknowledged after 2 min", { acknowledge_after: "2m" }],
  ["Acknowledged after 2 min, over after 30 min", { acknowledge_after: "2m", resolve_after: "30m" }],
];
const ACTED = new Set(["declared", "acknowledged", "resolved"]);
const LEGEND = [
  ["paged", false, "paged, by step"], ["paged", true, "paged again"], ["nudged", false, "asked for an update"],
  ["warned", false, "warned"], ["breached", false, "limit passed"], ["reminded", false, "severity, milestone, reminder"],
  ["acknowledged", false, "somebody acts"],
];

const panel = el("div", { id: "preview", popover: "auto", "aria-label": "What the playbook would do" });
const wish = { severity: "", act: 0 };

export function placePreview() {
  panel.addEventListener("beforetoggle", ({ newState }) => newState === "open" && draw());
  document.body.append(panel);
}

async function draw() {
  const chart = await ask("preview", { severity: wish.severity, ...ACTS[wish.act][1] });
  if (chart.ok === false && wish.severity) {
    wish.severity = ""; // another playbook plays by now
    draw();
  } else if (chart.ok === false) {
    panel.replaceChildren(el("p", {}, inWords(chart.error)));
  } else {
    const focused = document.activeElement.id;
    panel.replaceChildren(...parts(chart));
    document.getElementById(focused)?.focus();
  }
}

function parts(chart) {
  return [
    el("h2", {}, `What ${state.playbooks.playing} would do`),
    choices(chart),
    el("p", { class: "soft" }, `${chart.headline}. Time runs faster towards the right.`),
    el("div", { class: "chart" }, picture(chart), legend()),
    table(chart),
    chart.ending && el("p", { class: "soft" }, chart.ending),
  ].filter(Boolean);
}

function choices({ severities, severity }) {
  const select = (id, label, options, selected, choose) => [
    el("label", { for: id }, label),
    el(
      "select",
      { id, class: "field", on: { change: ({ target }) => { choose(target.value); draw(); } } },
      options.map(([value, words]) => el("option", { value, selected: value === selected }, words)),
    ),
  ];
  return el(
    "div",
    { class: "preview-choices" },
    select("preview-severity", "Severity", severities.map((id) => [id, id]), severity, (id) => { wish.severity = id; }),
    select("preview-act", "People", ACTS.map(([words], at) => [String(at), words]), String(wish.act), (at) => {
      wish.act = Number(at);
    }),
  );
}

function picture({ lanes, seconds, headline }) {
  const height = TOP + lanes.length * LANE + AXIS;
  const span = Math.max(seconds, HOUR);
  const scale = (after) => NAMES + 14 + (Math.log1p(after / MINUTE) / Math.log1p(span / MINUTE)) * (WIDTH - NAMES - 34);
  return shape(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${headline}; the table below says the same` },
    axis(scale, span, height),
    lanes.map(({ name, marks }, at) => lane(name, marks, TOP + (at + 0.5) * LANE, scale)),
  );
}

function axis(scale, span, height) {
  let last = -APART;
  const shown = TICKS.filter((tick) => {
    const fits = tick <= span && scale(tick) - last >= APART;
    if (fits) last = scale(tick);
    return fits;
  });
  return shown.map((tick) => [
    shape("line", { class: "grid", x1: scale(tick), x2: scale(tick), y1: TOP, y2: height - AXIS + 4 }),
    shape("text", { class: "tick", x: scale(tick), y: height - AXIS + 20 }, inTicks(tick)),
  ]);
}

function inTicks(tick) {
  if (tick >= DAY) return `${tick / DAY} d`;
  return tick >= HOUR ? `${tick / HOUR} h` : `${tick / MINUTE} min`;
}

function lane(name, marks, y, scale) {
  const once = marks.filter(({ again, kind }) => !again && kind !== "nudged");
  const often = marks.filter((each) => !once.includes(each));
  return [
    shape("line", { class: "lane", x1: NAMES, x2: WIDTH, y1: y, y2: y }),
    shape("text", { class: "name", x: NAMES - 12, y: y + 4 }, name.length > 26 ? `${name.slice(0, 25)}…` : name),
    [...often, ...once].map(({ after, kind, again, step, says }) => mark(kind, again, step, scale(after), y, says)),
  ];
}

function mark(kind, again, step, x, y, says = "") {
  const drawn = {
    paged: () => (again ? shape("circle", { cx: x, cy: y, r: 3.5 }) : page(step, x, y)),
    nudged: () => shape("line", { x1: x, x2: x, y1: y - 7, y2: y + 7 }),
    warned: () => shape("path", { d: `M${x} ${y - 8}l8 14h-16z` }),
    acted: () => shape("rect", { x: x - 5, y: y - 5, width: 10, height: 10 }),
    breached: () => shape("path", { d: `M${x - 6} ${y - 6}l12 12m0-12l-12 12` }),
  }[ACTED.has(kind) ? "acted" : kind] ?? (() => shape("path", { d: `M${x} ${y - 8}l8 8-8 8-8-8z` }));
  return shape("g", { class: "mark", "data-kind": kind, "data-again": again }, shape("title", {}, says), drawn());
}

function page(step, x, y) {
  const width = Math.max(20, step.length * 7.5 + 10);
  return [
    shape("rect", { x: x - width / 2, y: y - 10, width, height: 20, rx: 10 }),
    shape("text", { x, y: y + 4 }, step),
  ];
}

function legend() {
  const sample = (kind, again) =>
    shape("svg", { viewBox: "0 0 24 24", width: 24, height: 24, "aria-hidden": true }, mark(kind, again, "1", 12, 12));
  return el("ul", { class: "legend" }, LEGEND.map(([kind, again, words]) => el("li", {}, sample(kind, again), words)));
}

function table({ lines }) {
  const heads = ["After", "At", "What", "Step", "Who", "Why"].map((head) => el("th", {}, head));
  const rows = lines.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell))));
  return el("div", { class: "table" }, el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows)));
}

function shape(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children.flat(Infinity));
  return node;
}
