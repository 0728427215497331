// The reader of tunes written as ABC tokens, as etude.encodings.abc.reader; bars and sections are in form.js.

import { Bars, FIRST, Form, NO_ENDING, SECOND, SECOND_DUE } from "./form.js";
import { among, END, event, StepReader } from "./reader.js";

const [IN_BAR, AFTER_LINE, AFTER_ENDING, AFTER_KEY, AFTER_METER] = [0, 1, 2, 3, 4];
const UPBEAT = 4; // the last header symbol
const MARKS = {
  "||": ["barline:||"],
  ":|": ["repeat_end:2"],
  "|:": ["repeat_start"],
  "::": ["repeat_end:2", "repeat_start"],
};

/** The ticks that `written` ticks of a tuplet take, rounded to the nearest. */
const sounding = (written, [p, q]) => Math.floor((2 * written * q + p) / (2 * p));

/** What the tables say, looked up by kind. Made once for all readers of a model. */
export class Vocabulary {
  constructor(tables) {
    Object.assign(this, tables);
    this.size = this.symbols.length;
    this.values = {};
    this.symbols.forEach(([kind], value) => (this.values[kind] ??= []).push(value));
    const named = (kind) => new Map(this.values[kind].map((value) => [String(this.symbols[value][1]), value]));
    [this.line, this.ending, this.meterOf] = ["line", "ending", "meter"].map(named);
    this.durations = this.values.duration.map((value) => this.symbols[value][1]);
    this.tuplets = this.values.tuplet.map((value) => this.symbols[value][1]);
    this.lowest = this.symbols[this.values.pitch[0]][1];
    this.inside = new Map();
  }

  /** Where in the written time of a tuplet, in grains, a note may end, the rest being fillable. */
  cuts(tuplet) {
    const key = String(tuplet);
    if (!this.inside.has(key)) this.inside.set(key, this.findCuts(tuplet));
    return this.inside.get(key);
  }

  findCuts([p, q, unit]) {
    const size = Math.floor((p * unit) / this.grain);
    const good = new Array(size + 1).fill(false);
    good[size] = true;
    for (let at = size - 1; at >= 0; at -= 1) {
      const off = at === 0 || sounding(at * this.grain, [p, q]) % this.grain !== 0;
      good[at] = off && this.durations.some((one) => good[at + Math.floor(one / this.grain)] === true);
    }
    return good;
  }
}

export class TuneReader extends StepReader {
  constructor({ sizes, vocabulary }) {
    super(sizes);
    const { chords, complete } = vocabulary;
    Object.assign(this, { v: vocabulary, chords, header: 0, rhythm: "", meter: [4, 4] });
    Object.assign(this, { bars: new Bars(complete), form: new Form(vocabulary.most), silent: complete });
    Object.assign(this, { tick: 0, duration: 240, fresh: false, chord: [], lowest: 128, also: false, tuplet: null });
    Object.assign(this, { tupletStart: 0, written: 0, between: IN_BAR, resting: false, tickBefore: 0 });
    this.form.longest = vocabulary.longest; // no ending that is drawn has more bars
  }

  // ---- the mask

  may() {
    const { v } = this;
    if (this.header < v.header.length) return this.headerMask();
    if (this.also) return among(v.size, v.values.pitch.slice(0, Math.max(1, Math.min(this.lowest, v.highest + 1) - v.lowest)));
    if (this.form.ending === SECOND_DUE) return among(v.size, [v.ending.get("2")]);
    if (this.bars.elapsed === 0 && this.atTheEnd()) return among(v.size, [END]);
    const mask = new Uint8Array(v.size);
    this.allowContent(mask);
    if (!this.fresh && !this.tuplet) {
      if (this.between === IN_BAR || this.between === AFTER_LINE) this.allowLines(mask);
      this.allowBetween(mask);
    }
    return mask.includes(1) ? mask : among(v.size, [END, v.line.get("|")]);
  }

