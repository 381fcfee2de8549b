// The middle of the page and the panel beside it: a channel or Home, and a thread.

import { renderBlocks } from "./blocks.js";
import { channelComposer, threadComposer } from "./composer.js";
import { el, icon, iconButton, sync } from "./dom.js";
import { hostAt, messageParts } from "./messages.js";
import { openMenu } from "./overlays.js";
import { linkTo, mrkdwn, plainText } from "./text.js";
import { markRead } from "./unread.js";
import {
  act, at, botTitle, go, here, isMine, isReply, isVisible, me, memberName, shownName, state,
} from "./workspace.js";

const byId = (id) => document.getElementById(id);
const [head, list, home, foot, panel] = ["channel-head", "messages", "home", "channel-foot", "thread"].map(byId);

export function renderChannel() {
  home.hidden = !at.home;
  list.hidden = at.home;
  if (at.home) return renderHome();
  const channel = here();
  const makeHead = () => (channel ? headOf(channel) : plainHead(at.channel));
  sync(head, [{ key: "head", mark: headMark(channel), make: makeHead }]);
  sync(foot, [footPart(channel)]);
  renderMessages(channel);
  if (channel) markRead(channel);
}

function renderMessages(channel) {
  const key = `${at.as} ${channel?.id}`;
  const isNew = list.dataset.shown !== key;
  list.dataset.shown = key;
  const shown = channel?.messages.filter((message) => isVisible(message) && !isReply(message)) ?? [];
  const start = { key: "start", mark: key, make: () => el("p", { class: "start" }, startWords(channel)) };
  keepingBottom(list, isNew, () => sync(list, [start, ...messageParts(shown, channel)]));
}

function startWords(channel) {
  if (!channel) return "There is no such channel here.";
  if (channel.kind === "im") return `Your direct messages with ${botTitle()}.`;
  return `The start of #${channel.name}. Type / for ${botTitle()}'s commands.`;
}

// Stays at the newest message if it was there before the change.
function keepingBottom(scroller, isNew, change) {
  const wasAtBottom = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  change();
  if (isNew || wasAtBottom) scroller.scrollTop = scroller.scrollHeight;
}

function renderHome() {
  delete list.dataset.shown;
  const view = state.homes[me().id];
  const nothing = () => el("p", { class: "start" }, `${botTitle()} has put nothing here yet.`);
  const shown = () => (view ? renderBlocks(view.blocks, hostAt({ in: "home" })) : nothing());
  const make = () => el("div", { class: "home-view" }, shown());
  sync(head, [{ key: "home", mark: "", make: () => plainHead(`${botTitle()} Home`) }]);
  sync(foot, []);
  sync(home, [{ key: "view", mark: JSON.stringify([at.as, view?.id, view?.hash, view?.blocks]), make }]);
}

// Above the messages

const plainHead = (words) => el("div", { class: "head" }, el("div", { class: "head-line" }, el("h2", {}, words)));

function headMark(channel) {
  if (!channel) return `none ${at.channel}`;
  const { messages, ...rest } = channel;
  return JSON.stringify([at.as, rest, pinnedIn(channel).map(({ text }) => text)]);
}

const pinnedIn = ({ messages, pins }) => messages.filter(({ ts }) => pins.includes(ts));

function headButton(props, act, ...shown) {
  const on = { click: (event) => act(event.currentTarget) };
  return el("button", { type: "button", class: "head-button", ...props, on }, shown);
}

function headOf(channel) {
  const isDirect = channel.kind === "im";
  const sign = icon(channel.kind === "private" ? "lock" : "hash");
  const line = el(
    "div",
    { class: "head-line" },
    el("h2", {}, isDirect ? botTitle() : [sign, channel.name]),
    channel.archived && el("span", { class: "tag" }, "Archived"),
    channel.topic && el("div", { class: "topic", title: channel.topic }, plainText(channel.topic)),
    !isDirect && membersButton(channel),
  );
  return el("div", { class: "head" }, line, bookmarksOf(channel));
}

function membersButton({ members }) {
  const names = members.map((id) => ({ label: `@${memberName(id)}` }));
  const show = (button) => openMenu(button, names, "In this channel");
  return headButton({ "aria-label": `${names.length} members` }, show, icon("people"), names.length);
}

function bookmarksOf(channel) {
  const pinned = pinnedIn(channel);
  if (!pinned.length && !channel.bookmarks.length) return null;
  const items = pinned.map(({ text, ts }) => ({ label: plainText(text.slice(0, 80)), act: () => reveal(ts) }));
  const show = (button) => openMenu(button, items, "Pinned");
  const bookmark = ({ title, link, emoji }) => linkTo(link, emoji ? plainText(`${emoji} `) : icon("link"), title);
  return el(
    "div",
    { class: "bookmarks" },
    pinned.length > 0 && headButton({ "data-pins": true }, show, icon("pin"), `${pinned.length} pinned`),
    channel.bookmarks.map(bookmark),
  );
}

// Under the messages

function footPart(channel) {
  const kind = !channel ? "none" : channel.archived ? "archived" : isMine(channel) ? "composer" : "join";
  const bar = (...shown) => el("div", { class: "bar" }, shown);
  const make = {
    none: () => bar(),
    archived: () => bar("This channel is archived."),
    composer: () => channelComposer(channel, shownName(channel)),
    join: () => bar(`You are not in #${channel.name}.`, joinButton(channel)),
  }[kind];
  return { key: "foot", mark: `${kind} ${at.as} ${channel?.id}`, make };
}

function joinButton(channel) {
  const on = { click: () => act("join", { channel: channel.id }) };
  return el("button", { type: "button", class: "button", "data-join": true, on }, "Join");
}

// The thread

export function renderThread() {
  const channel = here();
  const parent = !at.home && channel?.messages.find(({ ts }) => ts === at.thread);
  panel.hidden = !parent;
  document.body.classList.toggle("has-thread", Boolean(parent));
  if (!parent) return panel.replaceChildren();
  const key = `${at.as} ${parent.ts}`;
  const isNew = !panel.firstChild || panel.dataset.shown !== key;
  panel.dataset.shown = key;
  if (isNew) panel.replaceChildren(...threadFrame(channel, parent));
  const replies = channel.messages.filter((each) => each.thread_ts === parent.ts && each !== parent && isVisible(each));
  const scroller = panel.querySelector(".messages");
  const parts = messageParts([parent, ...replies], channel, { inThread: true });
  keepingBottom(scroller, isNew, () => sync(scroller, parts));
}

function threadFrame(channel, parent) {
  const close = iconButton("close", "Close thread", { on: { click: () => go({}) } });
  const line = [el("h2", {}, "Thread"), el("span", { class: "topic" }, shownName(channel)), close];
  return [
    el("header", { class: "head" }, el("div", { class: "head-line" }, line)),
    el("div", { class: "messages", role: "log", "aria-label": "Thread", tabindex: "0" }),
    el("footer", {}, !channel.archived && threadComposer(channel, parent)),
  ];
}

// Shows a message, wherever it stands.
export function reveal(ts) {
  const message = here()?.messages.find((each) => each.ts === ts);
  if (!message) return;
  if (isReply(message)) {
    at.thread = message.thread_ts;
    renderThread();
  }
  const node = document.querySelector(`${isReply(message) ? "#thread" : "#messages"} [data-ts="${ts}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.focus();
}

// Not where it would raise a keyboard on the screen.
export function focusComposer() {
  if (matchMedia("(hover: hover)").matches) byId(at.thread ? "reply" : "composer")?.focus();
}
