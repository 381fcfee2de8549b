// Text as Slack writes it, inline and in lines of mrkdwn, as DOM nodes.

import { el } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { dotted, hashFor, me, memberName, nameOf, now, state } from "./workspace.js";

export function emojiNode(name) {
  const character = emojiFor(name);
  const words = { role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` };
  return character && el("span", { class: "emoji", ...words }, character);
}

const unescapeText = (text) => text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);

// Links

function safeUrl(address) {
  const url = URL.canParse(address) && new URL(address);
  return url && ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url : null;
}

// A link into this workspace opens here; any other, in a new tab.
export function linkTo(address, ...label) {
  const shown = label.length ? label : [address.replace(/^mailto:/, "")];
  const [, channelId, stamp] = /(?:\/archives\/|[?&](?:channel|id)=)([CDG]\w+)(?:\/p(\d{16}))?/.exec(address) ?? [];
  const channel = byId("channels", channelId);
  if (channel) return el("a", { href: hashFor({ channel: nameOf(channel), ts: dotted(stamp) }) }, shown);
  const url = safeUrl(address);
  return url ? el("a", { href: url.href, target: "_blank", rel: "noreferrer" }, shown) : el("span", {}, shown);
}

// Mentions

const byId = (kind, id) => state[kind].find((each) => each.id === id);
const mention = (name, { calls = false, title } = {}) =>
  el("span", { class: calls ? "mention me" : "mention", title }, name);

export const mentionOfMember = (id) =>
  mention(`@${memberName(id)}`, { calls: id === me().id, title: byId("members", id)?.real_name });

export function mentionOfChannel(id, label = "unknown-channel") {
  const channel = byId("channels", id);
  if (!channel) return mention(`#${label}`);
  return el("a", { class: "mention", href: hashFor({ channel: channel.name }) }, `#${channel.name}`);
}

export function mentionOfGroup(id, label = id) {
  const group = byId("usergroups", id);
  if (!group) return mention(`@${label.replace(/^@/, "")}`);
  return mention(`@${group.handle}`, { calls: group.users.includes(me().id), title: group.name });
}

export const broadcast = (range) => mention(`@${range}`, { calls: true });

function angled(inner) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : unescapeText(inner.slice(bar + 1));
  if (target.startsWith("@")) return mentionOfMember(target.slice(1));
  if (target.startsWith("#")) return mentionOfChannel(target.slice(1), label);
  if (target.startsWith("!subteam^")) return mentionOfGroup(target.slice(9), label);
  if (target.startsWith("!date^")) return dateNode(target.slice(6), label);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (/^(https?:|mailto:|tel:|slack:)/.test(target)) return linkTo(unescapeText(target), ...(label ? [label] : []));
  return label ? document.createTextNode(label) : null;
}

// Dates

const days = (date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60000) / 86400000);

function prettyDay(date) {
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days(date) - days(new Date(now()))];
}

export function clockTime(date, { seconds = false } = {}) {
  return date.toTimeString().slice(0, seconds ? 8 : 5);
}

