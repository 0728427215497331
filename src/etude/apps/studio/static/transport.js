// The bar at the foot of every screen: what plays, where it is, how loud.

import { button, clock, h } from "./dom.js";
import { choice } from "./midiout.js";
import { barAt } from "./roll.js";

const STATES = { still: "at rest", loading: "fetching the sound …", playing: "playing", waiting: "waiting for the model …" };

export class Transport {
  constructor(player, place) {
    this.player = player;
    this.play = button("Play", () => player.toggle(), { class: "strong", "aria-keyshortcuts": "Space" });
    this.start = button("To start", () => player.seek(0), { "aria-keyshortcuts": "Home" });
    this.looped = button("Loop", () => this.loop(), { "aria-pressed": "false", "aria-keyshortcuts": "L" });
    this.name = h("span", { class: "name" });
    this.time = h("span", { class: "time" });
    this.seeker = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: 0, "aria-label": "Place in the piece" });
    this.seeker.addEventListener("input", () => player.seek(Number(this.seeker.value)));
    this.volume = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: player.volume, id: "volume" });
    this.volume.addEventListener("input", () => (player.volume = Number(this.volume.value)));
    const volume = h("label", { class: "volume", for: "volume" }, "Volume", this.volume);
    place.append(this.play, this.start, this.looped, h("div", { class: "where" }, this.name, this.seeker, this.time), volume, choice(player));
    player.watch(() => this.show());
    setInterval(() => player.state === "playing" && this.move(), 60);
    this.show();
  }

  /** Repeats what is selected in the roll, or the bar that sounds, or ends that. */
  loop() {
    const { player } = this;
    const one = player.piece;
    if (!one) return;
    if (player.loop) player.loop = null;
    else {
      const [first, last] = one.selection ?? [1, Math.max(1, (one.bars?.length ?? 2) - 1)];
      player.loop = one.bars?.length ? [one.bars[first - 1], one.bars[last] ?? one.seconds] : [0, one.seconds];
      if (player.position < player.loop[0] || player.position > player.loop[1]) player.seek(player.loop[0]);
    }
    this.show();
  }

  show() {
    const { player } = this;
    const one = player.piece;
    this.play.textContent = player.state === "still" ? "Play" : "Pause";
    this.play.disabled = this.start.disabled = this.looped.disabled = this.seeker.disabled = !one;
    this.looped.setAttribute("aria-pressed", String(Boolean(player.loop)));
    this.name.textContent = one ? `${one.label ?? "Piece"}: ${STATES[player.state]}` : "Nothing to play yet";
    this.move();
  }

  move() {
    const { player } = this;
    const one = player.piece;
    if (!one) {
      this.time.textContent = "";
      return;
    }
    const at = player.position;
    const all = one.seconds ?? at;
    this.seeker.max = all || 1;
    this.seeker.value = at;
    const bar = one.written?.length ? `bar ${one.written[barAt(one, at)]}, ` : "";
    this.time.textContent = `${bar}${clock(at)} of ${clock(all)}`;
    this.seeker.setAttribute("aria-valuetext", this.time.textContent);
    for (const hear of player.heads ?? []) hear(one, at);
  }
}
