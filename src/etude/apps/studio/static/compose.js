// Compose: ask for pieces, watch them grow, listen, go on from one of them, go back.

import { ask } from "./api.js";
import { writtenSpan } from "./card.js";
import { Cards } from "./cards.js";
import { alarm, button, h, say } from "./dom.js";
import { Form } from "./form.js";
import { batch, unfinished, watch } from "./pieces.js";
import { Prompt } from "./prompt.js";
import { barAt } from "./roll.js";

export class Compose {
  constructor(player, go) {
    Object.assign(this, { player, go, cards: new Cards(player), shown: null });
    this.element = h("section", { "aria-labelledby": "compose-title" });
  }

  async open(id) {
    const { models } = await ask("models");
    if (!models.length) {
      this.element.append(h("h2", { id: "compose-title" }, "No model yet"),
        h("p", {}, "Train one first: ", h("code", {}, "etude train --data my-tunes"), ". It appears here when it is done."));
      return;
    }
    this.form = new Form(models, (model) => this.warm(model));
    this.prompt = new Prompt(this.player);
    this.generate = button("Generate", () => this.ask({}), { class: "strong", "aria-keyshortcuts": "G" });
    this.stopAll = button("Stop all", () => this.stop(), { hidden: true });
    this.undo = button("Undo", () => this.back(), { hidden: true, "aria-keyshortcuts": "Z" });
    this.state = h("p", { class: "soft", role: "status" });
    this.prompt.text.addEventListener("keydown", (event) => event.key === "Enter" && event.ctrlKey && this.generate.click());
    this.title = h("h2", { id: "pieces-title" }, "Pieces");
    this.element.append(
      h("h2", { id: "compose-title", class: "hidden" }, "Compose"),
      h("div", { class: "ask" }, this.form.element, this.prompt.element,
        h("div", { class: "row" }, this.generate, this.stopAll, this.undo, this.state)),
      h("section", { "aria-labelledby": "pieces-title" }, this.title, this.cards.element));
    this.end = watch((changed) => this.shown?.pieces.some((one) => one.id === changed) && this.tell());
    this.warm(this.form.model.value);
    const latest = id ?? (await ask("batches")).batches[0]?.id;
    if (latest) await this.show(latest).catch((error) => alarm(error.message));
    else this.cards.element.append(h("p", { class: "soft empty" }, "Press Generate: the pieces appear here, and grow while they are made."));
  }

  close() {
    this.end?.();
    if (this.prompt?.playing.on) this.prompt.playing.stop();
    this.cards.close();
  }

  warm(model) {
    this.form.tell(null);
    ask("models/warm", { model }).then((facts) => this.form.model.value === model && this.form.tell(facts)).catch((error) => alarm(error.message));
  }

  async ask(more) {
    document.querySelector(".alarm")?.remove();
    this.state.textContent = "Asking …";
    const asked = { ...this.form.asked(), ...this.prompt.asked(), ...more };
    if (asked.piece) for (const name of ["prompt", "text"]) delete asked[name];
    if (["infill", "vary"].includes(asked.how)) delete asked.bars;
    try {
      const made = await ask("batches", asked);
      say(`Composing ${asked.count} ${asked.count === 1 ? "piece" : "pieces"}.`);
      await this.show(made.id);
      this.go(`compose/${made.id}`);
      this.title.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.state.textContent = "";
      throw error;
    }
  }

  async show(id) {
    this.shown = await batch(id);
    this.cards.show(this.shown.pieces, this.acts());
    this.undo.hidden = !this.shown.source;
    this.tell();
  }

  acts() {
    return [
      ["Continue", (one) => this.ask({ piece: one.id, how: "continue" })],
      ["Anew from here", (one) => this.ask({ piece: one.id, how: "from-bar", selection: `${this.bar(one)}` })],
      ["Fill bars", (one) => this.fill(one)],
      ["Vary", (one) => this.ask({ piece: one.id, how: "vary" })],
      ["Same again", (one) => this.same(one)],
    ];
  }

  bar(one) {
    if (one.selection) return writtenSpan(one, one.selection)[0];
    const at = this.player.piece?.id === one.id ? this.player.position : 0;
    return one.written[barAt(one, at)];
  }

  fill(one) {
    if (!one.selection) throw new Error("Draw over some bars of the roll first, or type them under Bars: those are composed anew.");
    return this.ask({ piece: one.id, how: "infill", selection: writtenSpan(one, one.selection).join("-") });
  }

  async same(one) {
    const { asked } = this.shown.id === one.batch ? this.shown : await ask(`batches/${one.batch}`);
    this.form.set({ ...asked, seed: one.seed });
    const made = await ask("batches", { ...asked, seed: one.seed });
    await this.show(made.id);
    this.go(`compose/${made.id}`);
  }

  async stop() {
    this.state.textContent = "Stopping …";
    await ask(`batches/${this.shown.id}/stop`, undefined, "POST");
  }

  async back() {
    if (!this.shown?.source) return;
    const from = await ask(`pieces/${this.shown.source}`);
    await this.show(from.batch);
    this.go(`compose/${from.batch}`);
    say("Back to what these were made from. Nothing is lost.");
  }

  tell() {
    const pieces = this.shown.pieces;
    const left = pieces.filter(unfinished).length;
    this.stopAll.hidden = !left;
    this.state.textContent = left ? `${pieces.length - left} of ${pieces.length} done` : `${pieces.length} done. Press 1 to ${pieces.length} to compare them at the same bar.`;
  }

  /** What keys do on this screen. */
  keys() {
    if (!this.form) return {};
    const attempt = (work) => () => Promise.resolve().then(work).catch((error) => alarm(error.message));
    return {
      ...this.cards.keys(),
      g: attempt(() => this.ask({})),
      c: attempt(() => this.cards.playing && this.ask({ piece: this.cards.playing.id, how: "continue" })),
      f: attempt(() => this.cards.playing && ask(`pieces/${this.cards.playing.id}`, { favourite: !this.cards.playing.favourite }, "PATCH")),
      z: attempt(() => this.back()),
      "[": () => this.form.warmer(-0.05),
      "]": () => this.form.warmer(0.05),
    };
  }
}
