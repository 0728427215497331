// What a piece begins with: typed music, or a file that is dropped; looked at before anything is made of it.

import { ask } from "./api.js";
import { button, h, say } from "./dom.js";
import { PlayIn } from "./playin.js";
import { Roll } from "./roll.js";

const LARGEST = 8 * 2 ** 20; // bytes of a file, as the server reads them
const PAUSE = 500; // milliseconds after the last key
const HINT = "ABC, note names or letters: K:G GABc|d2B2|   C4 E4 G4:1/2   CCGGAAG";

export class Prompt {
  constructor(player) {
    this.player = player;
    this.seen = null; // what is shown, as a piece
    this.file = null; // the id of a file that was sent
    this.text = h("textarea", { id: "prompt", rows: 2, maxLength: 20000, spellcheck: false, "aria-describedby": "prompt-hint" });
    this.text.addEventListener("input", () => this.later());
    this.hint = h("p", { class: "soft", id: "prompt-hint" }, HINT);
    this.picker = h("input", { type: "file", hidden: true, accept: ".mid,.midi,.abc,.musicxml,.mxl,.xml,.txt" });
    this.picker.addEventListener("change", () => this.picker.files[0] && this.send(this.picker.files[0]));
    this.choose = button("Choose a file", () => this.picker.click());
    this.clear = button("Clear", () => this.set(""), { hidden: true });
    this.hear = button("Listen", () => player.play(this.seen, 0), { hidden: true });
    this.roll = new Roll(() => this.seen ?? { notes: [] });
    this.roll.element.hidden = true;
    this.playing = new PlayIn(player, (word) => this.add(word));
    this.record = button("Play it in", () => this.playIn(), { "aria-pressed": "false" });
    const row = h("div", { class: "row" }, this.choose, this.record, this.picker, this.hear, this.clear);
    this.element = h("div", { class: "prompt" },
      h("label", { for: "prompt" }, "Begin with (or leave it empty)"), this.text, this.hint, this.roll.element, row);
    this.dropping();
  }

  /** Takes what is played on the computer's keys, or on a MIDI keyboard, until it is pressed again. */
  async playIn() {
    const on = !this.playing.on;
    this.record.setAttribute("aria-pressed", String(on));
    this.record.textContent = on ? "Stop playing in" : "Play it in";
    if (!on) {
      this.playing.stop();
      return;
    }
    this.hint.textContent = "Fetching the piano …";
    const names = await this.playing.start();
    const midi = names.length ? `, or ${names.join(", ")}` : "";
    this.hint.textContent = `Play: A W S E D F T G Y H U J K are the keys from middle C${midi}. Each note is written down as it ends.`;
    say(this.hint.textContent);
  }

  add(word) {
    const before = this.file ? "" : this.text.value.trim();
    this.file = null;
    this.text.value = before ? `${before} ${word}` : word;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look(), PAUSE);
  }

  dropping() {
    const over = (on) => (event) => {
      event.preventDefault();
      this.element.classList.toggle("over", on);
    };
    this.element.addEventListener("dragover", over(true));
    this.element.addEventListener("dragleave", over(false));
    this.element.addEventListener("drop", (event) => {
      over(false)(event);
      const [file] = event.dataTransfer.files;
      if (file) this.send(file);
    });
  }

  later() {
    clearTimeout(this.waiting);
    this.file = null;
    this.hint.textContent = this.text.value.trim() ? "Reading …" : HINT;
    this.waiting = setTimeout(() => this.look(), PAUSE);
  }

  async look() {
    const text = this.text.value.trim();
    if (!text) return this.show(null, HINT);
    try {
      const found = await ask("prompts/text", { text });
      if (text === this.text.value.trim()) this.show(found, `${found.notes.length} notes, ${found.written_bars} bars`);
    } catch (error) {
      this.show(null, error.message, true);
    }
    return undefined;
  }

  async send(file) {
    if (file.size > LARGEST) {
      this.show(null, `${file.name} is too large: at most ${LARGEST / 2 ** 20} MB are read.`, true);
      return;
    }
    this.text.value = "";
    this.hint.textContent = `Reading ${file.name} …`;
    try {
      const found = await ask(`prompts/file?name=${encodeURIComponent(file.name)}`, new Blob([file]));
      this.file = found.id;
      this.show(found, `${found.name}: ${found.notes.length} notes, ${found.written_bars} bars`);
    } catch (error) {
      this.show(null, error.message, true);
    }
    this.picker.value = "";
  }

  set(text) {
    this.text.value = text;
    this.file = null;
    return this.look();
  }

  show(found, words, wrong = false) {
    this.seen = found && { ...found, id: "prompt", label: "What you begin with", state: "done" };
    this.hint.textContent = words;
    this.hint.classList.toggle("wrong", wrong);
    this.roll.element.hidden = this.hear.hidden = !found;
    this.clear.hidden = !found && !this.text.value;
    this.roll.draw();
  }

  /** What of it goes into a request. */
  asked() {
    if (this.file) return { prompt: this.file };
    const text = this.text.value.trim();
    return text ? { text } : {};
  }
}
