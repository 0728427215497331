// Keys that work everywhere but while something is typed, and the list of them.

import { h } from "./dom.js";
import { barAt } from "./roll.js";

export const KEYS = [
  ["Space", "play or pause"],
  ["Home", "to the start"],
  ["← →", "back or on by a beat; with Shift by a bar"],
  ["L", "loop what is selected, or all"],
  ["1 to 9", "switch to that piece at the same bar"],
  ["G", "generate"],
  ["C", "continue the piece that plays"],
  ["F", "keep the piece that plays, or no longer"],
  ["Ctrl Enter", "generate while typing what to begin with"],
  ["Z", "undo: back to what the pieces were made from"],
  ["!", "silence"],
  ["?", "this list"],
];

const typing = (target) => target.closest?.("input:not([type=range]), textarea, select, [contenteditable]");

/** Listens. `acts` maps a key to what it does on the present screen; `rows` are listed for "?". */
export function keys(player, transport, acts, rows = KEYS) {
  const beat = () => player.piece?.beat ?? 0.5;
  const bar = (step) => {
    const one = player.piece;
    const to = barAt(one, player.position) + step;
    player.seek(one.bars?.[Math.max(0, Math.min(to, one.bars.length - 2))] ?? player.position + step * 2);
  };
  const arrows = (event, step) => (event.shiftKey ? bar(step) : player.seek(player.position + step * beat()));
  const known = {
    " ": () => player.toggle(),
    Home: () => player.seek(0),
    ArrowLeft: (event) => arrows(event, -1),
    ArrowRight: (event) => arrows(event, 1),
    l: () => transport.loop(),
    "!": () => player.pause(),
    "?": () => list(rows),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    const pressed = event.target.closest?.("button, a, summary, input[type=range]");
    if (pressed && [" ", "Home", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const general = name === "?" || player.piece ? known[name] : undefined; // without a piece a screen may have its own
    const act = general ?? acts()[name];
    if (!act) return;
    event.preventDefault();
    Promise.resolve(act(event)).catch(() => {});
  });
}

/** Shows a list of keys. */
export function list(all = KEYS) {
  const rows = all.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)));
  const box = h("dialog", { "aria-label": "Keys" }, h("h2", {}, "Keys"), h("dl", { class: "keys" }, rows));
  box.append(h("form", { method: "dialog" }, h("button", { class: "strong" }, "Close")));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}
