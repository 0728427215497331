// What can be asked of a piece: how long, how bold, from which random number, and what the model can be told.

import { button, h } from "./dom.js";

const WORDS = { key: "Key", meter: "Meter", mode: "Mode", form: "Form", type: "Type", label: "From", density: "Notes a quarter" };
const FILTERS = [
  ["min_p", "Min-p", 0, 1, 0.01, "keep values at least this times as likely as the likeliest"],
  ["top_p", "Top-p", 0.01, 1, 0.01, "keep the likeliest values up to this probability"],
  ["top_k", "Top-k", 0, 999, 1, "keep so many of the likeliest values; 0 keeps all"],
];

const mean = (heat) => (Array.isArray(heat) ? heat.reduce((sum, one) => sum + one, 0) / heat.length : heat);
const drawn = () => crypto.getRandomValues(new Uint32Array(1))[0] >>> 1;

function field(id, words, input, hint, beside) {
  const below = hint ? h("p", { class: "soft", id: `${id}-hint` }, hint) : null;
  if (below) input.setAttribute("aria-describedby", below.id);
  input.id = id;
  return h("div", { class: "field" }, h("label", { for: id }, words), beside ? h("div", { class: "beside" }, input, beside) : input, below);
}

const number = (value, min, max, step) => h("input", { type: "number", min, max, step, value });

export class Controls {
  constructor(model) {
    this.model = model;
    const own = model.sampling;
    this.bars = number(model.metered ? 16 : "", 1, 999, 1);
    this.bars.placeholder = "as it likes";
    this.seed = number(drawn(), 0, 2 ** 31 - 1, 1);
    this.heat = h("input", { type: "range", min: 0, max: 2, step: 0.05, value: mean(own.temperature), id: "temperature" });
    this.shown = h("output", { for: "temperature" });
    this.heat.addEventListener("input", () => this.show());
    this.filters = Object.fromEntries(FILTERS.map(([name, , low, high, step]) => [name, number(own[name], low, high, step)]));
    this.told = Object.fromEntries(Object.entries(model.heard).filter(([, all]) => all.length).map(([kind, all]) => [kind, choices(all)]));
    this.element = h("div", {}, this.first(), this.more());
    this.show();
  }

  first() {
    const another = button("New", () => (this.seed.value = drawn()), { "aria-label": "New seed" });
    const seed = field("seed", "Seed", this.seed, "", another);
    const ends = h("div", { class: "ends" }, h("span", { class: "soft" }, "safe"), this.heat, h("span", { class: "soft" }, "bold"));
    const heat = h("div", { class: "field heat" }, h("label", { for: "temperature" }, "Temperature ", this.shown), ends);
    const length = this.model.metered || this.model.name === "letters" ? [field("bars", "Bars", this.bars)] : [];
    const kinds = Object.entries(this.told).filter(([kind]) => ["type", "key", "meter"].includes(kind));
    return h("div", { class: "controls" }, length, seed, heat, kinds.map(([kind, select]) => field(`told-${kind}`, WORDS[kind], select)));
  }

  more() {
    const others = Object.entries(this.told).filter(([kind]) => !["type", "key", "meter"].includes(kind));
    const told = others.map(([kind, select]) => field(`told-${kind}`, WORDS[kind] ?? capital(kind), select));
    const filters = FILTERS.map(([name, words, , , , hint]) => field(name, words, this.filters[name], hint));
    return h("details", {}, h("summary", {}, "More"), h("div", { class: "more" }, filters, told));
  }

  show() {
    this.shown.textContent = Number(this.heat.value).toFixed(2);
  }

  /** Moves the temperature by a step of the keyboard. */
  warmer(by) {
    this.heat.value = Number(this.heat.value) + by;
    this.show();
  }

  /** What is wanted now; throws for a number that is none. */
  get wish() {
    for (const input of this.element.querySelectorAll("input")) {
      if (!input.checkValidity()) throw new Error(`${input.labels[0]?.textContent ?? "A number"}: ${input.validationMessage}`);
    }
    const own = this.model.sampling;
    const heat = Number(this.heat.value);
    const kept = Math.abs(heat - mean(own.temperature)) < 0.026 ? own.temperature : heat;
    const filters = Object.fromEntries(Object.entries(this.filters).map(([name, { value, defaultValue }]) => [name, Number(value || defaultValue)]));
    const told = Object.fromEntries(Object.entries(this.told).flatMap(([kind, { value }]) => (value ? [[kind, value]] : [])));
    const bars = this.bars.isConnected && this.bars.value ? Number(this.bars.value) : null;
    return { bars, seed: Number(this.seed.value || 0), settings: { ...own, ...filters, temperature: kept }, told };
  }

  /** The values of the first field that tell what is asked; [] where nothing is, so that the model chooses. */
  values(told) {
    const { model } = this;
    if (!Object.keys(told).length) return [];
    const first = model.sizes[0] - model.told.length;
    const kinds = [...new Set(model.told.map(({ kind }) => kind))];
    const wanted = (kind) => told[kind] ?? "open";
    return kinds.map((kind) => first + model.told.findIndex((one) => one.kind === kind && one.choice === wanted(kind)));
  }

  /** The same as a command line. */
  command({ bars, seed, settings, told }) {
    const own = this.model.sampling;
    const words = ["etude compose", quoted(this.model.model), `--seed ${seed}`];
    if (bars) words.push(`--bars ${bars}`);
    words.push(`--temperature ${[settings.temperature].flat().join(":")}`);
    for (const name of Object.keys(this.filters)) if (settings[name] !== own[name]) words.push(`--${name.replace("_", "-")} ${settings[name]}`);
    for (const [kind, choice] of Object.entries(told)) words.push(`--${kind} ${quoted(choice)}`);
    return words.join(" ");
  }
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const quoted = (word) => (/^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
const choices = (all) => h("select", {}, h("option", { value: "" }, "as it likes"), all.map((one) => h("option", { value: one }, one)));
