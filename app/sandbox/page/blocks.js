// Block Kit as DOM nodes. A surface (a message, a modal, Home) is a `host`:
//   value(block, element)                what the person has put in so far, or undefined
//   change(block, element, value, event) they put something in or pressed it; answers false when they drew back
//   suggest(block, element, typed)       the options of an external select

import { el, freshId, icon } from "./dom.js";
import { markdown, richText, tableOf } from "./markdown.js";
import { openMenu } from "./overlays.js";
import { picker } from "./picker.js";
import { linkTo, plainText, textObject } from "./text.js";
import { people, state } from "./workspace.js";

export function renderBlocks(blocks, host) {
  return blocks.map((block) => {
    const node = (BLOCKS[block.type] ?? unknown)(block, host);
    node.classList.add("block", `block-${block.type}`);
    if (block.block_id) node.dataset.blockId = block.block_id;
    return node;
  });
}

const unknown = ({ type }) => el("div", { class: "unknown" }, `The sandbox does not draw "${type}".`);

// Blocks

const BLOCKS = {
  header: ({ text }) => el("h3", {}, plainText(text.text)),
  divider: () => el("hr"),
  section,
  context: ({ elements }) => el("div", {}, elements.map(contextElement)),
  actions: (block, host) => el("div", {}, block.elements.map((element) => renderElement(element, block, host, {}))),
  markdown: ({ text }) => el("div", { class: "markdown" }, markdown(text)),
  image: (block) => el("figure", {}, block.title && el("figcaption", {}, plainText(block.title.text)), picture(block)),
  rich_text: (block) => el("div", {}, richText(block)),
  table: ({ rows, column_settings: columns = [] }) =>
    el("div", {}, tableOf(rows.map((row) => row.map(tableCell)), columns.map((column) => column?.align))),
  input: inputBlock,
};

