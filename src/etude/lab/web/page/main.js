// The page: what is wanted, one piece that grows, and a transport.

import { Controls } from "./controls.js";
import { alarm, button, clock, h, say } from "./dom.js";
import { keys, list } from "./keys.js";
import { Player } from "./player.js";
import { Roll } from "./roll.js";
import { Transport } from "./transport.js";

const DRUMS = 128;
const KEYS = [
  ["Space", "play or pause"],
  ["Home", "to the start"],
  ["← →", "back or on by a beat; with Shift by a bar"],
  ["G", "compose another piece"],
  ["[ ]", "temperature down or up"],
  ["L", "loop what is selected, or all"],
  ["!", "silence"],
  ["?", "this list"],
];

const worker = new Worker(new URL("composer.js", import.meta.url), { type: "module" });
const player = new Player();
const place = document.getElementById("screen");
const waiting = new Map(); // what a message is about -> who waits for it

worker.addEventListener("message", ({ data }) => waiting.get(data.what)?.(data));
worker.addEventListener("error", () => failed("The worker could not be started. Is the folder whole?"));

/** Asks the worker; what it answers. */
const asked = (message, what) =>
  new Promise((found, failed) => {
    waiting.set(what, found);
    waiting.set("failed", ({ why }) => failed(new Error(why)));
    worker.postMessage(message);
  });

function failed(why) {
  document.getElementById("opening")?.remove();
  alarm(why);
}

class Page {
  constructor(model) {
    this.model = model;
    this.controls = new Controls(model);
    this.piece = { id: 0, label: "Piece", state: "whole", notes: [], tracks: [], bars: [], seconds: 0 };
    this.made = null; // the wish and the file of the piece that is whole
    this.go = button("Compose", () => this.compose(), { class: "strong", "aria-keyshortcuts": "G" });
    this.halt = button("Stop", () => worker.postMessage({ do: "stop" }), { disabled: true });
    this.atOnce = h("input", { type: "checkbox", id: "at-once", checked: true });
    this.state = h("p", { class: "state" }, "Nothing composed yet.");
    this.roll = new Roll(() => this.piece, (second) => this.seek(second), (chosen) => (this.piece.selection = chosen));
    this.save = button("Download MIDI", () => this.download(), { disabled: true });
    this.line = h("code", {});
    this.card = h("section", { class: "card", "aria-label": "The piece", hidden: true }, this.state, this.roll.element);
    this.card.append(h("div", { class: "row" }, this.save), h("details", { class: "line" }, h("summary", {}, "The same with etude"), this.line));
    const row = h("div", { class: "row" }, this.go, this.halt, h("label", { class: "check", for: "at-once" }, this.atOnce, " play at once"));
    place.replaceChildren(h("section", { class: "ask", "aria-label": "What is wanted" }, this.controls.element, row), this.card);
    waiting.set("grown", (data) => this.take(data, "growing"));
  }

  seek(second) {
    if (player.piece !== this.piece) player.change(this.piece);
    player.seek(second);
  }

  /** The tracks as they sound here: an instrument that the page has no notes of is played by one it has. */
  sounded(tracks) {
    const pitched = this.model.instruments.filter((one) => one !== DRUMS);
    const near = (program) => pitched.reduce((best, one) => (Math.abs(one - program) < Math.abs(best - program) ? one : best), pitched[0] ?? 0);
    return tracks.map((track) => ({ ...track, program: track.drums ? 0 : near(track.program) }));
  }

  async compose() {
    const wish = this.controls.wish;
    player.pause();
    if (this.atOnce.checked) {
      player.open(); // within the press: some browsers let no page sound otherwise
      player.context.resume();
    }
    const id = this.piece.id + 1;
    this.piece = { ...this.piece, id, label: `Piece ${id}`, state: "growing", notes: [], bars: [], written: undefined, seconds: undefined, selection: null };
    this.roll.selection = null;
    this.piece.tracks = this.sounded(this.model.tracks);
    this.card.hidden = false;
    this.made = null;
    this.busy(true);
    this.roll.draw();
    say("Composing.");
    const line = this.controls.command(wish);
    const words = `composed in a page of etude ${this.model.etude}, as by: ${line}`;
    const told = this.controls.values(wish.told);
    try {
      const steps = wish.bars ? null : this.model.steps;
      const whole = await asked({ do: "compose", id, ...wish, told, steps, words }, "whole");
      this.take(whole, "whole");
      this.made = { midi: whole.midi, name: `${this.model.title}-${wish.seed}.mid` };
      this.line.textContent = line;
      const pace = whole.notes.length / Math.max(whole.made, 0.001);
      this.tell(`${whole.notes.length} notes, ${clock(whole.seconds)}, composed at ${pace.toFixed(0)} notes a second.`);
    } finally {
      if (this.piece.state === "growing") this.piece.state = "whole";
      this.busy(false);
    }
  }

  tell(words) {
    this.state.textContent = words;
    say(words);
  }

  busy(now) {
    this.halt.disabled = !now;
    this.save.disabled = now || !this.made;
    if (now) this.state.textContent = "Composing …";
  }

  take({ id, notes, tracks, bars, written, beat, seconds, steps }, state) {
    if (id !== this.piece.id) return;
    const grown = state === "growing";
    Object.assign(this.piece, { notes, state, beat, tracks: this.sounded(tracks), bars: bars ?? [], written, seconds: grown ? undefined : seconds });
    if (grown) this.state.textContent = `Composing … ${notes.length} notes, ${steps} steps.`;
    this.roll.draw();
    if (this.atOnce.checked && player.piece !== this.piece && notes.length) player.play(this.piece, 0).catch(({ message }) => alarm(message));
    else if (player.piece !== this.piece && !grown) player.change(this.piece);
    else player.changed();
  }

  download() {
    const address = URL.createObjectURL(new Blob([this.made.midi], { type: "audio/midi" }));
    h("a", { href: address, download: this.made.name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }
}

async function begin() {
  const { about: model } = await asked({ do: "open" }, "open");
  const page = new Page(model);
  const transport = new Transport(player, document.getElementById("transport"));
  document.title = `etude ${model.title}`;
  document.getElementById("title").textContent = model.title;
  document.getElementById("about").textContent = [model.collection && `learned from ${model.collection}`, model.licence].filter(Boolean).join(", ");
  document.querySelector("body > header").append(button("Keys", () => list(KEYS), { class: "plain", "aria-keyshortcuts": "?" }));
  const acts = { g: () => page.go.click(), "[": () => page.controls.warmer(-0.05), "]": () => page.controls.warmer(0.05) };
  keys(player, transport, () => acts, KEYS);
  player.heads = [(one, at) => page.roll.point(one === page.piece ? at : null)];
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => page.roll.draw());
  globalThis.etudePage = { player, page, asked }; // for tests, and for the curious
  navigator.serviceWorker?.register("sw.js").catch(() => {}); // without it the page needs its server
}

begin().catch((error) => failed(error.message));
