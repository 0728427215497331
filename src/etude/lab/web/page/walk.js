// One piece in the making, as etude.sampling.generate and .compose: a step a call, under a reader's mask.

import { draw } from "./draw.js";
import { Target } from "./length.js";
import { Uniform } from "./random.js";
import { BEGIN, END } from "./reader.js";
import { highest, Line, TRIES } from "./repeats.js";

const LONGEST = 16_384; // steps drawn where nothing else ends a piece
const SILENT = 8; // steps without an event before the reader is asked how late it is

/** `allowed` without `unwanted`, unless nothing would be left. */
function without(allowed, unwanted) {
  if (!unwanted.length) return allowed;
  const rest = Uint8Array.from(allowed);
  for (const value of unwanted) rest[value] = 0;
  return rest.includes(1) ? rest : allowed;
}

export class Walk {
  /** `told`: values of the first field that stand behind the begin step. */
  constructor({ engine, reader, settings, seed, told = [], masked = true }) {
    Object.assign(this, { engine, reader, settings, masked, mayEnd: true, passed: new Map(), line: null });
    const { model } = engine;
    const heat = settings.temperature;
    this.heats = model.sizes.map((_, field) => (Array.isArray(heat) ? heat[field] : heat));
    this.random = new Uniform(seed);
    const fill = (value) => model.sizes.map((_, field) => (field ? 0 : value));
    this.steps = [BEGIN, ...told].map(fill);
    this.events = this.steps.flatMap((step) => reader.feed(step));
    this.state = engine.start();
    this.waiting = this.steps;
    if (settings.repeat_rate < 1) this.watch(settings.repeat_notes ?? 8);
  }

  watch(notes) {
    this.line = new Line(notes);
    this.line.hear(this.events);
  }

  /** The events of the next step. */
  async advance() {
    for (const step of this.waiting) await this.engine.feed(this.state, step);
    let chosen = await this.drawn();
    while (this.repeats(chosen)) chosen = await this.drawn();
    this.passed = new Map();
    this.steps.push(chosen);
    this.waiting = [chosen];
    const events = this.reader.feed(chosen);
    this.line?.hear(events);
    return events;
  }

  async drawn() {
    const chosen = [];
    for (const heat of this.heats) {
      const logits = await this.engine.logits(this.state, chosen);
      chosen.push(draw(logits, this.settings, heat, this.random.next(), this.allowed(chosen)));
    }
    return chosen;
  }

  allowed(chosen) {
    const passed = this.passed.get(String(chosen)) ?? [];
    if (!this.masked) return passed.length ? without(new Uint8Array(this.engine.sizes[chosen.length]).fill(1), passed) : null;
    const allowed = this.reader.allowed(chosen);
    return without(chosen.length || this.mayEnd ? allowed : without(allowed, [END]), passed);
  }

  /** Whether a step brings one passage too many back; then its note is not to be drawn here again. */
  repeats(chosen) {
    if (!this.line || this.line.rate <= this.settings.repeat_rate) return false;
    const { notes, waits } = this.engine.model;
    const found = highest(notes, chosen);
    if (!found || [...this.passed.values()].reduce((sum, one) => sum + one.length, 0) >= TRIES) return false;
    const [field, pitch] = found;
    if (!this.line.bringsBack(pitch, waits >= 0 && chosen[waits] === 0)) return false;
    const key = String(chosen.slice(0, field));
    this.passed.set(key, [...(this.passed.get(key) ?? []), chosen[field]]);
    return true;
  }
}

/** The events of a piece as they are drawn; notes that sound when the length is reached end there. */
export async function* growth(walk, { bars = null, steps = null }) {
  const target = new Target(bars, walk.engine.model.tpq);
  const cut = new Cutter();
  target.hear(walk.events);
  walk.mayEnd = target.tick === null;
  yield cut.at(walk.events, null);
  let silent = 0;
  for (let drawn = 0; drawn < (steps ?? LONGEST) && !walk.reader.done; drawn += 1) {
    const events = await walk.advance();
    target.hear(events);
    if (target.tick !== null) {
      silent = events.length ? 0 : silent + 1;
      if (events.some(({ kind, tick }) => kind === "on" && tick >= target.tick)) {
        walk.steps.pop();
        yield cut.at(events, target.tick);
        break;
      }
      if (silent % SILENT === SILENT - 1 && reached(walk.reader) >= target.tick) break;
    }
    yield cut.at(events, target.tick);
  }
  yield cut.at(walk.reader.finish(), target.tick);
}

/** The tick at which the music heard so far stops, without disturbing `reader`. */
const reached = (reader) => Math.max(0, ...copied(reader).finish().map(({ tick }) => tick));

/** A copy, whatever it holds; what is frozen is shared. */
function copied(one) {
  if (typeof one !== "object" || one === null || Object.isFrozen(one)) return one;
  if (one instanceof Map) return new Map([...one].map(([key, value]) => [key, copied(value)]));
  if (one instanceof Set) return new Set(one);
  if (Array.isArray(one)) return one.map(copied);
  const other = Object.create(Object.getPrototypeOf(one));
  for (const [key, value] of Object.entries(one)) other[key] = copied(value);
  return other;
}

/** Events as far as they belong to the piece: nothing begins at tick `end`, what sounds stops there. */
class Cutter {
  constructor() {
    this.sounding = new Map();
  }

  at(events, end) {
    return events.flatMap((one) => {
      const late = end !== null && one.tick >= end;
      const key = `${one.track} ${one.number}`;
      const many = this.sounding.get(key) ?? 0;
      if (one.kind === "on" && !late) this.sounding.set(key, many + 1);
      else if (one.kind === "off") {
        if (!many) return [];
        this.sounding.set(key, many - 1);
      } else if (late && one.kind !== "end") return [];
      return [late ? { ...one, tick: end } : one];
    });
  }
}
