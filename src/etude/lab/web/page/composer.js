// The worker: it holds the model and makes pieces, so that the page never waits.

import { load } from "./engine.js";
import { Course } from "./length.js";
import { midiFile } from "./midi.js";
import { pieceSeed } from "./random.js";
import { readerOf } from "./readers.js";
import { growth, Walk } from "./walk.js";

const EVERY = 120; // milliseconds between two messages about a piece that grows
let engine = null;
let makeReader = null;
let wanted = 0; // the piece that is wanted now; those before it end

async function open() {
  const [about, data] = await Promise.all([fetched("model.json").then((answer) => answer.json()), fetched("model.onnx")]);
  const bytes = new Uint8Array(await data.arrayBuffer());
  engine = await load(bytes, about);
  makeReader = readerOf(about);
  return about;
}

async function fetched(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name} could not be read: the folder is not whole.`);
  return answer;
}

/** Notes [start, end, pitch, velocity, track] in seconds, and bar lines, of events that come bit by bit. */
class Heard {
  constructor() {
    Object.assign(this, { course: new Course(engine.model.tpq), sounding: new Map(), notes: [], events: [], tick: 0 });
  }

  take(events) {
    for (const one of events) {
      this.course.hear(one);
      this.tick = Math.max(this.tick, one.tick);
      if (one.kind === "on") this.begun(one);
      else if (one.kind === "off") this.ended(one);
    }
    this.events.push(...events);
  }

  begun({ track, number, tick, value }) {
    const key = `${track} ${number}`;
    this.sounding.set(key, [...(this.sounding.get(key) ?? []), [tick, value]]);
  }

  ended({ track, number, tick }) {
    const waiting = this.sounding.get(`${track} ${number}`);
    const [start, velocity] = waiting?.shift() ?? [];
    if (start !== undefined) this.notes.push([this.course.seconds(start), this.course.seconds(tick), number, velocity, track]);
  }

  /** The piece as the page shows and plays it. */
  piece(tracks) {
    const starts = this.course.barStarts(this.tick);
    const bars = starts.map((tick) => this.course.seconds(tick));
    const notes = this.notes.toSorted((a, b) => a[0] - b[0] || a[2] - b[2]);
    const shown = engine.model.metered || this.course.meters.length ? { bars, written: numbered(starts, this.course) } : {};
    return { ...shown, notes, tracks, beat: this.course.seconds(engine.model.tpq), seconds: this.course.seconds(this.tick) };
  }
}

/** The numbers of the bars; an upbeat is bar 0. */
const numbered = (starts, course) => starts.map((_, at) => at + (course.pickup ? 0 : 1));

async function compose(wish) {
  const mine = ++wanted;
  const reader = makeReader();
  const walk = new Walk({ engine, reader, settings: wish.settings, seed: pieceSeed(wish.seed, 0), told: wish.told });
  const heard = new Heard();
  const tracks = () => reader.tracks ?? engine.model.tracks;
  const begun = performance.now();
  let last = begun;
  for await (const events of growth(walk, wish)) {
    heard.take(events);
    if (performance.now() - last < EVERY) continue;
    last = performance.now();
    postMessage({ what: "grown", id: wish.id, ...heard.piece(tracks()), steps: walk.steps.length });
    await new Promise((go) => setTimeout(go)); // lets a stop come in
    if (mine !== wanted) break;
  }
  if (mine !== wanted) heard.take(reader.finish());
  const made = (performance.now() - begun) / 1000;
  const midi = midiFile(heard.events, tracks(), engine.model.tpq, wish.words);
  postMessage({ what: "whole", id: wish.id, ...heard.piece(tracks()), steps: walk.steps.length, made, midi });
}

/** What tests ask: the likeliest steps from the begin step on, with or without the grammar, which may end the piece. */
async function likeliest({ count, masked }) {
  const settings = { ...engine.model.sampling, temperature: 0, repeat_rate: 1 };
  const walk = new Walk({ engine, reader: makeReader(), settings, seed: 0n, masked });
  walk.mayEnd = false;
  const begun = performance.now();
  let notes = 0;
  while (walk.steps.length <= count && !(masked && walk.reader.done)) notes += (await walk.advance()).filter(({ kind }) => kind === "on").length;
  postMessage({ what: "likeliest", steps: walk.steps, notes, seconds: (performance.now() - begun) / 1000 });
}

const DO = {
  open: async () => postMessage({ what: "open", about: await open() }),
  compose,
  likeliest,
  stop: () => (wanted += 1),
};

addEventListener("message", async ({ data }) => {
  try {
    await DO[data.do](data);
  } catch (error) {
    postMessage({ what: "failed", id: data.id, why: error.message });
  }
});
