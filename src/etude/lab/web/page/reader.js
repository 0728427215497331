// What the readers share. A reader is one automaton that is decoder, grammar and stream of timed events at once:
// allowed(chosen) says what the next field may be, feed(step) and finish() give events in time order.

export const BEGIN = 0;
export const END = 1;

/** An event: at `tick` a note goes on or off, or something of `kind` is the case from there. */
export const event = (tick, kind, track = 0, number = 0, value = 0, text = "") => ({ tick, kind, track, number, value, text });

/** Of `size` values those in `values` alone; or all but those. */
export function among(size, values) {
  const mask = new Uint8Array(size);
  for (const one of values) mask[one] = 1;
  return mask;
}

export function allBut(size, values) {
  const mask = new Uint8Array(size).fill(1);
  for (const one of values) mask[one] = 0;
  return mask;
}

/** Of `size` values those in [start, stop). */
export const between = (size, start, stop) => new Uint8Array(size).fill(1, start, stop > start ? stop : start);

/** Begin and end steps, and integers out of range, are the same for every encoding. */
export class StepReader {
  constructor(sizes) {
    Object.assign(this, { sizes, started: false, done: false });
  }

  allowed(chosen = []) {
    const field = chosen.length;
    if (field && (chosen[0] === BEGIN || chosen[0] === END)) return among(this.sizes[field], [0]);
    if (this.done) return among(this.sizes[field], [field ? 0 : END]);
    return this.may(chosen);
  }

  feed(step) {
    if (this.done || step[0] === BEGIN) return [];
    if (step[0] === END) {
      this.done = true;
      return [];
    }
    this.started = true;
    const inside = step.map((value, at) => Math.min(Math.max(value, 0), this.sizes[at] - 1));
    inside[0] = Math.max(inside[0], END + 1);
    return this.read(inside);
  }

  finish() {
    return this.close();
  }
}

/** Notes that were begun and wait for their end. A key struck again while it sounds ends the note before. */
export class Sounding {
  constructor() {
    this.ends = new Map(); // "track pitch" -> [tick, track, pitch]
  }

  start(on, end) {
    const key = `${on.track} ${on.number}`;
    const cut = this.ends.has(key) ? [event(on.tick, "off", on.track, on.number)] : [];
    this.ends.set(key, [end, on.track, on.number]);
    return [...cut, on];
  }

  until(tick) {
    const over = [...this.ends].filter(([, [end]]) => end <= tick);
    over.sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    for (const [key] of over) this.ends.delete(key);
    return over.map(([, [end, track, pitch]]) => event(end, "off", track, pitch));
  }
}