  headerMask() {
    const { v } = this;
    const values = v.values[v.header[this.header]];
    return among(v.size, this.header === UPBEAT ? values.filter((one) => v.symbols[one][1] < this.bars.full) : values);
  }

  /** Whether a repeat sign has just closed the last section that was announced. */
  atTheEnd() {
    return this.started && this.form.complete() && this.form.parts < this.v.most;
  }

  /** Whether a note of so many ticks fits into what is left of the tuplet or the bar. */
  fits(ticks) {
    if (this.tuplet) return this.v.cuts(this.tuplet)[Math.floor((this.written + ticks) / this.v.grain)] === true;
    return ticks <= Math.floor(Math.max(this.bars.left, 0) / this.v.grain) * this.v.grain;
  }

  allowContent(mask) {
    const { v } = this;
    const [rest, hold, also] = ["rest", "hold", "also"].map((kind) => v.values[kind][0]);
    if (this.fits(this.duration)) {
      for (const value of v.values.pitch) mask[value] = 1;
      mask[rest] = 1;
      mask[hold] = Number(this.chord.length > 0);
    }
    if (this.fresh) return;
    mask[also] = Number(this.chords && v.lowest < this.lowest && this.lowest < 128);
    v.values.duration.forEach((value, at) => (mask[value] = Number(v.durations[at] !== this.duration && this.fits(v.durations[at]))));
    if (this.tuplet) return;
    v.values.tuplet.forEach((value, at) => (mask[value] = Number(this.bars.left >= v.tuplets[at][1] * v.tuplets[at][2])));
  }

  allowLines(mask) {
    const { bars, form, v } = this;
    const closing = form.lastBar && bars.payable;
    mask[v.line.get("|")] = Number(bars.mayEndPlain() && !closing && (bars.left === 0 || !form.curbed));
    const cut = bars.mayBeCut() && !form.curbed;
    if ((cut || bars.mayEndAtSign(form.curbed)) && (!this.silent || bars.onlyUpbeat())) {
      for (const sign of Object.keys(MARKS)) mask[v.line.get(sign)] = Number(form.allows(sign, bars.onlyUpbeat(), cut));
    }
    const whole =
      bars.elapsed === 0
        ? form.complete() && this.between === AFTER_LINE && bars.afterSign && !bars.due && bars.settled()
        : bars.mayEndPiece() && form.completedByEnd() && !this.silent;
    mask[END] = Number(whole);
  }

  allowBetween(mask) {
    const { v } = this;
    mask[v.ending.get("1")] = Number(this.form.ending === NO_ENDING && this.endingFits());
    if (this.between === IN_BAR || this.bars.elapsed) return;
    if (this.between <= AFTER_ENDING) for (const value of v.values.key) mask[value] = 1;
    if (this.between <= AFTER_KEY && !this.bars.due && this.bars.settled()) {
      for (const value of v.values.meter) mask[value] = 1;
      mask[v.meterOf.get(String(this.meter))] = 0;
    }
  }

  /** Whether a first ending may begin here; it begins with a bar, and can be closed. */
  endingFits() {
    const { bars } = this;
    return this.between === AFTER_LINE && !bars.afterSign && !this.silent && bars.payable && this.form.hasRoom;
  }

  // ---- the events

  read([value]) {
    const { v } = this;
    const [kind, what] = v.symbols[value];
    if (v.header.includes(kind) && this.header < v.header.length) return this.readHeader(kind, what);
    this.header = v.header.length;
    if (["pitch", "rest", "hold"].includes(kind)) return this.readContent(kind, what);
    [this.lowest, this.also] = kind === "also" ? [this.lowest, true] : [128, false];
    if (kind === "duration") [this.duration, this.fresh] = [what, true];
    else if (kind === "tuplet") [this.tuplet, this.tupletStart, this.written] = [what, this.tick, 0];
    else if (["line", "ending", "key", "meter"].includes(kind)) return this.readBetween(kind, what);
    return [];
  }

