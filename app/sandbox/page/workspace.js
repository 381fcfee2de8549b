// The workspace as the sandbox tells it, who looks at it and from where, and what is asked of the sandbox.

import { toast } from "./overlays.js";

export let state = null; // the answer to GET /_control/state
export let connected = true;
export const at = { as: null, channel: null, home: false, thread: null };

let clockOffset = 0;
let render = () => {};

// Asking the sandbox

const REFUSALS = {
  unreachable: "The sandbox does not answer. Is `tocsin try` still running?",
  operation_timeout: "Tocsin did not answer within 3 seconds.",
  dispatch_failed: "Tocsin is not connected, so nothing reached it.",
  is_archived: "This channel is archived.",
  not_in_channel: "Join the channel first.",
  message_not_found: "That message is gone.",
  channel_not_found: "There is no such channel, or you cannot see it.",
  no_such_action: "That button is gone: what it stood in has changed.",
  no_open_modal: "That form is closed already.",
};
const TOLD_IN_CHANNEL = new Set(["operation_timeout", "dispatch_failed", "unknown_command"]);

export function inWords(error = "") {
  return REFUSALS[error] ?? (error.includes(" ") ? error : `The sandbox refused: ${error.replaceAll("_", " ")}.`);
}

export async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(`/_control/${path}`, body && { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

// Asks as the acting member. What was refused is said, unless the channel says it already.
export async function act(path, body = {}, { toldInChannel = false } = {}) {
  const answer = await ask(path, { user: at.as, ...body });
  if (answer.ok === false && !(toldInChannel && TOLD_IN_CHANNEL.has(answer.error))) toast(inWords(answer.error));
  refresh();
  return answer;
}

let refreshing = null;
let stale = false;

export function refresh() {
  stale = true;
  refreshing ??= fetchWhileStale().finally(() => { refreshing = null; });
  return refreshing;
}

async function fetchWhileStale() {
  while (stale) {
    stale = false;
    const answer = await ask("state");
    connected = answer.ok !== false;
    if (connected) {
      state = answer;
      clockOffset = Date.parse(state.now) - Date.now();
      settle();
    }
    if (state) render();
    else toast(inWords("unreachable"));
  }
}

export async function watch(draw) {
  render = draw;
  await refresh();
  const stream = new EventSource("/_page/stream");
  stream.onmessage = refresh;
  stream.onopen = refresh;
  stream.onerror = refresh;
  setInterval(() => document.hidden || refresh(), 5000); // what is due changes without Slack changing
}

// Who and where

export const now = () => Date.now() + clockOffset;
export const people = () => state.members.filter(({ deleted }) => !deleted);
export const me = () => people().find(({ name }) => name === at.as);
export const capital = (word) => word[0].toUpperCase() + word.slice(1);
export const botTitle = () => capital(state.bot.name);

export function memberName(id) {
  if (id === state.bot.id || id === state.bot.bot_id) return state.bot.name;
  return state.members.find((member) => member.id === id)?.name ?? (id === "USLACKBOT" ? "Slackbot" : id);
}

// The acting member, and the channel by its name, whatever the address called them.
function settle() {
  const member = people().find(({ id, name }) => at.as === name || at.as === id) ?? people()[0];
  at.as = member.name;
  const channel = state.channels.find(({ id }) => id === at.channel);
  at.channel = channel ? nameOf(channel) : (at.channel ?? "general");
}

// Channels

export const nameOf = (channel) => (channel.kind === "im" ? state.bot.name : channel.name);
export const shownName = (channel) => (channel.kind === "im" ? botTitle() : `#${channel.name}`);
export const directMessage = () => state.channels.find(({ kind, user }) => kind === "im" && user === me().id);
export const isMine = ({ kind, user, members }) => (kind === "im" ? user === me().id : members.includes(me().id));
export const here = () =>
  at.channel === state.bot.name ? directMessage() : state.channels.find(({ name }) => name === at.channel);

// Messages

export const isVisible = ({ ephemeral_for: only }) => !only || only === me().id;
export const isReply = ({ ts, thread_ts: parent, subtype }) =>
  Boolean(parent) && parent !== ts && subtype !== "thread_broadcast";
export const isNotice = ({ subtype = "" }) => /^(channel|group|pinned|bot)_/.test(subtype);

// The address: everything after the # says who looks, and at what

const hashOf = (where) => `#${new URLSearchParams(Object.entries(where).filter(([, value]) => value))}`;
export const hashFor = (where) => hashOf({ ...where, as: at.as });

export function go(where) {
  const hash = hashFor({ ...(at.home ? { view: "home" } : { channel: at.channel }), ...where });
  if (location.hash === hash) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = hash;
}

export function actAs(name) {
  at.as = name;
  go({});
}

export function readAddress() {
  const [, channelId, stamp] = /^\/archives\/(\w+)(?:\/p(\d{16}))?/.exec(location.pathname) ?? [];
  if (channelId) history.replaceState(null, "", `/${hashOf({ channel: channelId, ts: dotted(stamp) })}`);
  const asked = new URLSearchParams(location.hash.slice(1));
  at.as = asked.get("as") ?? at.as;
  at.home = asked.get("view") === "home";
  at.channel = asked.get("channel") ?? at.channel;
  at.thread = asked.get("thread");
  if (state) settle();
  return asked.get("ts");
}

export const dotted = (stamp) => (stamp ? `${stamp.slice(0, 10)}.${stamp.slice(10)}` : "");
