// The page: draws all of it on each change, and follows the address and the keys.

import { focusComposer, renderChannel, renderThread, reveal } from "./channel.js";
import { placePreview } from "./chart.js";
import { placeClock, renderClock } from "./clock.js";
import { click, suggest } from "./messages.js";
import { renderModal } from "./modal.js";
import { placeMonitor, renderMonitor } from "./monitor.js";
import { clearToasts, moveAmong } from "./overlays.js";
import { renderCustomers } from "./customers.js";
import { renderPager } from "./pager.js";
import { renderSidebar } from "./sidebar.js";
import { unread } from "./unread.js";
import {
  act, ask, at, directMessage, go, inWords, me, readAddress, refresh, shownName, here, state, watch,
} from "./workspace.js";

const modalActs = {
  async submit(values) {
    const { ok, error, errors } = await ask("submit", { user: at.as, values });
    await refresh();
    return { errors: errors ?? {}, problem: ok === false ? inWords(error) : "" };
  },
  close: () => act("close"),
  click: (block, element, value, values) => click({}, block, element, value, values),
  suggest: (block, element, typed) => suggest({}, block, element, typed),
};

function render() {
  renderClock();
  renderPager();
  renderCustomers();
  renderMonitor();
  renderChannel();
  renderSidebar();
  renderThread();
  renderModal(state.modals[me().id] ?? [], modalActs);
  document.title = `${waiting()}${at.home ? "Home" : here() ? shownName(here()) : at.channel} · ${state.team.name}`;
}

function waiting() {
  const calls = state.channels.filter(({ archived }) => !archived).reduce((sum, each) => sum + unread(each).calls, 0);
  return calls ? `(${calls}) ` : "";
}

function follow() {
  const ts = readAddress();
  const isFromList = document.activeElement.closest("#sidebar a, .message");
  if (at.home) act("home");
  else if (at.channel === state.bot.name && !directMessage()) act("open", { with: state.bot.name });
  render();
  if (ts) reveal(ts);
  else if (isFromList) focusComposer();
}

const showSidebar = (shown) => document.body.classList.toggle("show-sidebar", shown);

document.addEventListener("keydown", (event) => {
  const inMessages = event.target.matches(".messages, .message");
  if (inMessages) moveAmong([...event.target.closest(".messages").querySelectorAll(".message")], event);
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  showSidebar(false);
  if (at.thread) go({});
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("a") || !target.closest("#sidebar, #clock")) showSidebar(false);
});

placeClock(() => showSidebar());
placeMonitor();
placePreview();
readAddress();
await watch(render);
addEventListener("hashchange", () => {
  clearToasts();
  follow();
});
follow();
focusComposer();
