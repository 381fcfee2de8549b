// The text box under a channel or a thread, with completion of commands, members and channels.

import { el, iconButton } from "./dom.js";
import { openMenu, suggestionsFor, toast } from "./overlays.js";
import { shortcutItems } from "./messages.js";
import { act, at, people, state } from "./workspace.js";

const unsent = new Map(); // what was typed and not sent, by the composer's key

// `send` answers whether the text went out; if not, it stays to be mended.
export function composer({ id, label, send, key, shortcuts = [] }) {
  const box = el("textarea", {
    id,
    rows: 1,
    placeholder: label,
    role: "combobox",
    "aria-label": label,
    "aria-expanded": "false",
    value: unsent.get(key) ?? "",
    on: { input: typed, keydown: pressed, blur: () => suggestions.hide() },
  });
  const suggestions = suggestionsFor(box, ({ value }) => {
    const [before, after] = [box.value.slice(0, box.selectionStart), box.value.slice(box.selectionStart)];
    box.value = `${before.replace(/\S*$/, "")}${value} ${after.trimStart()}`;
    typed();
  });

  function typed() {
    unsent.set(key, box.value);
    suggestions.show(completions(box.value.slice(0, box.selectionStart)));
  }
  function pressed(event) {
    const isWhole = event.key === "Enter" && suggestions.current()?.value === /\S*$/.exec(box.value)[0];
    if (!isWhole && suggestions.key(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  }
  async function submit() {
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    typed();
    if (!(await send(text)) && !box.value) box.value = text;
  }

  const openShortcuts = (event) => openMenu(event.currentTarget, shortcuts, "Shortcuts");
  const bolt = { "data-shortcuts": true, "aria-haspopup": "menu", on: { click: openShortcuts } };
  return el(
    "div",
    { class: "composer" },
    suggestions.list,
    shortcuts.length > 0 && iconButton("bolt", "Shortcuts", bolt),
    box,
    iconButton("send", "Send", { on: { click: submit } }),
  );
}

export function channelComposer(channel, name) {
  const { id } = channel;
  return composer({
    id: "composer",
    label: `Message ${name}`,
    key: `${at.as} ${id}`,
    shortcuts: shortcutItems("global", { channel: id }),
    send: (text) => say(id, text),
  });
}

async function say(channel, text) {
  const [, command, words] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  const answer = command
    ? await act("command", { channel, command, text: words }, { toldInChannel: true })
    : await act("message", { channel, text });
  return answer.ok !== false;
}

export function threadComposer(channel, parent) {
  const send = async (text) => {
    if (text.startsWith("/")) return toast("Slack takes no commands in a thread. Type it in the channel.");
    return (await act("message", { channel: channel.id, text, thread_ts: parent.ts })).ok !== false;
  };
  return composer({ id: "reply", label: "Reply", key: `${at.as} ${channel.id} ${parent.ts}`, send });
}

function completions(text) {
  const [, sign, begun] = /(?:^|\s)([@#])([\w.-]*)$/.exec(text) ?? [];
  if (sign) {
    const names = sign === "@" ? calledNames() : channelNames();
    return names.filter((name) => name.startsWith(begun)).map((name) => ({ value: sign + name, label: sign + name }));
  }
  return text.startsWith("/") ? commandCompletions(text) : [];
}

const calledNames = () => [...people().map(({ name }) => name), ...state.usergroups.map(({ handle }) => handle)];
const channelNames = () => state.channels.filter(({ kind }) => kind === "channel").map(({ name }) => name);

// Which commands the text may become; once one is whole, only how it goes on.
function commandCompletions(text) {
  const [begun, ...words] = text.split(/\s/);
  const isWhole = words.length > 0;
  const fitting = state.commands.filter(({ command }) => (isWhole ? command === begun : command.startsWith(begun)));
  return fitting.map(({ command, usage_hint: hint, description }) => (
    { value: command, label: `${command} ${hint}`, note: description, pickable: !isWhole }));
}
