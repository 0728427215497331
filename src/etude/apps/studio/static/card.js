// The card of one piece: its roll, what is known of it, and what can be done with it.

import { ask } from "./api.js";
import { button, h, say } from "./dom.js";
import { piece, unfinished, watch } from "./pieces.js";
import { Roll } from "./roll.js";
import { choose, chosen } from "./tray.js";

const STATES = {
  waiting: "waiting for its turn",
  growing: "growing",
  done: "whole",
  stopped: "stopped; what there was is kept",
  failed: "could not be made",
};
const KINDS = { mid: "MIDI", abc: "ABC", musicxml: "MusicXML", wav: "WAV" };

export class Card {
  /** `acts`: what other things can be done, [words, (piece, card) => ..., when a piece is whole?] each. */
  constructor(id, label, player, acts) {
    Object.assign(this, { id, player });
    this.one.label = label;
    this.title = h("h3", {}, label);
    this.state = h("p", { class: "state" });
    this.facts = h("p", { class: "soft" });
    this.warning = h("p", { class: "warning", hidden: true });
    this.roll = new Roll(() => this.one, (second) => this.seek(second), (bars) => this.selected(bars));
    this.buttons = h("div", { class: "row" }, this.listen(), this.favourite(), this.comparing(), this.stopping(), acts.map((act) => this.act(act)), acts.length ? this.barsField() : null);
    this.element = h("article", { class: "card", "aria-label": label }, h("header", {}, this.title, this.state), this.roll.element);
    this.element.append(this.facts, this.warning, this.buttons, this.more());
    this.ends.push(watch((changed, what) => changed === id && this.show(what)), player.watch(() => this.playing()));
    (player.heads ??= new Set()).add((this.head = (of, at) => this.roll.point(of.id === id ? at : null)));
    this.show("whole");
    this.playing();
  }

  get one() {
    return piece(this.id);
  }

  close() {
    for (const end of this.ends) end();
    this.player.heads.delete(this.head);
  }

  listen() {
    this.play = button("Listen", () => (this.mine ? this.player.toggle() : this.player.play(this.one)), { class: "strong" });
    return this.play;
  }

  favourite() {
    this.star = button("Keep", () => ask(`pieces/${this.id}`, { favourite: !this.one.favourite }, "PATCH"), { "aria-pressed": "false" });
    return this.star;
  }

  comparing() {
    const mark = () => this.beside.setAttribute("aria-pressed", String(chosen().includes(this.id)));
    this.beside = button("Compare", () => choose(this.id), { class: "whole" });
    addEventListener("tray", mark);
    this.ends = [() => removeEventListener("tray", mark)];
    mark();
    return this.beside;
  }

  stopping() {
    this.stop = button("Stop", async () => {
      this.state.textContent = "stopping …";
      await ask(`pieces/${this.id}/stop`, undefined, "POST");
    });
    return this.stop;
  }

  act([words, work]) {
    return button(words, () => work(this.one, this), { class: "whole" });
  }

  get mine() {
    return this.player.piece?.id === this.id;
  }

  async seek(second) {
    if (!this.mine) await this.player.change(this.one);
    this.player.seek(second);
  }

  selected(bars) {
    this.one.selection = bars;
    this.chosen.value = bars ? writtenSpan(this.one, bars).join("-") : "";
  }

  barsField() {
    this.chosen = h("input", { type: "text", class: "bars", placeholder: "5-8", pattern: "[0-9]+(-[0-9]+)?", "aria-label": `Bars of ${this.one.label} to work on` });
    this.chosen.addEventListener("change", () => {
      const [first, last = first] = this.chosen.value.split("-").map(Number);
      const from = this.one.written.indexOf(first);
      const to = this.one.written.indexOf(last, from);
      this.roll.select(from >= 0 && to >= from ? from + 1 : null, to + 1);
    });
    return h("label", { class: "whole soft" }, "Bars ", this.chosen);
  }

