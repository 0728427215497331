// Readers of steps that are frames of time: chorales of four voices, and piano rolls.

import { allBut, BEGIN, END, event, StepReader } from "./reader.js";

/** Sixteenths of four voices. A hold is allowed only of a note that sounds. */
export class ChoraleReader extends StepReader {
  constructor({ sizes, tables }) {
    super(sizes);
    Object.assign(this, tables, { tick: 0, pitches: [-1, -1, -1, -1] });
  }

  may(chosen) {
    const voice = chosen.length;
    const unwanted = voice ? [] : this.started ? [BEGIN] : [BEGIN, END];
    if (this.holds && this.pitches[voice] < 0) unwanted.push((voice ? 0 : 2) + 1);
    return allBut(this.sizes[voice], unwanted);
  }

  read(step) {
    const values = [step[0] - 2, ...step.slice(1)];
    const held = (value, voice) => this.holds && value === 1 && this.pitches[voice] !== undefined;
    const wanted = values.map((value, voice) => {
      if (held(value, voice)) return this.pitches[voice];
      return value >= this.first ? value - this.first + this.lowest : -1;
    });
    const struck = wanted.map((now, voice) => now >= 0 && (now !== this.pitches[voice] || (this.holds && values[voice] !== 1)));
    const events = [];
    this.pitches.forEach((old, voice) => {
      if (old >= 0 && (struck[voice] || wanted[voice] < 0)) events.push(event(this.tick, "off", voice, old));
    });
    wanted.forEach((now, voice) => struck[voice] && events.push(event(this.tick, "on", voice, now, 80)));
    this.pitches = wanted;
    this.tick += this.cell;
    return events;
  }

  close() {
    const ends = this.pitches.flatMap((pitch, voice) => (pitch >= 0 ? [event(this.tick, "off", voice, pitch)] : []));
    return this.started ? [...ends, event(this.tick, "end")] : ends;
  }
}

/** Frames of 88 keys, down or up. */
export class RollReader extends StepReader {
  constructor({ sizes, tables }) {
    super(sizes);
    Object.assign(this, tables, { tick: 0, down: [] });
  }

  may(chosen) {
    if (chosen.length) return allBut(2, []);
    return allBut(4, this.started ? [BEGIN] : [BEGIN, END]);
  }

  read(step) {
    const down = step.flatMap((value, key) => (value - (key ? 0 : 2) === 1 ? [key] : []));
    const gone = this.down.filter((key) => !down.includes(key)).map((key) => event(this.tick, "off", 0, this.lowest + key));
    const come = down.filter((key) => !this.down.includes(key)).map((key) => event(this.tick, "on", 0, this.lowest + key, 80));
    this.down = down;
    this.tick += this.frame;
    return [...gone, ...come];
  }

  close() {
    const ends = this.down.map((key) => event(this.tick, "off", 0, this.lowest + key));
    return this.started ? [...ends, event(this.tick, "end")] : ends;
  }
}
