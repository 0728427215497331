// One transport for all pieces: notes are put on the audio clock a little ahead, so that they sound to the sample.

import { barAt, end } from "./roll.js";
import { instrument, sound, sprite } from "./sprites.js";
import { unfinished } from "./pieces.js";

const WAKE = 25; // milliseconds between two looks
const AHEAD = 0.15; // seconds put on the audio clock at each look
const BEHIND = 0.4; // seconds the head stays behind what is being written
const RUNUP = 0.06; // seconds from a press to the first sample

export class Player {
  constructor() {
    Object.assign(this, { piece: null, state: "still", at: 0, loop: null, level: 0.25, wishes: 0, midi: null });
    this.watchers = new Set();
    this.voices = new Map(); // key of a note -> how to end it
    this.bank = new Map();
  }

  /** Calls `hear()` when what plays, or whether it plays, has changed. */
  watch(hear) {
    this.watchers.add(hear);
    return () => this.watchers.delete(hear);
  }

  changed(state = this.state) {
    this.state = state;
    for (const hear of this.watchers) hear();
  }

  open() {
    if (this.context) return;
    this.context = new AudioContext();
    this.out = this.context.createGain();
    this.out.gain.value = this.level;
    this.analyser = this.context.createAnalyser();
    this.out.connect(this.analyser).connect(this.context.destination);
  }

  /** Seconds of the piece that have been heard. */
  get position() {
    return this.state === "playing" ? Math.max(this.from, this.context.currentTime - this.zero) : this.at;
  }

  get volume() {
    return this.level;
  }

  set volume(level) {
    this.level = level;
    this.out?.gain.setTargetAtTime(level, this.context.currentTime, 0.02);
  }

  /** The loudness (root mean square, full scale 1) that leaves the page now. */
  get loudness() {
    if (!this.analyser) return 0;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  }

  async play(piece = this.piece, at = piece === this.piece ? this.at : 0) {
    if (!piece) return;
    this.open();
    const wish = ++this.wishes;
    this.quiet();
    Object.assign(this, { piece, at });
    this.changed("loading");
    try {
      await Promise.all([this.context.resume(), this.prepare(piece)]);
    } catch (error) {
      if (wish === this.wishes) this.changed("still");
      throw error;
    }
    if (wish === this.wishes) this.begin(this.at);
  }

  async prepare(piece) {
    const wanted = new Set((piece.tracks?.length ? piece.tracks : [{}]).map(instrument));
    await Promise.all([...wanted].map(async (one) => this.bank.set(one, await sprite(this.context, one))));
  }

  begin(at) {
    this.from = at;
    this.zero = this.context.currentTime + RUNUP - at;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.look(), WAKE);
    this.changed("playing");
    this.look();
  }

  look() {
    if (this.state === "waiting") return this.resumeWhenWritten();
    if (this.state !== "playing") return undefined;
    const now = this.context.currentTime - this.zero;
    const stop = this.loop ? this.loop[1] : (this.piece.seconds ?? end(this.piece)) + 0.3;
    if (unfinished(this.piece) && now > end(this.piece) - BEHIND) return this.wait(now);
    if (!unfinished(this.piece) && now >= stop) return this.loop ? this.seek(this.loop[0]) : this.rest();
    for (const note of this.piece.notes) {
      if (note[0] > now + AHEAD) break;
      if (note[1] > now && !this.voices.has(key(note)) && (note[0] >= this.from - 0.001 || note[1] > this.from + 0.05)) this.strike(note);
    }
    return undefined;
  }

  strike(note) {
    if (this.midi) {
      const at = performance.now() + (this.zero - this.context.currentTime) * 1000; // of the piece's first second
      const track = this.piece.tracks?.[note[4]];
      const begun = at + Math.max(note[0], this.from) * 1000;
      this.voices.set(key(note), this.midi.strike(note, track, Math.max(performance.now(), begun), at + note[1] * 1000));
      return;
    }
    const from = this.bank.get(instrument(this.piece.tracks?.[note[4]])) ?? this.bank.values().next().value;
    const now = this.context.currentTime;
    const when = Math.max(now, this.zero + Math.max(note[0], this.from));
    this.voices.set(key(note), sound(this.context, this.out, from, note, when, Math.max(0, when - this.zero - note[0])));
  }

  wait(now) {
    this.at = Math.max(this.from, now);
    this.changed("waiting");
  }

  resumeWhenWritten() {
    if (!unfinished(this.piece) || end(this.piece) - this.at > 1.5 * BEHIND) this.begin(this.at);
  }

  quiet() {
    clearInterval(this.timer);
    for (const stop of this.voices.values()) stop(this.context.currentTime);
    this.voices = new Map();
    this.midi?.silence(2000 * AHEAD);
  }

  pause() {
    this.wishes += 1;
    this.at = this.position;
    if (this.context) this.quiet();
    this.changed("still");
  }

  rest() {
    this.pause();
    this.at = 0;
    this.changed("still");
  }

  toggle() {
    return this.state === "still" ? this.play() : this.pause();
  }

  seek(second) {
    const playing = this.state !== "still";
    const at = Math.max(0, Math.min(second, this.piece?.seconds ?? second));
    if (playing) this.quiet();
    this.at = at;
    if (playing) this.begin(at);
    else this.changed();
  }

  /** Plays or shows another piece from the same place in the same bar. */
  async change(piece) {
    if (piece === this.piece) return;
    const at = this.piece ? sameBar(this.piece, piece, this.position) : 0;
    this.loop = null;
    if (this.state === "still") {
      Object.assign(this, { piece, at });
      this.changed();
      return;
    }
    await this.prepare(piece);
    this.wishes += 1;
    this.quiet();
    this.piece = piece;
    this.begin(at);
  }
}

/** The same for a note that grew and for the one in its place when the piece is whole. */
const key = ([start, , pitch, , track]) => `${Math.round(start * 100)}-${pitch}-${track}`;

/** The second of `to` that is as far into its bar as `second` is in that of `from`. */
export function sameBar(from, to, second) {
  const bar = barAt(from, second);
  if (!(from.bars?.length > 1) || !(to.bars?.length > bar + 1)) return Math.min(second, to.seconds ?? second);
  const share = (second - from.bars[bar]) / (from.bars[bar + 1] - from.bars[bar]);
  return to.bars[bar] + Math.max(0, Math.min(share, 1)) * (to.bars[bar + 1] - to.bars[bar]);
}
