// Readers of steps that are notes or key events: letters, notes with their times, performances.

import { allBut, BEGIN, between, END, event, Sounding, StepReader } from "./reader.js";

/** Twelve pitch classes and a rest: no rest after a rest, no empty piece. */
export class LettersReader extends StepReader {
  constructor({ sizes, tables }) {
    super(sizes);
    Object.assign(this, tables, { tick: 0, sounding: -1, resting: false, heard: false });
  }

  may() {
    return allBut(15, [BEGIN, ...(this.heard ? [] : [END]), ...(this.resting ? [this.rest] : [])]);
  }

  read(step) {
    const events = this.sounding >= 0 ? [event(this.tick, "off", 0, this.sounding)] : [];
    this.resting = step[0] === this.rest;
    this.sounding = this.resting ? -1 : this.lowest + step[0] - 2;
    if (!this.resting) {
      this.heard = true;
      events.push(event(this.tick, "on", 0, this.sounding, 80));
    }
    this.tick += this.length;
    return events;
  }

  close() {
    const ends = this.sounding >= 0 ? [event(this.tick, "off", 0, this.sounding)] : [];
    return this.resting ? [...ends, event(this.tick, "end")] : ends;
  }
}

/** Notes of pitch, wait, duration and loudness; those of one onset in rising pitch. */
export class NotesReader extends StepReader {
  constructor({ sizes, tables }) {
    super(sizes);
    Object.assign(this, tables, { heard: false, tick: 0, last: -1, sounding: new Sounding() });
  }

  may(chosen) {
    if (!chosen.length) return between(this.sizes[0], this.heard ? 1 : 2, this.sizes[0]);
    const later = chosen.length === 1 && (chosen[0] - 2 <= this.last || (this.melody && this.heard));
    return allBut(this.sizes[chosen.length], later ? [0] : []);
  }

  read([value, wait, duration, loudness]) {
    this.heard = true;
    const pitch = value - 2;
    const waited = this.waits[wait];
    this.tick += waited;
    this.last = waited ? pitch : Math.max(pitch, this.last);
    const ended = this.sounding.until(this.tick);
    const on = event(this.tick, "on", 0, pitch, this.velocities[loudness]);
    return [...ended, ...this.sounding.start(on, this.tick + this.durations[duration])];
  }

  close() {
    return this.sounding.until(Infinity);
  }
}

/** Keys down, keys up, time that passes, loudness that changes; in the one order an encoder writes them in. */
export class PerformanceReader extends StepReader {
  constructor({ sizes, tables }) {
    super(sizes);
    Object.assign(this, tables, { tick: 0, velocity: -1, last: BEGIN, raised: -1, lowered: -1 });
    this.since = new Array(128).fill(-1);
  }

  may() {
    const mask = new Uint8Array(this.sizes[0]);
    const downs = this.mayGoDown();
    const named = this.last >= this.loud;
    if (this.velocity >= 0) mask.set(downs, this.down);
    if (!named && downs.includes(1)) {
      mask.fill(1, this.loud);
      if (this.velocity >= 0) mask[this.loud + this.velocity] = 0;
    }
    if (!named) this.goOn(mask);
    return mask.includes(1) ? mask : between(this.sizes[0], this.shift, this.loud);
  }

  goOn(mask) {
    if (this.lowered < 0) {
      this.since.forEach((since, key) => (mask[this.up + key] = since >= 0 && since < this.tick && key > this.raised ? 1 : 0));
    }
    const shifted = this.shift <= this.last && this.last < this.loud;
    if (!shifted || this.last === this.loud - 1) mask.fill(1, this.shift, this.loud);
    mask[END] = this.raised >= 0 && this.since.every((since) => since < 0) ? 1 : 0;
  }

  mayGoDown() {
    const silent = this.since.every((since) => since < 0);
    if (this.melody && !silent) return new Uint8Array(128);
    return Uint8Array.from(this.since, (since, key) => (since < 0 && key > this.lowered ? 1 : 0));
  }

  read([value]) {
    this.last = value;
    if (value >= this.loud) this.velocity = value - this.loud;
    else if (value >= this.shift) {
      this.tick += value - this.shift + 1;
      this.raised = this.lowered = -1;
    } else if (value >= this.up) return this.goesUp(value - this.up);
    else return this.goesDown(value - this.down);
    return [];
  }

  goesUp(pitch) {
    if (this.since[pitch] < 0 || this.since[pitch] >= this.tick) return [];
    this.raised = Math.max(pitch, this.raised);
    this.since[pitch] = -1;
    return [event(this.tick, "off", 0, pitch)];
  }

  goesDown(pitch) {
    if (this.since[pitch] === this.tick) return [];
    const cut = this.since[pitch] >= 0 ? [event(this.tick, "off", 0, pitch)] : [];
    this.lowered = Math.max(pitch, this.lowered);
    this.since[pitch] = this.tick;
    return [...cut, event(this.tick, "on", 0, pitch, this.velocities[this.velocity >= 0 ? this.velocity : 16])];
  }

  close() {
    const ends = [];
    for (const fresh of [0, 1]) {
      this.since.forEach((since, pitch) => {
        if (since >= 0 && Number(since === this.tick) === fresh) ends.push(event(this.tick + fresh, "off", 0, pitch));
      });
    }
    this.since.fill(-1);
    return ends;
  }
}

