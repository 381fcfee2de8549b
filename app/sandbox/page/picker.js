// A text box with type-ahead, for one value or several. Without `optionsOf` the app is asked for the options.

import { el, icon } from "./dom.js";
import { suggestionsFor } from "./overlays.js";

const labels = new Map(); // what options were called, by action and value, so that a chosen one keeps its name

export function picker({ current, many = false, optionsOf }) {
  return (element, block, host, named) => {
    const keyOf = (value) => `${element.action_id} ${value}`;
    const labelOf = (value) => labels.get(keyOf(value)) ?? value;
    let chosen = [current(host, block, element) ?? []].flat();
    let asked = 0;

    const box = el("input", {
      ...named,
      type: "text",
      class: "field",
      role: "combobox",
      autocomplete: "off",
      placeholder: element.placeholder?.text ?? "Type to search",
      "aria-expanded": "false",
      on: { click: load, input: load, blur: leave, keydown: key },
    });
    const chips = el("div", { class: "chips" });
    const suggestions = suggestionsFor(box, ({ value }) => {
      set(many ? [...chosen, value] : [value]);
      suggestions.hide();
    });

    function remember(options) {
      options.forEach(({ value, text }) => labels.set(keyOf(value), text.text));
      return options;
    }
    async function load() {
      const typed = !many && chosen.length && box.value === labelOf(chosen[0]) ? "" : box.value;
      const turn = ++asked;
      const options = optionsOf ? optionsOf(element) : await host.suggest(block, element, typed);
      if (turn !== asked || document.activeElement !== box) return;
      const fits = ({ value, text }) => text.text.toLowerCase().includes(typed.toLowerCase()) && !isPicked(value);
      const found = remember(options).filter(fits);
      suggestions.show(found.length ? found.map(asSuggestion) : [{ label: "Nothing fits.", pickable: false }]);
    }
    function isPicked(value) {
      return many && chosen.includes(value);
    }
    function set(values) {
      if (many && values.length > (element.max_selected_items ?? Infinity)) return;
      chosen = values;
      settle();
      host.change(block, element, many ? chosen : (chosen[0] ?? null));
    }
    function settle() {
      box.value = many || !chosen.length ? "" : labelOf(chosen[0]);
      chips.replaceChildren(...(many ? chosen : []).map(chip));
    }
    function chip(value) {
      const on = { click: () => set(chosen.filter((other) => other !== value)) };
      const name = `Remove ${labelOf(value)}`;
      const props = { type: "button", class: "chip", "aria-label": name, "data-value": value, on };
      return el("button", props, labelOf(value), icon("close"));
    }
    function leave() {
      suggestions.hide();
      if (!many && !box.value && chosen.length) set([]);
      else settle();
    }
    function key(event) {
      if (suggestions.key(event)) return;
      if (event.key === "Backspace" && many && !box.value && chosen.length) set(chosen.slice(0, -1));
      if (event.key === "Enter") event.preventDefault();
      if (event.key === "ArrowDown") load();
    }

    remember(optionsOf ? optionsOf(element) : [element.initial_option ?? []].flat());
    settle();
    return el("div", { class: "picker" }, chips, box, suggestions.list);
  };
}

const asSuggestion = ({ value, text, description }) => ({ value, label: text.text, note: description?.text });
