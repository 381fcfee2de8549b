// The workspace's name, the switch for who acts, Home and the conversations.

import { el, icon, sync } from "./dom.js";
import { unread } from "./unread.js";
import {
  act, actAs, at, botTitle, capital, directMessage, hashFor, isMine, me, nameOf, people, refresh, state,
} from "./workspace.js";

const sidebar = document.getElementById("sidebar");

export function renderSidebar() {
  const rooms = state.channels.filter(({ kind }) => kind !== "im").sort(byName);
  const open = rooms.filter(({ archived }) => !archived);
  const isPublic = ({ kind }) => kind === "channel";
  const direct = directMessage() ?? { kind: "im", id: "direct", user: me().id, messages: [] };
  sync(sidebar, [
    { key: "head", mark: JSON.stringify([state.team, state.members, at.as, state.playbooks]), make: workspaceHead },
    { key: "home", mark: `${at.home} ${at.as}`, make: homeLink },
    ...section("Channels", open.filter(isMine)),
    ...section("Direct messages", [direct]),
    ...section("Other channels", open.filter((room) => !isMine(room) && isPublic(room))),
    ...section("Archived", rooms.filter((room) => room.archived && (isMine(room) || isPublic(room)))),
  ]);
}

const byName = (one, other) => one.name.localeCompare(other.name, "en", { numeric: true });

function workspaceHead() {
  const option = ({ name, real_name: title }) => el("option", { value: name, title, selected: name === at.as }, name);
  return el(
    "div",
    { class: "workspace" },
    el("h1", {}, state.team.name),
    el("label", { for: "member" }, "You act as"),
    el("select", { id: "member", on: { change: (event) => actAs(event.target.value) } }, people().map(option)),
    ...(state.playbooks.known.length ? playbookChoice() : []),
  );
}

function playbookChoice() {
  const { playing, known } = state.playbooks;
  const option = (name) => el("option", { value: name, selected: name === playing }, name);
  const play = async ({ target }) => {
    target.disabled = true;
    await act("playbook", { name: target.value });
    await refresh();
    target.disabled = false;
  };
  return [
    el("label", { for: "playbook" }, "Playbook of new incidents"),
    el("select", { id: "playbook", on: { change: play } }, known.map(option)),
    el("button", { type: "button", class: "what-it-does", popovertarget: "preview" }, "What it would do"),
  ];
}

function homeLink() {
  const props = { href: hashFor({ view: "home" }), "data-view": "home", "aria-current": at.home ? "page" : undefined };
  return el("a", props, icon("home"), el("span", { class: "name" }, `${botTitle()} Home`));
}

function section(heading, channels) {
  if (!channels.length) return [];
  const title = { key: heading, mark: "", make: () => el("h2", {}, heading) };
  return [title, ...channels.map((channel) => part(heading, channel))];
}

function part(heading, channel) {
  const news = unread(channel);
  const isCurrent = !at.home && at.channel === nameOf(channel);
  return {
    key: `${heading} ${channel.id}`,
    mark: JSON.stringify([channel.name, news, isCurrent, at.as]),
    make: () => channelLink(channel, news, isCurrent),
  };
}

const SIGNS = { channel: "hash", private: "lock", im: "bell" };

function channelLink(channel, { any, calls }, isCurrent) {
  const name = nameOf(channel);
  const props = {
    href: hashFor({ channel: name }),
    class: any ? "unread" : undefined,
    "data-channel": name,
    "aria-current": isCurrent ? "page" : undefined,
  };
  const shown = channel.kind === "im" ? capital(name) : name;
  const badge = calls
    ? el("span", { class: "badge", "aria-label": `${calls} for you` }, calls)
    : any && el("span", { class: "visually-hidden" }, " unread");
  return el("a", props, icon(SIGNS[channel.kind]), el("span", { class: "name" }, shown), badge);
}
