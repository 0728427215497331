// Playing a prompt in, on the computer's keys or a MIDI keyboard: what is played becomes note names, to be edited.

import { Keyboard } from "./keyboard.js";
import { sound, sprite } from "./sprites.js";

const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const SIXTEENTH = 125; // milliseconds, at 120 quarters a minute
const LONGEST = 64; // sixteenths
const PIANO = 0;

/** Sixteenths of a whole note as the part after a note's colon: 4 is 1/4. */
function length(milliseconds) {
  const count = Math.max(1, Math.min(LONGEST, Math.round(milliseconds / SIXTEENTH)));
  const divisor = count % 4 === 0 ? 4 : count % 2 === 0 ? 2 : 1;
  return `${count / divisor}/${16 / divisor}`;
}

/** The name of a MIDI pitch: 60 is C4. */
export const named = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

export class PlayIn {
  /** `written(word)` is called for each note and rest, as they end. */
  constructor(player, written) {
    Object.assign(this, { player, written, down: new Map(), last: null });
    this.keyboard = new Keyboard((pitch, velocity) => this.press(pitch, velocity), (pitch) => this.release(pitch));
  }

  get on() {
    return this.keyboard.on;
  }

  /** Begins to listen; the names of MIDI keyboards that are heard as well. */
  async start() {
    this.last = null;
    this.player.open();
    await this.player.context.resume();
    this.piano = await sprite(this.player.context, PIANO);
    return this.keyboard.start();
  }

  stop() {
    this.keyboard.stop();
  }

  press(pitch, velocity) {
    const now = performance.now();
    if (this.last !== null && now - this.last > 1.5 * SIXTEENTH) this.written(`R:${length(now - this.last)}`);
    this.last = null;
    const { context, out } = this.player;
    this.down.set(pitch, [now, sound(context, out, this.piano, [0, 8, pitch, velocity, 0], context.currentTime)]);
  }

  release(pitch) {
    const now = performance.now();
    const [begun, end] = this.down.get(pitch);
    this.down.delete(pitch);
    end(this.player.context.currentTime);
    this.written(`${named(pitch)}:${length(now - begun)}`);
    this.last = now;
  }
}