  more() {
    this.sheet = h("details", {}, h("summary", {}, "Score"));
    this.sheet.addEventListener("toggle", () => this.sheet.open && this.engrave());
    const links = Object.entries(KINDS).map(([kind, name]) =>
      h("a", { href: `/api/pieces/${this.id}/files/${kind}?save=1`, download: "" }, name));
    this.note = h("textarea", { rows: 2, maxLength: 5000, placeholder: "What do you hear?", "aria-label": "Your note" });
    this.note.value = this.one.note ?? "";
    this.note.addEventListener("change", () => ask(`pieces/${this.id}`, { note: this.note.value }, "PATCH").then(() => say("Note kept.")));
    this.line = h("code", {});
    this.audio = h("audio", { controls: true, preload: "none", "aria-label": `Rendered sound of ${this.one.label}` });
    this.files = h("details", {}, h("summary", {}, "Files, note and how it was made"),
      h("p", { class: "links" }, links), this.audio, this.note, h("p", { class: "soft" }, this.line));
    return h("div", { class: "whole" }, this.sheet, this.files);
  }

  async engrave() {
    if (this.sheet.querySelector("img, .soft")) return;
    const words = h("p", { class: "soft" }, "Drawing the score …");
    this.sheet.append(words);
    try {
      const { pages } = await ask(`pieces/${this.id}/score`);
      const page = (_, at) => h("img", { alt: `Score of ${this.one.label}, page ${at + 1} of ${pages}`, loading: "lazy", src: `/api/pieces/${this.id}/score/${at + 1}` });
      this.sheet.append(...Array.from({ length: pages }, page));
      words.remove();
    } catch {
      words.textContent = "The score could not be drawn; the files are whole.";
    }
  }

  playing() {
    const active = this.mine && this.player.state !== "still";
    this.play.textContent = active ? "Pause" : "Listen";
    this.element.classList.toggle("active", this.mine);
    if (!this.mine) this.roll.point(null);
  }

  show(what) {
    const { one } = this;
    const busy = unfinished(one);
    this.state.textContent = one.state === "failed" ? one.why : STATES[one.state];
    this.state.classList.toggle("wrong", one.state === "failed");
    this.element.dataset.state = one.state;
    this.stop.hidden = !busy;
    this.play.hidden = this.star.hidden = one.state === "failed" || one.state === "waiting";
    for (const part of this.element.querySelectorAll(".whole")) part.hidden = busy || one.state === "failed";
    this.star.setAttribute("aria-pressed", String(Boolean(one.favourite)));
    this.star.textContent = one.favourite ? "★ Kept" : "☆ Keep";
    this.facts.textContent = this.figures();
    const copied = one.copied?.length ? `Copied from the training music: ${one.copied.map((row) => row[2]).join("; ")}.` : "";
    this.warning.textContent = copied;
    this.warning.hidden = !copied;
    if (!busy) {
      this.line.textContent = one.reproduce ?? "";
      if (!this.audio.src) this.audio.src = `/api/pieces/${this.id}/files/wav`;
    }
    if (what === "whole" && this.mine) this.player.changed(); // its length is known now
    if (what === "whole" && !busy && one.notes.length) say(`${one.label}: ${STATES[one.state]}, ${one.notes.length} notes.`);
    this.roll.draw();
  }

  figures() {
    const { one } = this;
    if (!one.notes.length) return "";
    if (unfinished(one)) return `${one.notes.length} notes so far`;
    const length = `${one.notes.length} notes, ${one.bar_count} bars, ${Math.round(one.seconds)} s`;
    const heat = Array.isArray(one.temperature) ? one.temperature.join(":") : one.temperature;
    const found = one.originality ? ` · ${one.originality.verdict}` : "";
    return `${length} · temperature ${heat} · seed ${one.seed}${found}`;
  }
}

/** The first and last written bar of what is selected: repeats are played out, but composed once. */
export function writtenSpan(one, [first, last]) {
  const inside = one.written.slice(first - 1, last);
  return [Math.min(...inside), Math.max(...inside)];
}
