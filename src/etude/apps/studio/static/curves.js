// Curves of trainings laid over each other, as SVG: colour and dashes tell them apart, and a list names them.

import { h } from "./dom.js";
import { shown } from "./table.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 760;
const HEIGHT = 300;
const EDGE = { left: 52, right: 12, top: 12, bottom: 34 };
const DASHES = ["", "7 4", "2 3", "10 3 2 3", "4 2", "1 4"];

function s(tag, values, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

/** A figure of the held-out loss of runs. */
export function curves(runs) {
  const name = runs.every((run) => run.curves.valid_bits_per_note.some((one) => one !== null)) ? "valid_bits_per_note" : "valid_nats_per_step";
  const unit = name === "valid_bits_per_note" ? "bits a note" : "nats a step";
  const lines = runs.map((run) => run.step_of.map((step, at) => [step, run.curves[name][at]]).filter(([, value]) => value !== null));
  const all = lines.flat();
  const caption = `Held-out ${unit} by step: lower is better.`;
  if (!all.length) return h("p", { class: "soft" }, "These have no curve yet.");
  const right = Math.max(...all.map(([step]) => step), 1);
  const values = all.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values, Math.min(...values) + 0.01)];
  const x = (step) => EDGE.left + (step / right) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value) => EDGE.top + ((high - value) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const picture = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "curves" });
  picture.append(s("title", {}, `${caption} ${runs.map((run, at) => `${run.name}: lowest ${lowest(lines[at])}`).join("; ")}.`));
  for (let tick = 0; tick <= 4; tick += 1) {
    const value = low + ((high - low) * tick) / 4;
    picture.append(s("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value), class: "rule" }));
    picture.append(s("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, shown(value)));
    picture.append(s("text", { x: x((right * tick) / 4), y: HEIGHT - 12, "text-anchor": "middle" }, shown(Math.round((right * tick) / 4))));
  }
  lines.forEach((line, at) => picture.append(s("polyline", {
    points: line.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" "),
    class: `curve c${at}`,
    "stroke-dasharray": DASHES[at % DASHES.length],
  })));
  return h("figure", {}, picture, h("figcaption", { class: "soft" }, caption), legend(runs, lines));
}

const lowest = (line) => (line.length ? shown(Math.min(...line.map(([, value]) => value))) : "–");

function legend(runs, lines) {
  return h("ul", { class: "legend" }, runs.map((run, at) => {
    const sample = s("svg", { viewBox: "0 0 40 10", width: 40, height: 10, "aria-hidden": "true" });
    sample.append(s("line", { x1: 0, x2: 40, y1: 5, y2: 5, class: `curve c${at}`, "stroke-dasharray": DASHES[at % DASHES.length] }));
    return h("li", {}, sample, ` ${run.name}: lowest ${lowest(lines[at])}`);
  }));
}
