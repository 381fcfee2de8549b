// The Markdown of a markdown block, tables, and rich text, as DOM nodes.

import { el } from "./dom.js";
import {
  broadcast, codeBlock, dateNode, emojiNode, inlineMarkdown, linkTo, mentionOfChannel, mentionOfGroup, mentionOfMember,
} from "./text.js";

const LIST = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const QUOTE = /^\s*> ?/;
const RULE = /^\s*(-{3,}|\*{3,}|_{3,})\s*$/;
const STARTS_BLOCK = /^\s*(#{1,6} |```|>|[-*+] |\d+[.)] |\||(-{3,}|\*{3,}|_{3,})\s*$)/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

export function markdown(source) {
  const lines = source.split("\n"), nodes = [];
  while (lines.length) {
    if (!lines[0].trim()) lines.shift();
    else nodes.push(takeBlock(lines));
  }
  return nodes;
}

function takeWhile(lines, test) {
  const taken = [];
  while (lines.length && test(lines[0])) taken.push(lines.shift());
  return taken;
}

function takeBlock(lines) {
  const line = lines[0];
  const heading = /^(#{1,6}) +(.*?)\s*#*$/.exec(line);
  if (heading) return takeHeading(lines, heading[1].length, heading[2]);
  if (/^\s*```/.test(line)) return takeFence(lines);
  if (RULE.test(line)) return takeRule(lines);
  if (QUOTE.test(line)) return takeQuote(lines);
  if (line.includes("|") && lines[1]?.includes("-") && TABLE_RULE.test(lines[1])) return takeTable(lines);
  if (LIST.test(line)) return takeList(lines);
  const paragraph = [lines.shift(), ...takeWhile(lines, (each) => each.trim() && !STARTS_BLOCK.test(each))];
  return el("p", {}, inlineMarkdown(paragraph.join("\n")));
}

// A message's own headings start at the third level.
function takeHeading(lines, level, words) {
  lines.shift();
  return el(`h${Math.min(level + 2, 6)}`, { class: `md-h${level}` }, inlineMarkdown(words));
}

function takeRule(lines) {
  lines.shift();
  return el("hr");
}

function takeQuote(lines) {
  const quoted = takeWhile(lines, (line) => QUOTE.test(line)).map((line) => line.replace(QUOTE, ""));
  return el("blockquote", {}, markdown(quoted.join("\n")));
}

function takeFence(lines) {
  lines.shift();
  const code = takeWhile(lines, (line) => !/^\s*```\s*$/.test(line));
  lines.shift();
  return codeBlock(code.join("\n"));
}

function cells(line) {
  const inner = line.trim().replace(/^\||(?<!\\)\|$/g, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

const alignment = (rule) => (/^-+:$/.test(rule) ? "right" : /^:-+:$/.test(rule) ? "center" : "left");

function takeTable(lines) {
  const head = cells(lines.shift());
  const align = cells(lines.shift()).map(alignment);
  const body = takeWhile(lines, (line) => line.includes("|")).map(cells);
  return tableOf([head, ...body].map((row) => row.map(inlineMarkdown)), align);
}

export function tableOf([head, ...body], align = []) {
  const cell = (tag, content, i) => el(tag, { class: `to-${align[i] ?? "left"}` }, content);
  const row = (tag, contents) => el("tr", {}, contents.map((content, i) => cell(tag, content, i)));
  const table = el("table", {}, el("thead", {}, row("th", head)), el("tbody", {}, body.map((each) => row("td", each))));
  return el("div", { class: "table", tabindex: "0" }, table);
}

function takeList(lines) {
  const [, { length: indent }, marker] = LIST.exec(lines[0]);
  const ordered = /\d/.test(marker), items = [];
  const continues = (match) => match[1].length >= indent && /\d/.test(match[2]) === ordered;
  while (lines.length) {
    const match = LIST.exec(lines[0]);
    if (!lines[0].trim() && LIST.test(lines[1] ?? "")) lines.shift();
    else if (match && match[1].length > indent + 1) items.at(-1).append(takeList(lines));
    else if (match && continues(match)) {
      lines.shift();
      items.push(listItem(match[3]));
    }
    else if (!match && /^\s{2,}\S/.test(lines[0])) items.at(-1).append("\n", ...inlineMarkdown(lines.shift().trim()));
    else break;
  }
  return ordered ? el("ol", { start: parseInt(marker, 10) }, items) : el("ul", {}, items);
}

function listItem(text) {
  const task = /^\[([ xX])\] (.*)$/.exec(text);
  if (!task) return el("li", {}, inlineMarkdown(text));
  const done = task[1] !== " ";
  const box = el("span", { role: "img", "aria-label": done ? "done" : "to do" }, done ? "☑" : "☐");
  return el("li", { class: "task" }, box, " ", inlineMarkdown(task[2]));
}

// Rich text blocks

const RICH = {
  text: ({ text }) => document.createTextNode(text),
  link: ({ url, text }) => linkTo(url, ...(text ? [text] : [])),
  emoji: ({ name }) => emojiNode(name) ?? `:${name}:`,
  user: ({ user_id }) => mentionOfMember(user_id),
  usergroup: ({ usergroup_id }) => mentionOfGroup(usergroup_id),
  channel: ({ channel_id }) => mentionOfChannel(channel_id),
  broadcast: ({ range }) => broadcast(range),
  color: ({ value }) => el("code", {}, value),
  date: ({ timestamp, format, url, fallback }) => dateNode(`${timestamp}^${format}${url ? `^${url}` : ""}`, fallback),
};
const RICH_STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

function richLeaf(leaf) {
  const styles = Object.keys(RICH_STYLES).filter((style) => leaf.style?.[style]);
  return styles.reduce((inner, style) => el(RICH_STYLES[style], {}, inner), RICH[leaf.type]?.(leaf) ?? "");
}

export function richText(element) {
  const inner = () => element.elements.map(richLeaf);
  switch (element.type) {
    case "rich_text": return element.elements.map(richText);
    case "rich_text_list": return richList(element);
    case "rich_text_quote": return el("blockquote", {}, inner());
    case "rich_text_preformatted": return el("pre", { tabindex: "0" }, el("code", {}, inner()));
    default: return el("div", { class: "line" }, inner());
  }
}

function richList({ style, offset = 0, indent = 0, elements }) {
  const items = elements.map((each) => el("li", {}, richText(each)));
  const props = { class: `indent-${indent}` };
  return style === "ordered" ? el("ol", { ...props, start: offset + 1 }, items) : el("ul", props, items);
}
