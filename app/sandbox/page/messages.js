// One message: who, when, what, its reactions, its replies, and what can be done with it.

import { renderBlocks } from "./blocks.js";
import { el, icon, iconButton } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { confirmed, isDispatched } from "./modal.js";
import { openMenu } from "./overlays.js";
import { clockTime, dayName, mrkdwn, plainText } from "./text.js";
import { act, ask, at, botTitle, go, isNotice, isReply, isVisible, me, memberName, now, state } from "./workspace.js";

const QUICK_REACTIONS = ["white_check_mark", "eyes", "raised_hands"];
const MORE_REACTIONS = ["+1", "tada", "pray", "fire", "warning", "question", "x"];
const GROUPED_WITHIN = 300; // seconds in which one author's messages stand under one name

export const dateOf = ({ ts }) => new Date(ts * 1000);

// Messages with the days between them, as parts for `sync`.
export function messageParts(messages, channel, { inThread = false } = {}) {
  return messages.flatMap((message, i) => {
    const before = messages[i - 1];
    const day = dayName(dateOf(message));
    const isNewDay = !inThread && (!before || dayName(dateOf(before)) !== day);
    const isGrouped = !inThread && !isNewDay && isSameBreath(before, message, channel);
    const divider = { key: `day ${dateOf(message).toDateString()}`, mark: day, make: () => dayDivider(day) };
    return [...(isNewDay ? [divider] : []), messagePart(message, channel, { inThread, isGrouped })];
  });
}

const dayDivider = (day) => el("div", { class: "day" }, el("span", {}, day));

function isSameBreath(before, message, channel) {
  const isPlain = (each) => !each.ephemeral_for && !isNotice(each) && !channel.pins.includes(each.ts);
  const isSameAuthor = before.user === message.user && before.bot_id === message.bot_id;
  return isPlain(before) && isPlain(message) && isSameAuthor && message.ts - before.ts < GROUPED_WITHIN;
}

function messagePart(message, channel, { inThread, isGrouped }) {
  const replies = channel.messages.filter((each) => isReply(each) && each.thread_ts === message.ts && isVisible(each));
  const isPinned = channel.pins.includes(message.ts);
  const around = { inThread, isGrouped, isPinned, replies };
  const today = new Date(now()).toDateString();
  const seenBy = [at.as, channel.id, channel.archived, today];
  const mark = JSON.stringify([message, isGrouped, isPinned, replies.length, seenBy]);
  return { key: message.ts, mark, make: () => messageNode(message, channel, around) };
}

function messageNode(message, channel, { inThread, isGrouped, isPinned, replies }) {
  const isOfBot = message.user === state.bot.id || Boolean(message.bot_id);
  const author = isOfBot ? botTitle() : memberName(message.user);
  const canAct = !message.ephemeral_for && !channel.archived;
  const classes = [
    "message",
    isGrouped && "grouped",
    isPinned && "pinned",
    message.ephemeral_for && "ephemeral",
    isNotice(message) && "notice-line",
  ];
  const props = {
    class: classes.filter(Boolean).join(" "),
    "data-ts": message.ts,
    tabindex: "-1",
    "aria-label": `${author}, ${clockTime(dateOf(message))}`,
  };
  return el(
    "article",
    props,
    isPinned && el("div", { class: "above" }, icon("pin"), "Pinned"),
    message.ephemeral_for && el("div", { class: "above" }, "Only visible to you"),
    avatar(message.user, author, isOfBot),
    byline(message, author, isOfBot),
    el("div", { class: "body" }, bodyOf(message, channel)),
    message.edited && el("small", { class: "edited" }, "(edited)"),
    message.files?.map(fileLink),
    message.reactions?.length > 0 && reactionsOf(message, channel),
    !inThread && replies.length > 0 && repliesLink(message, replies),
    canAct && toolbarOf(message, channel, inThread),
  );
}

const hueOf = (id) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;

function avatar(id, author, isOfBot) {
  const hue = isOfBot ? "bot" : hueOf(id);
  const sign = isOfBot ? icon("bell") : author[0].toUpperCase();
  return el("div", { class: "avatar", "aria-hidden": "true", "data-hue": hue }, sign);
}

