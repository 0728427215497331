// Listen and rate: sets of blind pairs or single pieces, made here, judged one after the other, their results read aloud by numbers.

import { ask } from "./api.js";
import { alarm, button, h } from "./dom.js";
import { Judge } from "./judge.js";
import { outcome } from "./outcome.js";
import { watch } from "./pieces.js";

const RATER = "etude-rater";

export class Listen {
  constructor(player, go) {
    Object.assign(this, { player, go });
    this.body = h("div");
    this.element = h("section", { "aria-labelledby": "listen-title" }, h("h2", { id: "listen-title" }, "Listen and rate"), this.body);
  }

  async open(id) {
    this.player.pause();
    this.player.piece = null; // no key plays anything else while pairs are judged
    const [found, { models }] = await Promise.all([ask("listening"), ask("models")]);
    this.questions = found;
    if (id) return this.judge(id);
    this.list(found.sets, models);
    this.end = watch((event, what) => what === "pairs" && this.heard(event));
    return undefined;
  }

  close() {
    this.end?.();
    this.judging?.close();
  }

  get rater() {
    return localStorage.getItem(RATER) ?? "";
  }

  list(sets, models) {
    this.name = h("input", { type: "text", id: "rater", maxLength: 60, value: this.rater, autocomplete: "off" });
    this.name.addEventListener("change", () => localStorage.setItem(RATER, this.name.value.trim()));
    this.model = h("select", { id: "listen-model" }, models.map((one) => h("option", { value: one.name }, one.title)));
    this.count = h("input", { type: "number", id: "listen-count", min: 2, max: 100, value: 20 });
    this.twice = h("input", { type: "number", id: "listen-twice", min: 0, max: 20, value: 2 });
    this.kind = h("select", { id: "listen-kind" }, h("option", { value: "pairs" }, "Pairs"), h("option", { value: "single" }, "Single pieces"));
    this.state = h("p", { class: "soft", role: "status" });
    const make = button("Make a set", () => this.make(), { class: "strong" });
    this.body.replaceChildren(
      h("p", { class: "soft" }, "You hear short pieces, equally loud: one by the model, another by its baseline or by people; you do not know which. "
        + "In pairs you say which you prefer, of single pieces only how good each is. Some come twice, to see how sure you are."),
      h("div", { class: "ask" },
        h("div", { class: "pairing" },
          h("div", { class: "field" }, h("label", { for: "rater" }, "Your name, or a number"), this.name),
          h("div", { class: "field" }, h("label", { for: "listen-model" }, "Model"), this.model),
          h("div", { class: "field" }, h("label", { for: "listen-kind" }, "What"), this.kind),
          h("div", { class: "field" }, h("label", { for: "listen-count" }, "How many"), this.count),
          h("div", { class: "field" }, h("label", { for: "listen-twice" }, "Heard twice"), this.twice)),
        h("div", { class: "row" }, make, this.state)),
      h("h3", { class: "above" }, "Sets"),
      h("ul", { class: "list" }, sets.length ? sets.map((one) => this.row(one)) : h("li", { class: "soft" }, "None yet.")));
  }

  row(one) {
    const people = one.people.length ? `judged by ${one.people.join(", ")}` : "nobody has listened yet";
    return h("li", {},
      h("div", { class: "about" }, h("strong", {}, `${one.count} ${one.sides.length > 1 ? "pairs" : "pieces"} of ${one.model.split("/").at(-1)}`),
        h("p", { class: "soft" }, `against ${one.against.join(" and ")} · seed ${one.seed} · ${people}`)),
      h("div", { class: "row" }, button("Listen", () => this.begin(one.id)), button("Results", (element) => this.results(one.id, element))));
  }

  async begin(id) {
    if (!this.rater) {
      this.name.focus();
      throw new Error("Say who listens first: a name, or a number you remember.");
    }
    await this.judge(id);
    this.go(`listen/${id}`);
  }

  async make() {
    for (const field of [this.count, this.twice]) {
      if (!field.checkValidity()) throw new Error(`${field.labels[0].textContent}: ${field.validationMessage}`);
    }
    const wanted = { count: Number(this.count.value), checks: Number(this.twice.value), single: this.kind.value === "single" };
    const { id } = await ask("listening", { model: this.model.value, ...wanted });
    this.making = id;
    this.state.textContent = "Composing; this takes a few minutes. You may do something else meanwhile.";
  }

  async heard(event) {
    if (event.set) {
      const { sets } = await ask("listening");
      this.body.querySelector(".list").replaceChildren(...sets.map((one) => this.row(one)));
    }
    this.state.textContent = event.text;
    if (event.failed) alarm(event.text);
  }

  async judge(id) {
    const rater = this.rater || "anonymous";
    const set = await ask(`listening/${id}?rater=${encodeURIComponent(rater)}`);
    this.judging = new Judge(set, this.questions, rater, () => (location.hash = "#/listen"));
    this.body.replaceChildren(this.judging.element);
  }

  async results(id, element) {
    const { results } = await ask(`listening/${id}/results`);
    const item = element.closest("li");
    item.querySelector(".results")?.remove();
    item.append(outcome(results, id));
  }
}