export function dayName(date) {
  const pretty = prettyDay(date);
  return pretty ? pretty[0].toUpperCase() + pretty.slice(1)
    : date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

export function relative(ms) {
  return ms >= 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

function span(ms) {
  const minutes = Math.floor(ms / 60000);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (hours < 1) return `${minutes} min`;
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

const inWords = (options) => (date) => date.toLocaleDateString("en-US", options);
const DATE_TOKENS = {
  date_num: (date) => date.toLocaleDateString("sv-SE"),
  date: inWords({ month: "long", day: "numeric", year: "numeric" }),
  date_short: inWords({ month: "short", day: "numeric", year: "numeric" }),
  date_long: inWords({ weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  time: (date) => clockTime(date),
  time_secs: (date) => clockTime(date, { seconds: true }),
  ago: (date) => relative(date.getTime() - now()),
};

export function dateNode(spec, fallback) {
  const [unix, format = "", link] = spec.split("^");
  const date = new Date(Number(unix) * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback ?? "");
  const words = unescapeText(format).replace(/\{(\w+?)(_pretty)?\}/g, (whole, name, pretty) =>
    (pretty && prettyDay(date)) || DATE_TOKENS[name]?.(date) || whole);
  const time = el("time", { datetime: date.toISOString(), title: fallback }, words);
  return link ? linkTo(link, time) : time;
}

// Inline grammars: the group that matched names the maker; a maker that answers null leaves the text as it is.

function styled(name, mark) {
  const one = mark[0], outside = `[\\p{L}\\p{N}${one}]`, marks = `[${one}]`.repeat(mark.length);
  const inside = `(?=\\S)(?:<[^<>\\n]*>|<(?![^<>\\n]*>)|[^${one}<\\n])+(?<=\\S)`;
  return `(?<!${outside})${marks}(?<${name}>${inside})${marks}(?!${outside})`;
}
const wrap = (tag) => (inner, grammar) => el(tag, {}, inline(inner, grammar));
const TOKEN = "<(?<angled>[^<>\\n]+)>";
const EMOJI = ":(?<emoji>[a-z0-9_+'-]+):";
const URL_IN_TEXT = "(?<url>https?://[^\\s<>|]*[^\\s<>|.,;:!?)'\"*_~])";
const MAKERS = {
  angled, emoji: emojiNode, url: (url) => linkTo(unescapeText(url)),
  code: (inner) => el("code", {}, unescapeText(inner.trim() || inner)),
  bold: wrap("strong"), bold2: wrap("strong"), italic: wrap("em"), italic2: wrap("em"), strike: wrap("s"),
  escaped: (inner) => document.createTextNode(inner),
  label: (label, grammar, groups) => linkTo(groups.href, inline(label, grammar)),
};
const STYLES = [styled("bold", "*"), styled("italic", "_"), styled("strike", "~")];
const VERBATIM = ["`(?<code>[^`\\n]+)`", TOKEN, EMOJI, ...STYLES].join("|");
const MRKDWN = `${VERBATIM}|${URL_IN_TEXT}`;
const MARKDOWN = [
  "\\\\(?<escaped>[\\\\`*_{}\\[\\]()#+.!|~<>-])",
  "`+(?<code>[^`\\n]+)`+",
  "!?\\[(?<label>[^\\]\\n]*)\\]\\((?<href>[^)\\s]+)\\)",
  TOKEN,
  EMOJI,
  URL_IN_TEXT,
  "[*]{2}(?<bold>(?=\\S)(?:[^*\\n]|[*](?![*]))+(?<=\\S))[*]{2}",
  styled("bold2", "__"),
  styled("italic", "*"),
  styled("italic2", "_"),
  styled("strike", "~~"),
].join("|");

function inline(text, grammar) {
  const nodes = [], pattern = new RegExp(grammar, "gu");
  let from = 0;
  for (let match; (match = pattern.exec(text));) {
    const [kind, inner] = Object.entries(match.groups).find(([, group]) => group !== undefined);
    const node = MAKERS[kind](inner, grammar, match.groups);
    if (!node) { pattern.lastIndex = match.index + 1; continue; }
    nodes.push(unescapeText(text.slice(from, match.index)), node);
    from = pattern.lastIndex;
  }
  return [...nodes, unescapeText(text.slice(from))];
}

export const plainText = (text) => inline(text, EMOJI);
export const inlineMarkdown = (text) => inline(text, MARKDOWN);

// mrkdwn, line by line

export function mrkdwn(text, { verbatim = false } = {}) {
  const grammar = verbatim ? VERBATIM : MRKDWN;
  return text.split(/(```[\s\S]+?```)/).flatMap((part) =>
    /^```[\s\S]+```$/.test(part) ? [codeBlock(unescapeText(part.slice(3, -3).replace(/^\n|\n$/g, "")))]
      : mrkdwnLines(part.replace(/^\n|\n$/g, ""), grammar));
}

export const codeBlock = (code) => el("pre", { tabindex: "0" }, el("code", {}, code));

function mrkdwnLines(text, grammar) {
  if (!text) return [];
  const nodes = [];
  let quote = null, quoteRest = false;
  for (const line of text.split("\n")) {
    const [, mark, quoted] = /^((?:>|&gt;){3}|(?:>|&gt;)) ?(.*)$/.exec(line) ?? [];
    if (quoteRest || mark) {
      quoteRest ||= mark.replaceAll("&gt;", ">") === ">>>";
      if (!quote) nodes.push(quote = el("blockquote"));
      quote.append(el("div", { class: "line" }, inline(mark ? quoted : line, grammar)));
      continue;
    }
    quote = null;
    const item = /^\s*([•◦▪-]|\d+\.) /.test(line);
    nodes.push(el("div", { class: item ? "line item" : line.trim() ? "line" : "line blank" }, inline(line, grammar)));
  }
  return nodes;
}

// Text objects of Block Kit

export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, object) : plainText(object.text);
}
