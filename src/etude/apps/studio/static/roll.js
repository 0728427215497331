// A piano roll on a canvas: time to the right, pitch upwards, a colour a track, what was given dimmed.

import { h } from "./dom.js";

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5B5B5B", "#B8A800"];
const DARK = ["#5fb0ea", "#ff9350", "#3fd3a5", "#e6a3c6", "#f2bd4a", "#8ccdf5", "#b5b5b5", "#ddd04a"];
const HEIGHT = 132; // CSS pixels
const LEAST = 8; // seconds shown at least

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;

/** What there is to see, in words. */
export function described(piece) {
  const names = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];
  const first = piece.notes.slice(0, 8).map((note) => names[note[2] % 12]);
  const length = Math.round(piece.seconds ?? end(piece));
  return `Piano roll: ${piece.notes.length} notes, ${length} seconds. It begins with ${first.join(", ") || "nothing yet"}.`;
}

/** The second at which the last note ends. */
export const end = (piece) => piece.notes.reduce((most, note) => Math.max(most, note[1]), 0);

/** A roll of `piece()`; `sought(second)` is called for a click, `selected(first, last)` in bars for a drag. */
export class Roll {
  constructor(piece, sought, selected) {
    Object.assign(this, { piece, sought, selected, selection: null });
    this.canvas = h("canvas", { role: "img" });
    this.head = h("div", { class: "head", hidden: true });
    this.element = h("div", { class: "roll" }, this.canvas, this.head);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
    if (sought) this.listen();
  }

  get length() {
    const one = this.piece();
    return Math.max(LEAST, one.seconds ?? end(one) * 1.08);
  }

  listen() {
    let from = null;
    const second = (event) => (event.offsetX / this.canvas.clientWidth) * this.length;
    this.canvas.addEventListener("pointerdown", (event) => (from = event));
    this.canvas.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const [a, b] = [second(from), second(event)].sort((x, y) => x - y);
      const dragged = Math.abs(from.offsetX - event.offsetX) > 6;
      from = null;
      if (dragged && this.piece().bars?.length > 1) this.select(barAt(this.piece(), a) + 1, barAt(this.piece(), b) + 1);
      else this.sought(b);
    });
  }

  select(first, last) {
    this.selection = first ? [first, last] : null;
    this.draw();
    this.selected?.(this.selection);
  }

  draw() {
    const one = this.piece();
    const width = this.element.clientWidth;
    if (!width) return;
    const scale = devicePixelRatio || 1;
    this.canvas.width = width * scale;
    this.canvas.height = HEIGHT * scale;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    const pitches = one.notes.map((note) => note[2]);
    const middle = pitches.length ? (Math.min(...pitches) + Math.max(...pitches)) / 2 : 66;
    const span = pitches.length ? Math.max(20, Math.max(...pitches) - Math.min(...pitches) + 4) : 24;
    const view = { pen, width, x: width / this.length, low: middle - span / 2, y: HEIGHT / span };
    this.ground(view, one);
    this.notes(view, one);
    this.canvas.setAttribute("aria-label", described(one));
  }

  ground({ pen, width, x, low, y }, one) {
    pen.fillStyle = style("--lane");
    for (let pitch = Math.floor(low); pitch < low + HEIGHT / y; pitch += 1) {
      if ([1, 3, 6, 8, 10].includes(((pitch % 12) + 12) % 12)) pen.fillRect(0, HEIGHT - (pitch - low + 0.5) * y, width, y);
    }
    if (this.selection) {
      const [first, last] = this.selection;
      const stop = one.bars[Math.min(last, one.bars.length - 1)];
      pen.fillStyle = style("--chosen");
      pen.fillRect(one.bars[first - 1] * x, 0, (stop - one.bars[first - 1]) * x, HEIGHT);
    }
    pen.fillStyle = style("--line");
    for (const bar of one.bars ?? []) pen.fillRect(Math.round(bar * x), 0, 1, HEIGHT);
    if (one.prompt_seconds) {
      pen.fillStyle = style("--soft");
      for (let top = 0; top < HEIGHT; top += 8) pen.fillRect(Math.round(one.prompt_seconds * x), top, 1.5, 5);
    }
    pen.fillStyle = style("--alarm");
    for (const [begin, stop] of one.copied ?? []) pen.fillRect(begin * x, HEIGHT - 3, Math.max(2, (stop - begin) * x), 3);
  }

  notes({ pen, x, low, y }, one) {
    const colours = dark() ? DARK : COLOURS;
    for (const [start, stop, pitch, velocity, track] of one.notes) {
      const given = one.prompt_seconds && start < one.prompt_seconds - 0.001;
      pen.globalAlpha = (0.45 + (0.55 * velocity) / 127) * (given ? 0.35 : 1);
      pen.fillStyle = colours[track % colours.length];
      const drum = one.tracks?.[track]?.drums;
      const long = drum ? 4 : Math.max(2, (stop - start) * x - 1);
      pen.fillRect(start * x, HEIGHT - (pitch - low + 0.5) * y + 0.5, long, Math.max(2, y - 1));
    }
    pen.globalAlpha = 1;
  }

  /** Puts the play head at that second, or takes it away. */
  point(second) {
    this.head.hidden = second === null;
    if (second !== null) this.head.style.transform = `translateX(${(second / this.length) * this.element.clientWidth}px)`;
  }
}

/** The number of the bar (from 0) that sounds at that second. */
export function barAt(piece, second) {
  const bars = piece.bars ?? [];
  let found = 0;
  while (found + 2 < bars.length && bars[found + 1] <= second + 0.001) found += 1;
  return found;
}
