// Dialogs: the acting member's top view, and the confirm dialog.

import { renderBlocks, showFieldErrors } from "./blocks.js";
import { el, iconButton } from "./dom.js";
import { plainText, textObject } from "./text.js";

// What was put in and not yet submitted: view id -> "block\naction" -> value.
const drafts = new Map();
const keyOf = (block, element) => `${block.block_id}\n${element.action_id}`;

function draftOf(view) {
  if (!drafts.has(view.id)) drafts.set(view.id, new Map());
  return drafts.get(view.id);
}

function valuesOf(view) {
  return Object.fromEntries([...draftOf(view)].map(([key, value]) => [key.split("\n")[1], value]));
}

let dialog = null;

// `acts`: submit(values), close(), click(block, element, value, values), suggest(block, element, typed).
// A view whose id and hash have not changed is left as it is.
export function renderModal(stack, acts) {
  const view = stack.at(-1);
  if (!view) return closeDialog();
  const shown = `${view.id} ${view.hash}`;
  if (dialog?.shown === shown) return;
  const focused = dialog?.viewId === view.id && document.activeElement?.dataset.actionId;
  const next = Object.assign(makeDialog(view, acts), { shown, viewId: view.id });
  document.body.append(next);
  dialog?.remove();
  dialog = next;
  dialog.showModal();
  firstOf(dialog, [
    focused && `[data-action-id="${CSS.escape(focused)}"]`,
    "[autofocus]",
    ".view :is(input, select, textarea)",
    "footer .primary",
  ])?.focus();
}

function firstOf(root, selectors) {
  return selectors.filter(Boolean).map((selector) => root.querySelector(selector)).find(Boolean);
}

function closeDialog() {
  drafts.clear();
  dialog?.remove();
  dialog = null;
}

function makeDialog(view, acts) {
  const heading = `title-${view.id}`;
  const closeWords = view.close?.text ?? (view.submit ? "Cancel" : "Close");
  const close = { click: () => acts.close() };
  const send = el("button", { type: "submit", class: "button primary" }, plainText(view.submit?.text ?? "Submit"));
  const problem = el("p", { class: "problem", role: "alert", hidden: true });

  async function submit(event) {
    event.preventDefault();
    if (!view.submit || send.disabled) return;
    send.disabled = true;
    const answer = await acts.submit(valuesOf(view));
    send.disabled = false;
    problem.textContent = answer.problem;
    problem.hidden = !answer.problem;
    showFieldErrors(form, answer.errors);
  }

  const cross = iconButton("close", "Close", { on: close });
  const form = el(
    "form",
    { novalidate: true, on: { submit } },
    el("header", {}, el("h2", { id: heading }, plainText(view.title.text)), cross),
    el("div", { class: "view" }, problem, renderBlocks(view.blocks, hostOf(view, acts))),
    el(
      "footer",
      {},
      el("button", { type: "button", class: "button", "data-modal-close": true, on: close }, plainText(closeWords)),
      view.submit && send,
    ),
  );
  const props = { class: "modal", "data-modal": view.callback_id || view.id, "aria-labelledby": heading };
  return onEscape(el("dialog", props, form), close.click);
}

function onEscape(node, act) {
  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    act();
  });
  return node;
}

function hostOf(view, acts) {
  const draft = draftOf(view);
  return {
    value: (block, element) => draft.get(keyOf(block, element)),
    async change(block, element, value, event) {
      const isKept = !["button", "overflow"].includes(element.type);
      if (isKept && event?.type !== "keydown") draft.set(keyOf(block, element), value);
      if (!isDispatched(block, element, event)) return true;
      if (event?.type === "keydown") event.preventDefault(); // Enter is for the field, not for the form
      return acts.click(block, element, value, valuesOf(view));
    },
    suggest: acts.suggest,
  };
}

// Whether this reaches the app now: always outside input blocks; inside, when the block asks for it.
export function isDispatched(block, element, event) {
  const isText = /_input$/.test(element.type);
  if (event?.type === "keydown" && !(isText && event.key === "Enter")) return false;
  if (block.type !== "input") return !isText;
  if (!block.dispatch_action) return false;
  if (!isText) return true;
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  return triggers.includes(event?.type === "keydown" ? "on_enter_pressed" : "on_character_entered");
}

// Resolves to whether the person agreed.
export function confirmed({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const finish = (isAgreed) => {
      node.remove();
      resolve(isAgreed);
    };
    const agree = (event) => {
      event.preventDefault();
      finish(true);
    };
    const refuse = () => finish(false);
    const denial = { type: "button", class: "button", "data-deny": true, on: { click: refuse } };
    const fill = style === "danger" ? "danger" : "primary";
    const form = el(
      "form",
      { on: { submit: agree } },
      el("header", {}, el("h2", {}, plainText(title.text))),
      el("div", { class: "view" }, el("div", {}, textObject(text))),
      el(
        "footer",
        {},
        el("button", denial, plainText(deny.text)),
        el("button", { type: "submit", class: `button ${fill}`, "data-agree": true }, plainText(confirm.text)),
      ),
    );
    const props = { class: "modal confirm", "data-confirm": true, "aria-label": title.text };
    const node = onEscape(el("dialog", props, form), refuse);
    document.body.append(node);
    node.showModal();
    node.querySelector("[data-deny]").focus();
  });
}
