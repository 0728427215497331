// Jam: play, and a model answers or accompanies; both sides are heard, seen, and kept in the Library.

import { ask } from "./api.js";
import { alarm, button, h, say } from "./dom.js";
import { Keyboard, KEYS as LETTERS } from "./keyboard.js";
import { Partner } from "./partner.js";
import { named } from "./playin.js";
import { Roll } from "./roll.js";
import { sound } from "./sprites.js";

const SHOWN = 16; // seconds of music in the roll
const KEYS = Array.from({ length: 13 }, (_, at) => 60 + at); // on the page, for a finger or a mouse
const BLACK = new Set([1, 3, 6, 8, 10]);
const MODES = [["call", "it answers my phrases"], ["accompany", "it plays under my line"]];
const PAUSE = 1.5; // seconds after the model's last note in which it may still go on

export class Jam {
  constructor(player, go) {
    Object.assign(this, { player, go, notes: [], partner: null });
    this.body = h("div");
    this.element = h("section", { "aria-labelledby": "jam-title" }, h("h2", { id: "jam-title" }, "Jam"), this.body);
    this.keyboard = new Keyboard((pitch, velocity) => this.press(pitch, velocity), (pitch) => this.release(pitch));
  }

  async open() {
    this.player.pause();
    this.player.piece = null; // no key plays anything else meanwhile
    const { models } = await ask("models");
    this.model = h("select", { id: "jam-model" }, models.map((one) => h("option", { value: one.name }, one.title)));
    this.tempo = h("input", { type: "number", id: "jam-tempo", min: 30, max: 300, value: 100 });
    this.mode = h("select", { id: "jam-mode" }, MODES.map(([value, words]) => h("option", { value }, words)));
    this.start = button("Start", () => (this.partner ? this.partner.send({ end: true }) : this.begin()), { class: "strong" });
    this.hush = button("Silence", () => this.silence(), { hidden: true, "aria-keyshortcuts": "!" });
    this.state = h("p", { class: "soft", role: "status" }, "Press Start, then play on the computer's keys, a MIDI keyboard, or here.");
    this.roll = new Roll(() => this.seen());
    const field = (words, input) => h("div", { class: "field" }, h("label", { for: input.id }, words), input);
    this.body.replaceChildren(
      h("div", { class: "ask" }, h("div", { class: "pairing" }, field("Model", this.model), field("Together", this.mode), field("Beats a minute", this.tempo)),
        h("div", { class: "row" }, this.start, this.hush, this.state)),
      this.roll.element, this.piano(),
      h("p", { class: "soft" }, "The letters are the computer's keys. A phrase ends with a beat of rest; play into an answer and you have the word again."));
    this.roll.draw();
    this.timer = setInterval(() => this.look(), 100);
  }

  close() {
    clearInterval(this.timer);
    this.keyboard.stop();
    this.partner?.send({ end: true });
    this.partner?.quiet();
  }

  piano() {
    const key = (pitch) => {
      const one = h("button", { type: "button", class: BLACK.has(pitch % 12) ? "black" : "white", "aria-label": `Key ${named(pitch)}` },
        h("span", { "aria-hidden": "true" }, LETTERS[pitch - KEYS[0]].toUpperCase()));
      const up = () => this.keyboard.note(pitch, 0);
      one.addEventListener("pointerdown", () => this.keyboard.note(pitch));
      for (const event of ["pointerup", "pointerleave", "pointercancel", "blur"]) one.addEventListener(event, up);
      one.addEventListener("keydown", (event) => event.key === "Enter" && !event.repeat && this.keyboard.note(pitch));
      one.addEventListener("keyup", (event) => event.key === "Enter" && up());
      return one;
    };
    return h("div", { class: "piano", role: "group", "aria-label": "Keys of a piano" }, KEYS.map(key));
  }

  async begin() {
    if (!this.tempo.checkValidity()) throw new Error(`Beats a minute: ${this.tempo.validationMessage}`);
    this.state.textContent = "Fetching the model …";
    this.notes = [];
    const partner = new Partner(this.player, (note, on) => this.hear(note, on), (told) => this.told(told));
    try {
      const begun = await partner.begin({ model: this.model.value, tempo: Number(this.tempo.value), mode: this.mode.value });
      this.partner = partner;
      this.began = this.player.context.currentTime;
      this.start.textContent = "End and keep";
      this.hush.hidden = false;
      const names = await this.keyboard.start();
      this.turn(`Your turn. ${names.length ? `Heard: ${names.join(", ")}. ` : ""}Seed ${begun.seed}.`);
    } catch (error) {
      this.state.textContent = "";
      throw error;
    }
  }

  told(told) {
    if (told.error && this.partner) alarm(told.error);
    if (["over", "closed"].includes(told.state) && this.partner) this.end();
    if (told.state === "over") this.kept(told.piece);
  }

  end() {
    this.keyboard.stop();
    this.partner = null;
    this.start.textContent = "Start";
    this.hush.hidden = true;
    this.state.textContent = "The jam has ended.";
  }

  kept(piece) {
    this.state.replaceChildren(piece ? "Kept. " : "Nothing was played, so nothing is kept.");
    if (piece) this.state.append(h("a", { href: "#/library" }, "Open the Library"));
    say(this.state.textContent);
  }

  turn(words) {
    if (this.state.textContent !== words) this.state.textContent = words;
  }

  press(pitch, velocity) {
    const { context, out } = this.player;
    this.partner?.send({ pitch, velocity });
    const end = this.partner ? sound(context, out, this.partner.bank.get(0), [0, 8, pitch, velocity, 0], context.currentTime) : () => {};
    this.hear({ pitch, velocity, channel: 0, at: context?.currentTime ?? 0, end }, true);
  }

  release(pitch) {
    this.partner?.send({ pitch, velocity: 0 });
    this.hear({ pitch, channel: 0, at: this.player.context?.currentTime ?? 0 }, false);
  }

  /** Draws a note of either side; one that sounds is as long as it has been so far. */
  hear({ pitch, velocity, channel, at, end }, on) {
    const open = this.notes.find((note) => note.open && note.pitch === pitch && note.channel === channel);
    if (open) {
      Object.assign(open, { open: false, stop: at });
      open.end?.(at);
    }
    if (on && this.partner) this.notes.push({ pitch, velocity, channel, start: at, open: true, end });
    if (on && channel) this.last = at;
  }

  seen() {
    const now = this.player.context?.currentTime ?? 0;
    const from = Math.max(this.began ?? 0, now - SHOWN);
    const notes = this.notes.filter((note) => note.open || note.stop > from)
      .map((note) => [Math.max(0, note.start - from), (note.open ? now : note.stop) - from, note.pitch, note.velocity, note.channel ? 1 : 0]);
    return { notes: notes.filter(([start, stop]) => stop > start), tracks: [{}, {}], seconds: SHOWN };
  }

  look() {
    if (!this.partner) return;
    this.roll.draw();
    const since = this.player.context.currentTime - (this.last ?? -Infinity);
    const sounds = this.notes.some((note) => note.open && note.channel);
    if (sounds || since < PAUSE) this.turn("The model plays. Play into it to have the word.");
    else if (this.last) this.turn("Your turn.");
  }

  silence() {
    this.partner?.send({ silence: true });
    this.partner?.quiet();
    for (const pitch of [...this.keyboard.held]) this.keyboard.note(pitch, 0);
    this.turn("Silence. Your turn.");
  }

  keys() {
    return { "!": () => this.silence() };
  }
}