function byline(message, author, isOfBot) {
  const date = dateOf(message);
  const time = el("time", { datetime: date.toISOString(), title: date.toLocaleString("en-GB") }, clockTime(date));
  return el("div", { class: "byline" }, el("b", {}, author), isOfBot && el("span", { class: "app" }, "APP"), time);
}

function bodyOf(message, channel) {
  if (message.blocks?.length) return renderBlocks(message.blocks, hostAt({ channel: channel.id, ts: message.ts }));
  return message.mrkdwn === false ? plainText(message.text) : mrkdwn(message.text);
}

function fileLink({ name, size, url }) {
  const words = size < 1024 ? `${size} bytes` : `${Math.round(size / 1024)} KB`;
  const shown = el("span", {}, name, el("small", {}, words));
  return el("a", { class: "file", href: url, target: "_blank" }, icon("file"), shown);
}

function repliesLink(message, replies) {
  const words = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  const last = el("small", {}, ` last at ${clockTime(dateOf(replies.at(-1)))}`);
  const on = { click: () => openThread(message) };
  return el("button", { type: "button", class: "replies", "data-thread": message.ts, on }, words, last);
}

const openThread = (message) => go({ thread: message.thread_ts ?? message.ts });

// Reactions and the toolbar

const react = (message, channel, name) => act("react", { channel: channel.id, ts: message.ts, name });

function reactionsOf(message, channel) {
  return el("div", { class: "reactions" }, message.reactions.map(({ name, users }) => el(
    "button",
    {
      type: "button",
      "data-react": name,
      title: users.map(memberName).join(", "),
      "aria-label": `${name.replaceAll("_", " ")}, ${users.length}`,
      "aria-pressed": String(users.includes(me().id)),
      on: { click: () => react(message, channel, name) },
    },
    emojiFor(name) ?? `:${name}:`,
    el("span", {}, users.length),
  )));
}

function toolbarOf(message, channel, inThread) {
  const quick = (name) => {
    const title = `React with :${name}:`;
    const on = { click: () => react(message, channel, name) };
    const props = { type: "button", class: "icon-button", "data-react": name, title, "aria-label": title, on };
    return el("button", props, emojiFor(name));
  };
  const more = MORE_REACTIONS.map((name) => (
    { label: `${emojiFor(name)}  React with :${name}:`, act: () => react(message, channel, name) }));
  const items = [...shortcutItems("message", { channel: channel.id, ts: message.ts }), ...more];
  const openMore = (event) => openMenu(event.currentTarget, items, "More");
  const reply = { "data-reply": message.ts, on: { click: () => openThread(message) } };
  return el(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    QUICK_REACTIONS.map(quick),
    !inThread && iconButton("reply", "Reply in thread", reply),
    iconButton("dots", "More actions", { "data-more": message.ts, "aria-haspopup": "menu", on: { click: openMore } }),
  );
}

export function shortcutItems(kind, place) {
  return state.shortcuts.filter(({ type }) => type === kind).map(({ name, callback_id: id, description }) => ({
    label: name,
    note: description,
    data: { "data-shortcut": id },
    act: () => act("shortcut", { callback_id: id, ...place }, { toldInChannel: true }),
  }));
}

// What blocks do: in a message ({channel, ts}), in a modal ({}) or at Home ({in: "home"})

export function hostAt(place) {
  return {
    value: () => undefined,
    suggest: (block, element, typed) => suggest(place, block, element, typed),
    async change(block, element, value, event) {
      return !isDispatched(block, element, event) || click(place, block, element, value);
    },
  };
}

export async function click(place, block, element, value, values) {
  if (element.confirm && !(await confirmed(element.confirm))) return false;
  const { action_id } = element;
  const { block_id } = block;
  const body = { ...place, action_id, block_id, value, values };
  await act("click", body, { toldInChannel: Boolean(place.channel) });
  return true;
}

export async function suggest(place, block, element, typed) {
  const body = { user: at.as, ...place, action_id: element.action_id, block_id: block.block_id, value: typed };
  return (await ask("suggest", body)).options ?? [];
}
