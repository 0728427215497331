// The computer's keys as the keys of a piano, and MIDI keyboards beside them.

export const KEYS = "awsedftgyhujkolp"; // like the keys of a piano, from middle C
const LOUD = 90; // MIDI velocity of a computer's key
const MIDDLE = 60; // C4

export class Keyboard {
  /** `down(pitch, velocity)` and `up(pitch)` are called for each key, whichever keyboard it is on. */
  constructor(down, up) {
    Object.assign(this, { down, up, held: new Set(), inputs: [], on: false });
    this.press = (event) => this.key(event, true);
    this.release = (event) => this.key(event, false);
  }

  /** Begins to listen; the names of MIDI keyboards that are heard as well. */
  async start() {
    this.on = true;
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
    for (const input of this.inputs) input.onmidimessage = null;
    for (const pitch of [...this.held]) this.note(pitch, 0);
  }

  key(event, pressed) {
    const place = KEYS.indexOf(event.key.toLowerCase());
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) this.note(MIDDLE + place, pressed ? LOUD : 0);
  }

  midi([status, pitch, velocity]) {
    const kind = status & 0xf0;
    if (kind === 0x90 || kind === 0x80) this.note(pitch, kind === 0x90 ? velocity : 0);
  }

  /** A key goes down; with velocity 0 it goes up. What is down already is not struck again. */
  note(pitch, velocity = LOUD) {
    if (velocity && !this.held.has(pitch)) {
      this.held.add(pitch);
      this.down(pitch, velocity);
    } else if (!velocity && this.held.delete(pitch)) this.up(pitch);
  }
}