  readHeader(kind, what) {
    this.header = this.v.header.indexOf(kind) + 1;
    if (kind === "rhythm" && what) {
      this.rhythm = what;
      return [event(0, "mark", 0, 0, 0, `words:${what}`)];
    }
    if (kind === "meter") {
      const tempo = this.v.tempoOfRhythm[this.rhythm] ?? this.v.tempoOfMeter[what.join("/")] ?? 120;
      return [event(0, "tempo", 0, Math.round(60e6 / tempo)), this.newMeter(what)];
    }
    if (kind === "key" && what !== null) return [event(0, "key", 0, ...what)];
    if (kind === "parts") this.form.parts = what;
    else if (kind === "upbeat") {
      this.bars.start(what);
      if (what) return [event(0, "mark", 0, 0, 0, `pickup:${what}`)];
    }
    return [];
  }

  newMeter(meter) {
    this.meter = meter;
    this.bars.full = (4 * this.v.tpq * meter[0]) / meter[1];
    return event(this.tick, "meter", 0, ...meter);
  }

  readContent(kind, pitch) {
    if (this.also && kind === "pitch" && this.lowest < 128) {
      this.also = false;
      if (pitch >= this.lowest) return [];
      this.lowest = pitch;
      this.chord.push(pitch);
      return [event(this.tickBefore, "on", 0, pitch, 80)];
    }
    const events = [];
    if (kind !== "hold") {
      events.push(...this.chord.map((one) => event(this.tick, "off", 0, one)));
      this.chord = [];
    }
    [this.lowest, this.also] = [128, false];
    if (kind === "pitch") {
      [this.lowest, this.chord, this.silent] = [pitch, [pitch], false];
      events.push(event(this.tick, "on", 0, pitch, 80));
    }
    this.resting = !this.chord.length;
    this.advance();
    return events;
  }

  /** Moves on by the duration that holds, inside the tuplet if there is one. */
  advance() {
    [this.tickBefore, this.fresh, this.between] = [this.tick, false, IN_BAR];
    if (this.tuplet) {
      const whole = this.tuplet[0] * this.tuplet[2];
      this.written = Math.min(this.written + this.duration, whole);
      this.tick = this.tupletStart + sounding(this.written, this.tuplet);
      this.tuplet = this.written < whole ? this.tuplet : null;
    } else this.tick += this.duration;
    this.bars.elapsed += this.tick - this.tickBefore;
  }

  /** Bar lines, endings, keys and meters. Those the mask would not let stand here are read all the same. */
  readBetween(kind, what) {
    [this.tuplet, this.fresh] = [null, false];
    if (kind === "line") {
      const events = this.newLine(what);
      this.between = AFTER_LINE;
      return events;
    }
    if (kind === "ending") {
      this.form.beginEnding(what);
      this.between = AFTER_ENDING;
      return [event(this.tick, "mark", 0, 0, 0, `ending:${what}`)];
    }
    if (kind === "key") {
      this.between = AFTER_KEY;
      return what === null ? [] : [event(this.tick, "key", 0, ...what)];
    }
    this.bars.elapsed = 0;
    this.between = AFTER_METER;
    return [this.newMeter(what)];
  }

  newLine(sign) {
    const { bars, form } = this;
    const mark = (text) => event(this.tick, "mark", 0, 0, 0, text);
    const events = bars.short && !bars.opening ? [mark("barline:|")] : [];
    if (sign !== "|") {
      if (form.ending === FIRST || form.ending === SECOND) events.push(mark("ending_end"));
      form.take(sign, bars.onlyUpbeat());
      events.push(...MARKS[sign].map(mark));
    } else form.nextBar();
    bars.line(sign !== "|");
    if (form.lastBar) bars.completeUpbeat();
    return events;
  }

  close() {
    const events = this.chord.map((pitch) => event(this.tick, "off", 0, pitch));
    if (this.form.ending === FIRST || this.form.ending === SECOND) events.push(event(this.tick, "mark", 0, 0, 0, "ending_end"));
    if (this.resting) events.push(event(this.tick, "end"));
    return events;
  }
}