function section(block, host) {
  const { text, fields, accessory } = block;
  const label = text && text.text.replace(/[*_~`]/g, "").slice(0, 80);
  const words = el(
    "div",
    { class: "section-text" },
    text && el("div", {}, textObject(text)),
    fields && el("div", { class: "fields" }, fields.map((field) => el("div", {}, textObject(field)))),
  );
  const beside = accessory && el("div", { class: "accessory" }, renderElement(accessory, block, host, { label }));
  return el("div", {}, words, beside);
}

const contextElement = (element) => (element.type === "image" ? picture(element) : el("div", {}, textObject(element)));

function tableCell(cell) {
  return cell.type === "rich_text" ? richText(cell) : plainText(String(cell.text ?? cell.value ?? ""));
}

// Only this server's pictures are shown; the page fetches nothing from elsewhere.
function picture({ image_url: address = "", alt_text: alt }) {
  const isHere = address.startsWith("/") || address.startsWith(`${location.origin}/`);
  return isHere ? el("img", { src: address, alt }) : linkTo(address, alt || address);
}

const GROUPS = new Set(["checkboxes", "radio_buttons"]);

function inputBlock(block, host) {
  const id = freshId("field");
  const naming = { id, labelledby: `${id}-label`, described: `${id}-notes`, required: !block.optional };
  const isGroup = GROUPS.has(block.element.type);
  const label = el(
    isGroup ? "div" : "label",
    { class: "label", id: naming.labelledby, for: isGroup ? undefined : id },
    plainText(block.label.text),
    block.optional && el("small", {}, " (optional)"),
  );
  const notes = el(
    "div",
    { id: naming.described },
    el("div", { class: "field-error", role: "alert", hidden: true }),
    block.hint && el("div", { class: "hint" }, plainText(block.hint.text)),
  );
  return el("div", {}, label, renderElement(block.element, block, host, naming), notes);
}

export function showFieldErrors(root, errors) {
  for (const block of root.querySelectorAll(".block-input")) {
    const words = errors[block.dataset.blockId];
    const error = block.querySelector(".field-error");
    error.textContent = words ?? "";
    error.hidden = !words;
    for (const field of block.querySelectorAll("input, select, textarea")) {
      field.setAttribute("aria-invalid", Boolean(words));
    }
  }
  root.querySelector("[aria-invalid=true]")?.focus();
}

// Elements. `naming` says how one is called: by a label with an id (in input blocks), or by words.

function renderElement(element, block, host, naming) {
  return (ELEMENTS[element.type] ?? unknown)(element, block, host, attributes(element, block, naming));
}

function attributes(element, block, { id, labelledby, label, described, required }) {
  const words = element.accessibility_label ?? element.placeholder?.text ?? label;
  return {
    id,
    "data-action-id": element.action_id,
    "data-block-id": block.block_id,
    "aria-labelledby": labelledby,
    "aria-label": labelledby ? undefined : (words ?? element.type.replaceAll("_", " ")),
    "aria-describedby": described,
    "aria-required": required,
    autofocus: element.focus_on_load,
  };
}

const ELEMENTS = {
  button,
  overflow,
  image: picture,
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
  plain_text_input: (element, ...rest) => (element.multiline ? textArea : textLine)(element, ...rest),
  number_input: field("text", { extra: numbers }),
  url_text_input: field("url"),
  datepicker: field("date"),
  timepicker: field("time"),
  datetimepicker: field("datetime-local", { read: unixTime, write: localTime }),
  static_select: select(({ options, option_groups: groups }) => groups ?? options),
  users_select: select(memberOptions),
  conversations_select: select(channelOptions),
  channels_select: select(channelOptions),
  external_select: picker({ current }),
  multi_static_select: picker({ current, many: true, optionsOf: allOptions }),
  multi_users_select: picker({ current, many: true, optionsOf: memberOptions }),
};

// What stands in an element: what the person put in, or else what the app put there.
function current(host, block, element) {
  const drafted = host.value(block, element);
  return drafted !== undefined ? drafted : initial(element);
}

function initial(element) {
  if (element.initial_options) return element.initial_options.map(({ value }) => value);
  if (element.initial_option) return element.initial_option.value;
  const key = Object.keys(element).find((name) => name.startsWith("initial_"));
  return key && element[key];
}

function button(element, block, host, named) {
  const press = () => {
    if (element.url) linkTo(element.url).click();
    whileBusy(node, () => host.change(block, element, element.value));
  };
  const props = {
    ...named,
    type: "button",
    class: `button ${element.style ?? ""}`,
    "aria-label": element.accessibility_label,
    "data-value": element.value,
    on: { click: press },
  };
  const node = el("button", props, plainText(element.text.text));
  return node;
}

async function whileBusy(node, act) {
  if (node.getAttribute("aria-busy")) return;
  node.setAttribute("aria-busy", "true");
  await act();
  node.removeAttribute("aria-busy");
}

function overflow(element, block, host, named) {
  const items = element.options.map(({ text, value, description, url }) => ({
    label: plainText(text.text),
    note: description && plainText(description.text),
    data: { "data-value": value },
    act() {
      if (url) linkTo(url).click();
      whileBusy(node, () => host.change(block, element, value));
    },
  }));
  const on = { click: () => openMenu(node, items) };
  const menu = { "aria-label": "More", "aria-haspopup": "menu" };
  const node = el("button", { ...named, ...menu, type: "button", class: "button overflow", on }, icon("dots"));
  return node;
}

const lengths = ({ min_length: minlength, max_length: maxlength }) => ({ minlength, maxlength });
const textLine = field("text", { extra: lengths });

function field(type, { read = (text) => text, write = (value) => value ?? "", extra = () => ({}) } = {}) {
  return (element, block, host, named) => {
    const change = (event) => host.change(block, element, read(event.target.value), event);
    return el("input", {
      ...named,
      ...extra(element),
      type,
      class: "field",
      placeholder: element.placeholder?.text,
      value: write(current(host, block, element)),
      on: { input: change, keydown: change },
    });
  };
}

function numbers({ is_decimal_allowed: hasDecimals }) {
  return { inputmode: hasDecimals ? "decimal" : "numeric" };
}

function textArea(element, block, host, named) {
  return el("textarea", {
    ...named,
    ...lengths(element),
    rows: 4,
    class: "field",
    placeholder: element.placeholder?.text,
    value: current(host, block, element) ?? "",
    on: { input: (event) => host.change(block, element, event.target.value, event) },
  });
}

function unixTime(text) {
  return text ? Math.floor(new Date(text).getTime() / 1000) : null;
}

function localTime(unix) {
  if (!unix) return "";
  const date = new Date(unix * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function select(optionsOf) {
  return (element, block, host, named) => {
    const chosen = current(host, block, element);
    const option = ({ value, text }) => el("option", { value, selected: value === chosen }, plainWords(text));
    const group = ({ label, options }) => el("optgroup", { label: plainWords(label) }, options.map(option));
    const choose = async () => {
      const isAgreed = await host.change(block, element, node.value || null);
      if (isAgreed === false) node.value = before;
      before = node.value;
    };
    const node = el(
      "select",
      { ...named, class: "field", on: { change: choose } },
      el("option", { value: "" }, element.placeholder?.text ?? "Choose"),
      optionsOf(element).map((one) => (one.options ? group(one) : option(one))),
    );
    let before = node.value;
    return node;
  };
}

const plainWords = ({ text }) => plainText(text).map((part) => part.textContent ?? part).join("");

function allOptions({ options, option_groups: groups }) {
  return options ?? groups.flatMap((group) => group.options);
}

function memberOptions() {
  return people().map(({ id, name, real_name: words }) => ({ value: id, text: { text: `${words} (@${name})` } }));
}

function channelOptions() {
  const open = state.channels.filter(({ kind, archived }) => kind === "channel" && !archived);
  return open.map(({ id, name }) => ({ value: id, text: { text: `#${name}` } }));
}

function choices(type) {
  return (element, block, host, named) => {
    const name = freshId("choice");
    const chosen = [current(host, block, element) ?? []].flat();
    const change = () => {
      const values = [...node.querySelectorAll("input:checked")].map(({ value }) => value);
      return host.change(block, element, type === "radio" ? (values[0] ?? null) : values);
    };
    const choice = ({ text, value, description }) => {
      const box = el("input", { type, name, value, checked: chosen.includes(value), on: { change } });
      const words = [textObject(text), description && el("small", {}, textObject(description))];
      return el("label", {}, box, el("span", {}, words));
    };
    const role = type === "radio" ? "radiogroup" : "group";
    const node = el("div", { ...named, role, class: "choices" }, element.options.map(choice));
    return node;
  };
}
