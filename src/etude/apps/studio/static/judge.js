// One pair or piece after the other: its players, and questions that open when all was heard. Saved after every answer.

import { ask } from "./api.js";
import { alarm, button, h } from "./dom.js";

const HEARD = 0.95; // of a piece; the rest may be silence

export class Judge {
  constructor(set, questions, rater, done) {
    Object.assign(this, { set, questions, rater, done });
    this.answers = new Map(set.answers.map((one) => [one.pair, one]));
    this.element = h("div");
    const first = Array.from({ length: set.count }, (_, at) => at + 1).find((pair) => !this.answers.has(pair));
    this.show(first ?? 1);
  }

  /** Whether pieces come by themselves, not in pairs. */
  get single() {
    return this.set.sides.length < 2;
  }

  close() {
    for (const audio of this.element.querySelectorAll("audio")) audio.pause();
  }

  show(pair) {
    this.close();
    this.pair = pair;
    this.kept = this.answers.get(pair) ?? { ratings: { a: {}, b: {} }, preference: null, comment: "", heard: false };
    this.heard = new Set(this.kept.heard ? this.set.sides : []);
    this.form = h("fieldset", { disabled: !this.kept.heard, class: "questions" }, h("legend", {}, "Your judgement"),
      this.questions.scales.map((scale) => this.scale(scale)), this.single ? null : this.preference(), this.comment());
    this.state = h("p", { class: "soft", role: "status" }, this.kept.heard ? "Judged before; you may change it." : this.single ? "The questions open when it was heard." : "The questions open when both were heard.");
    const title = h("h3", { tabindex: "-1" }, `${this.single ? "Piece" : "Pair"} ${pair} of ${this.set.count}`);
    this.element.replaceChildren(title, h("div", { class: "pair" }, this.set.sides.map((side) => this.side(side))), this.state, this.form, this.steps());
    title.focus();
  }

  side(side) {
    const audio = h("audio", { controls: true, preload: "auto", src: `/api/listening/${this.set.id}/sounds/${this.pair}-${side}`, "aria-label": this.single ? "The piece" : `Piece ${side.toUpperCase()}` });
    const state = h("p", { class: "soft" }, this.heard.has(side) ? "heard" : "not heard yet");
    const check = () => {
      let sum = 0;
      for (let at = 0; at < audio.played.length; at += 1) sum += audio.played.end(at) - audio.played.start(at);
      if (this.heard.has(side) || !(sum >= HEARD * audio.duration)) return;
      this.heard.add(side);
      state.textContent = "heard";
      if (this.heard.size === this.set.sides.length) {
        this.form.disabled = false;
        this.state.textContent = "Heard: judge now.";
      }
    };
    for (const event of ["timeupdate", "pause", "ended"]) audio.addEventListener(event, check);
    audio.addEventListener("play", () => {
      for (const other of this.element.querySelectorAll("audio")) if (other !== audio) other.pause();
    });
    audio.addEventListener("error", () => alarm("A sound is missing."));
    return h("div", { class: "card" }, this.single ? null : h("h4", {}, side.toUpperCase()), audio, state);
  }

  scale({ name, title, about }) {
    const marks = Array.from({ length: this.questions.high - this.questions.low + 1 }, (_, at) => at + this.questions.low);
    const rows = this.set.sides.map((side) => {
      const group = h("div", { class: "marks", role: "radiogroup", "aria-label": this.single ? title : `${title} of ${side.toUpperCase()}` }, this.single ? null : h("span", {}, side.toUpperCase()));
      for (const mark of marks) {
        const input = h("input", { type: "radio", name: `${name}-${side}`, value: mark, checked: this.kept.ratings[side]?.[name] === mark });
        input.addEventListener("change", () => {
          (this.kept.ratings[side] ??= {})[name] = mark;
          this.keep();
        });
        group.append(h("label", {}, input, ` ${mark}`));
      }
      return group;
    });
    return h("div", { class: "scale" }, h("p", {}, h("strong", {}, title), ` ${about} 1 not at all, 5 very much.`), rows);
  }

  preference() {
    const choices = [...this.set.sides.map((side) => [side, side.toUpperCase()]), [this.questions.equal, "no preference"]];
    const group = h("div", { class: "marks", role: "radiogroup", "aria-label": "Which do you prefer?" });
    for (const [value, words] of choices) {
      const input = h("input", { type: "radio", name: "preference", value, checked: this.kept.preference === value });
      input.addEventListener("change", () => {
        this.kept.preference = value;
        this.keep();
      });
      group.append(h("label", {}, input, ` ${words}`));
    }
    return h("div", { class: "scale" }, h("p", {}, h("strong", {}, "Which do you prefer?")), group);
  }

  comment() {
    const text = h("textarea", { rows: 2, maxLength: 5000, id: "comment" });
    text.value = this.kept.comment ?? "";
    text.addEventListener("change", () => {
      this.kept.comment = text.value;
      this.keep();
    });
    return h("div", {}, h("label", { for: "comment" }, "Anything to add?"), text);
  }

  async keep() {
    const marks = Object.fromEntries(this.set.sides.flatMap((side) =>
      Object.entries(this.kept.ratings[side] ?? {}).map(([name, mark]) => [`${name}_${side}`, mark])));
    const { preference, comment } = this.kept;
    try {
      const asked = { rater: this.rater, pair: this.pair, heard: true, ...marks, comment, ...(preference && { preference }) };
      const { answered } = await ask(`listening/${this.set.id}`, asked, "PUT");
      this.answers.set(this.pair, { ...this.kept, heard: true });
      this.state.textContent = `Kept. ${answered} of ${this.set.count} judged.`;
    } catch (error) {
      alarm(error.message);
    }
  }

  steps() {
    const back = button("Back", () => this.show(this.pair - 1), { disabled: this.pair === 1 });
    const last = this.pair === this.set.count;
    const next = button(last ? "Done" : "Next", () => (last ? this.done() : this.show(this.pair + 1)), { class: "strong" });
    return h("div", { class: "row" }, back, next);
  }
}
