// What is asked for: a model, three controls, and more of them under More. Kept between visits.

import { h } from "./dom.js";

const KEPT = "etude-form";
const CONDITIONS = ["key", "mode", "type", "tempo", "density", "register", "role", "composer", "era", "label"];
const SUGGESTED = 40; // values of a condition
const MORE = [
  ["seed", "Seed", { min: 0, max: 2147483647, step: 1 }, "the random number; empty: drawn, and shown on each piece"],
  ["top_p", "Top-p", { min: 0.01, max: 1, step: 0.01 }, "keep the likeliest values up to this probability"],
  ["top_k", "Top-k", { min: 0, max: 1000, step: 1 }, "keep so many of the likeliest values"],
  ["min_p", "Min-p", { min: 0, max: 1, step: 0.01 }, "keep values at least this times as likely as the likeliest"],
  ["repeat_rate", "Repeat rate", { min: 0, max: 1, step: 0.05 }, "share of passages that may come back"],
  ["repeat_penalty", "Repeat penalty", { min: 0, max: 20, step: 0.1 }, "against an immediate repetition, nats"],
  ["max_copied", "Most copied notes", { min: 4, max: 1000, step: 1 }, "draw again where more stand in the training music"],
  ["scale", "Scale", { type: "text", placeholder: "D dorian" }, "no other notes sound"],
  ["range", "Range", { type: "text", placeholder: "G3-G5" }, "the lowest and the highest note"],
  ["chords", "Chords", { type: "text", placeholder: "Dm G Dm Am" }, "one a bar, again and again"],
  ["meter", "Meter", { type: "text", placeholder: "6/8" }, "of an encoding that writes one, or a model that was told"],
  ["form", "Form", { type: "text", placeholder: "AABB" }, "sections; needs Bars, counted as they sound"],
];

export class Form {
  constructor(models, chosen) {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    this.model = h("select", { id: "model" }, models.map((one) =>
      h("option", { value: one.name }, one.kind === "bundled" ? `${one.title} (comes with etude)` : one.title)));
    if (models.some((one) => one.name === kept.model)) this.model.value = kept.model;
    this.model.addEventListener("change", () => chosen(this.model.value));
    this.count = this.number("count", "Pieces", { min: 1, max: 9, step: 1, value: kept.count ?? 3 });
    this.bars = this.number("bars", "Bars", { min: 1, max: 500, step: 1, value: kept.bars ?? 16 });
    this.heat = h("input", { type: "range", id: "heat", min: 0, max: 2, step: 0.05, value: kept.temperature ?? 1 });
    this.told = h("output", { for: "heat" });
    this.own = h("input", { type: "checkbox", id: "own", checked: kept.temperature === undefined });
    for (const input of [this.heat, this.own]) input.addEventListener("input", () => this.show(input === this.heat));
    this.more = MORE.map(([name, label, bounds, about]) => this.number(name, label, { ...bounds, value: kept[name] ?? "" }, about));
    this.kept = kept;
    this.wanted = []; // conditions that the chosen model was told
    this.conditions = h("div", { class: "more conditions", role: "group", "aria-label": "What the pieces are to be", hidden: true });
    this.element = h("div", { class: "form" },
      h("div", { class: "field" }, h("label", { for: "model" }, "Model"), this.model),
      h("div", { class: "controls" }, this.count.element, this.bars.element, this.temperature()),
      this.conditions,
      h("details", {}, h("summary", {}, "More"), h("div", { class: "more" }, this.more.map((one) => one.element))));
    this.show();
  }

  number(name, label, bounds, about) {
    const input = h("input", { type: "number", id: `field-${name}`, ...bounds });
    const hint = about && h("p", { class: "soft", id: `about-${name}` }, about);
    if (hint) input.setAttribute("aria-describedby", hint.id);
    return { name, input, element: h("div", { class: "field" }, h("label", { for: input.id }, label), input, hint) };
  }

  temperature() {
    return h("div", { class: "field wide" },
      h("label", { for: "heat" }, "Temperature ", this.told),
      h("div", { class: "ends" }, h("span", { class: "soft" }, "safe"), this.heat, h("span", { class: "soft" }, "adventurous")),
      h("label", { class: "check", for: "own" }, this.own, " the model's own"));
  }

  show(moved = false) {
    if (moved) this.own.checked = false;
    this.told.textContent = this.own.checked ? (this.natural ?? "") : Number(this.heat.value).toFixed(2);
  }

  /** What the chosen model's own settings are, once it is loaded. */
  tell(facts) {
    this.natural = facts?.temperature?.toFixed(2) ?? "";
    if (this.own.checked && facts?.temperature) this.heat.value = facts.temperature;
    this.ask(facts?.told ?? {});
    this.show();
  }

  /** Fields for what this model was told of each piece it learned, with what it heard most as suggestions. */
  ask(heard) {
    this.wanted = CONDITIONS.filter((name) => heard[name]?.length).map((name) => {
      const list = h("datalist", { id: `heard-${name}` }, heard[name].slice(0, SUGGESTED).map((value) => h("option", { value })));
      const field = this.number(name, name[0].toUpperCase() + name.slice(1), { type: "text", maxLength: 60, placeholder: heard[name].slice(0, 2).join(", "), value: this.kept[name] ?? "" });
      field.input.setAttribute("list", list.id);
      field.element.append(list);
      return field;
    });
    this.conditions.replaceChildren(...this.wanted.map((one) => one.element));
    this.conditions.hidden = !this.wanted.length;
  }

  warmer(step) {
    this.heat.value = Number(this.heat.value) + step;
    this.show(true);
  }

  /** The values of a request. Throws an Error naming the first that is out of bounds. */
  asked() {
    const found = { model: this.model.value };
    for (const { name, input } of [this.count, this.bars, ...this.wanted, ...this.more]) {
      if (!input.checkValidity()) {
        input.closest("details")?.setAttribute("open", "");
        input.focus();
        throw new Error(`${input.labels[0].textContent}: ${input.validationMessage}`);
      }
      const value = input.value.trim();
      if (value !== "") found[name] = input.type === "number" ? Number(value) : value;
    }
    if (!found.count) found.count = 1;
    if (!this.own.checked) found.temperature = Number(this.heat.value);
    localStorage.setItem(KEPT, JSON.stringify(found));
    this.kept = found;
    return found;
  }

  /** Shows the values of an earlier request. */
  set(asked) {
    this.model.value = asked.model;
    this.kept = asked;
    for (const { name, input } of [this.count, this.bars, ...this.wanted, ...this.more]) input.value = asked[name] ?? "";
    this.own.checked = asked.temperature === undefined;
    if (asked.temperature !== undefined) this.heat.value = asked.temperature;
    this.show();
  }
}
