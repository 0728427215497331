// What trainings composed along the way: one slider of updates moves every player at once.

import { ask } from "./api.js";
import { alarm, button, h } from "./dom.js";
import { Roll } from "./roll.js";

const known = new Map(); // id of a piece -> the piece, fetched once

async function fetched(run, step) {
  const number = run.samples.find(([at]) => at === step)[1];
  const name = `${step}-${number}`;
  const id = `${run.id}-${name}`;
  if (!known.has(id)) {
    const found = await ask(`runs/${run.id}/samples/${name}`);
    found.notes.sort((one, other) => one[0] - other[0]);
    known.set(id, { ...found, state: "done", label: `${run.name} after ${step} updates` });
  }
  return known.get(id);
}

class Sample {
  constructor(run, player) {
    Object.assign(this, { run, player, piece: null });
    this.steps = [...new Set(run.samples.map(([step]) => step))];
    this.words = h("p", { class: "state", role: "status" });
    this.roll = new Roll(() => this.piece ?? { notes: [] }, (second) => this.seek(second));
    this.play = button("Listen", () => (this.mine ? player.toggle() : player.play(this.piece)), { class: "strong" });
    this.element = h("article", { class: "card", "aria-label": `Composed by ${run.name}` },
      h("header", {}, h("h4", {}, run.name), this.words), this.roll.element, h("div", { class: "row" }, this.play));
    this.end = player.watch(() => this.playing());
    this.head = (of, at) => this.roll.point(of === this.piece ? at : null);
    (player.heads ??= new Set()).add(this.head);
  }

  get mine() {
    return this.piece !== null && this.player.piece === this.piece;
  }

  /** Shows the last piece that was composed up to this step; what plays goes on in it at the same bar. */
  async show(step) {
    const at = this.steps.findLast((one) => one <= step) ?? this.steps[0];
    const piece = await fetched(this.run, at);
    const mine = this.mine;
    this.piece = piece;
    this.words.textContent = `after ${at} updates`;
    this.roll.draw();
    if (mine) await this.player.change(piece);
    this.playing();
  }

  async seek(second) {
    if (!this.mine) await this.player.change(this.piece);
    this.player.seek(second);
  }

  playing() {
    this.play.textContent = this.mine && this.player.state !== "still" ? "Pause" : "Listen";
    this.element.classList.toggle("active", this.mine);
    if (!this.mine) this.roll.point(null);
  }

  close() {
    this.end();
    this.player.heads.delete(this.head);
  }
}

export class Samples {
  constructor(player) {
    Object.assign(this, { player, cards: [] });
    this.element = h("section", { "aria-labelledby": "samples-title" });
  }

  show(runs) {
    this.close();
    const title = h("h3", { id: "samples-title", class: "above" }, "What they composed along the way");
    this.cards = runs.filter((run) => run.samples.length).map((run) => new Sample(run, this.player));
    if (!this.cards.length) {
      this.element.replaceChildren(title, h("p", { class: "soft" }, "Nothing: ", h("code", {}, "etude train --set tracking.along=1"),
        " composes a piece at every evaluation, always from the same seed."));
      return;
    }
    const steps = [...new Set(this.cards.flatMap((card) => card.steps))].sort((one, other) => one - other);
    const told = h("output", { for: "step" });
    const slider = h("input", { type: "range", id: "step", min: 0, max: steps.length - 1, step: 1, value: steps.length - 1 });
    const move = () => {
      const step = steps[Number(slider.value)];
      told.textContent = `${step} updates`;
      slider.setAttribute("aria-valuetext", told.textContent);
      return Promise.all(this.cards.map((card) => card.show(step))).catch((error) => alarm(error.message));
    };
    slider.addEventListener("input", move);
    const hint = h("p", { class: "soft" }, `One slider for all; keys 1 to ${this.cards.length} switch at the same bar.`);
    const field = h("div", { class: "field steps" }, h("label", { for: "step" }, "After ", told), slider, hint);
    this.element.replaceChildren(title, field, h("div", { class: "cards" }, this.cards.map((card) => card.element)));
    move();
  }

  keys() {
    return Object.fromEntries(this.cards.map((card, at) => [`${at + 1}`, () => card.piece && this.player.change(card.piece)]));
  }

  close() {
    for (const card of this.cards) card.close();
    this.cards = [];
  }
}
