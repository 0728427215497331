// The reader of arranged music: parts, then bar by bar meter, tempo and notes at positions.

import { among, BEGIN, between, END, event, Sounding, StepReader } from "./reader.js";

const [PART, TEMPO, BAR, FIRST] = [2, 3, 4, 5]; // kinds, then positions
const PROGRAM = 129; // the controller that says an instrument, as in etude.score
const before = ([a, b], [c, d]) => a < c || (a === c && b <= d);

export class EventsReader extends StepReader {
  constructor({ sizes, tables }) {
    super(sizes);
    Object.assign(this, tables, { parts: [], meter: -1, bar: 0, length: 0, due: false, heard: false });
    Object.assign(this, { last: [-1, -1, -1], sounding: new Sounding() });
    this.known = this.lengths.flatMap((length, at) => (length ? [this.meters + at] : []));
  }

  /** The tracks that the steps named so far. */
  get tracks() {
    return this.parts;
  }

  may(chosen) {
    const field = chosen.length;
    if (!field) return this.kinds();
    const kind = Math.max(chosen[0], PART);
    if (kind >= FIRST) return this.ofNote(chosen);
    if (field === 1) {
      if (kind === PART) return between(this.sizes[1], this.programs, this.voices);
      return kind === BAR ? among(this.sizes[1], this.known) : between(this.sizes[1], this.tempos, this.sizes[1]);
    }
    if (field === 3 && kind === BAR && this.meter < 0) return between(this.sizes[3], 0, Math.max(1, this.upbeats(chosen[1])));
    return among(this.sizes[field], [0]);
  }

  upbeats(what) {
    const length = this.lengths[this.meterOf(what)] || 1;
    return 1 + this.durations.filter((ticks) => ticks < length).length;
  }

  meterOf(what) {
    const at = what - this.meters;
    return at >= 0 && at < this.lengths.length ? at : 0;
  }

  kinds() {
    if (!this.parts.length) return among(this.sizes[0], [PART]);
    const [position, part, pitch] = this.last;
    const full = part === this.parts.length - 1 && pitch === 127;
    const first = this.meter >= 0 ? Math.max(0, position + full) : 0;
    const mask = between(this.sizes[0], FIRST + first, FIRST + this.length);
    mask[PART] = Number(this.meter < 0 && this.parts.length < this.most);
    mask[TEMPO] = Number(this.due);
    mask[BAR] = 1;
    mask[END] = Number(this.heard);
    mask[BEGIN] = 0;
    return mask;
  }

  ofNote(chosen) {
    const field = chosen.length;
    const [position, part, pitch] = this.last;
    const again = chosen[0] - FIRST === position;
    if (field === 1) {
      const lowest = Math.min(again ? part + (pitch === 127) : 0, Math.max(0, this.parts.length - 1));
      return between(this.sizes[1], this.voices + lowest, this.voices + Math.max(1, this.parts.length));
    }
    if (field === 2) {
      const same = again && chosen[1] - this.voices === part && pitch < 127;
      return between(this.sizes[2], same ? 2 + pitch : 1, this.sizes[2]);
    }
    return between(this.sizes[field], 1, this.sizes[field]);
  }

  read([kind, what, pitch, duration, velocity]) {
    if (kind === PART) return this.newPart(Math.min(Math.max(what - this.programs, 0), this.drums));
    if (kind === BAR) return this.newBar(this.meterOf(what), duration);
    if (kind === TEMPO) {
      this.due = false;
      const at = Math.min(Math.max(what - this.tempos, 0), this.microseconds.length - 1);
      return this.last[0] < 0 ? [event(this.bar, "tempo", 0, this.microseconds[at])] : [];
    }
    return this.note(kind - FIRST, what - this.voices, Math.max(pitch - 1, 0), duration, velocity);
  }

  newPart(program) {
    if (this.meter >= 0 || this.parts.length === this.most) return [];
    const drums = program === this.drums;
    const name = drums ? "drums" : `part ${this.parts.length + 1}`;
    this.parts = [...this.parts, { name, program: drums ? 0 : program, drums }];
    return drums ? [] : [event(0, "control", this.parts.length - 1, PROGRAM, program)];
  }

  newBar(named, upbeat) {
    const events = this.parts.length ? [] : this.newPart(0);
    const meter = this.lengths[named] ? named : 0;
    this.bar += this.length;
    events.push(...this.sounding.until(this.bar));
    const [top, bottom] = this.signatures[meter];
    if (meter !== this.meter) events.push(event(this.bar, "meter", 0, top, bottom));
    this.length = this.lengths[meter];
    if (this.meter < 0 && upbeat && this.durations[upbeat - 1] < this.length) {
      this.length = this.durations[upbeat - 1];
      events.push(event(0, "mark", 0, 0, 0, `pickup:${this.length}`));
    }
    Object.assign(this, { meter, last: [-1, -1, -1], due: true });
    return events;
  }

  note(at, voice, pitch, duration, velocity) {
    const events = this.meter < 0 ? this.newBar(0, 0) : [];
    const position = Math.min(Math.max(at, this.last[0]), this.length - 1);
    const part = Math.min(Math.max(voice, 0), this.parts.length - 1);
    if (position === this.last[0] && before([part, pitch], this.last.slice(1))) return events;
    Object.assign(this, { last: [position, part, pitch], due: false, heard: true });
    const tick = this.bar + position;
    events.push(...this.sounding.until(tick));
    const on = event(tick, "on", part, pitch, this.velocities[Math.max(velocity - 1, 0)]);
    return [...events, ...this.sounding.start(on, tick + this.durations[Math.max(duration - 1, 0)])];
  }

  close() {
    const end = this.bar + this.length;
    return [...this.sounding.until(end), event(end, "end"), ...this.sounding.until(Infinity)];
  }
}
