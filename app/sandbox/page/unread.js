// What each member has read, kept in the browser.

import { isMine, isNotice, isReply, isVisible, me, now, state } from "./workspace.js";

const KEY = "tocsin-read";
const marks = JSON.parse(localStorage.getItem(KEY) ?? "{}");

function lastRead(channel) {
  const mark = marks[me().id]?.[channel.id] ?? 0;
  return mark * 1000 > now() + 1000 ? 0 : mark; // left by an earlier sandbox whose clock was further on
}

export function markRead(channel) {
  const newest = Number(channel.messages.filter(isVisible).at(-1)?.ts ?? 0);
  if (document.hidden || newest <= lastRead(channel)) return;
  (marks[me().id] ??= {})[channel.id] = newest;
  localStorage.setItem(KEY, JSON.stringify(marks));
}

// Whether there is anything new, and how much of it calls the acting member.
export function unread(channel) {
  if (!isMine(channel)) return { any: false, calls: 0 };
  const since = lastRead(channel);
  const isNews = (message) => Number(message.ts) > since && message.user !== me().id && isVisible(message);
  const news = channel.messages.filter((message) => isNews(message) && !isReply(message) && !isNotice(message));
  return { any: news.length > 0, calls: channel.kind === "im" ? news.length : news.filter(callsMe).length };
}

function callsMe({ text, blocks }) {
  const words = JSON.stringify([text, blocks]);
  const groups = state.usergroups.filter(({ users }) => users.includes(me().id));
  const calls = [`<@${me().id}`, "<!here", "<!channel", ...groups.map(({ id }) => `<!subteam^${id}`)];
  return calls.some((call) => words.includes(call));
}
