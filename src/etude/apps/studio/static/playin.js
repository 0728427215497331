// Playing a prompt in, on the computer's keys or a MIDI keyboard: what is played becomes note names, to be edited.

import { sound, sprite } from "./sprites.js";

const KEYS = "awsedftgyhujkolp"; // like the keys of a piano, from middle C
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
    Object.assign(this, { player, written, down: new Map(), last: null, on: false });
    this.press = (event) => this.key(event, true);
    this.release = (event) => this.key(event, false);
  }

  /** Begins to listen; the names of MIDI keyboards that are heard as well. */
  async start() {
    Object.assign(this, { on: true, last: null });
    this.player.open();
    await this.player.context.resume();
    this.piano = await sprite(this.player.context, PIANO);
    addEventListener("keydown", this.press, true);
    addEventListener("keyup", this.release, true);
    const access = await navigator.requestMIDIAccess?.().catch(() => null);
    this.inputs = this.on ? [...(access?.inputs.values() ?? [])] : [];
    for (const input of this.inputs) input.onmidimessage = (message) => this.midi(message.data);
    return this.inputs.map((input) => input.name);
  }

  stop() {
    this.on = false;
    removeEventListener("keydown", this.press, true);
    removeEventListener("keyup", this.release, true);
    for (const input of this.inputs ?? []) input.onmidimessage = null;
    for (const pitch of [...this.down.keys()]) this.note(pitch, false);
  }

  key(event, pressed) {
    const place = KEYS.indexOf(event.key.toLowerCase());
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) this.note(60 + place, pressed);
  }

  midi([status, pitch, velocity]) {
    const kind = status & 0xf0;
    if (kind === 0x90 || kind === 0x80) this.note(pitch, kind === 0x90 && velocity > 0);
  }

  note(pitch, pressed) {
    const now = performance.now();
    if (pressed) {
      if (this.last !== null && now - this.last > 1.5 * SIXTEENTH) this.written(`R:${length(now - this.last)}`);
      this.last = null;
      const { context, out } = this.player;
      const end = sound(context, out, this.piano, [0, 8, pitch, 90, 0], context.currentTime);
      this.down.set(pitch, [now, end]);
    } else if (this.down.has(pitch)) {
      const [begun, end] = this.down.get(pitch);
      this.down.delete(pitch);
      end(this.player.context.currentTime);
      this.written(`${named(pitch)}:${length(now - begun)}`);
      this.last = now;
    }
  }
}
