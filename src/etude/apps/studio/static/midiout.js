// Notes into a MIDI port of this computer, time-stamped, in place of the page's own sound; nothing is left sounding.

import { h } from "./dom.js";

const ON = 0x90;
const OFF = 0x80;
const CONTROL = 0xb0;
const PROGRAM = 0xc0;
const DRUMS = 9; // the channel of drums, from 0
const OWN = "this page";
const SILENCE = [[64, 0], [123, 0], [120, 0]]; // pedal up, all notes off, all sound off

export class MidiOut {
  constructor(port) {
    Object.assign(this, { port, used: new Set(), programs: new Map() });
  }

  /** The channel of a track: drums have their own. */
  static channel(track, index) {
    if (track?.drums) return DRUMS;
    return index % 15 < DRUMS ? index % 15 : (index % 15) + 1;
  }

  /** Sounds a note from `when` to `until`, milliseconds of the page's clock. Returns how to end it. */
  strike(note, track, when, until) {
    const [, , pitch, velocity, index] = note;
    const channel = MidiOut.channel(track, index);
    if (!track?.drums && this.programs.get(channel) !== track?.program) {
      this.programs.set(channel, track?.program);
      this.port.send([PROGRAM | channel, track?.program ?? 0], when);
    }
    this.used.add(channel);
    this.port.send([ON | channel, pitch, Math.max(1, velocity)], when);
    this.port.send([OFF | channel, pitch, 0], Math.max(until, when + 10));
    return () => {
      const now = performance.now();
      const last = now < when ? when + 1 : now; // one that is on its way is ended behind its start
      if (now < until) this.port.send([OFF | channel, pitch, 0], last);
    };
  }

  /** Silences every channel that was used, now and again behind whatever is on its way. */
  silence(ahead) {
    for (const later of [0, ahead]) {
      for (const channel of this.used) {
        for (const [number, value] of SILENCE) this.port.send([CONTROL | channel, number, value], performance.now() + later);
      }
    }
  }
}

/** A choice of where the sound goes; the ports are asked for when it is opened first. */
export function choice(player) {
  const select = h("select", { id: "sound" }, h("option", { value: "" }, OWN));
  const ask = async () => {
    select.removeEventListener("pointerdown", ask);
    select.removeEventListener("focus", ask);
    const access = await navigator.requestMIDIAccess?.().catch(() => null);
    for (const port of access?.outputs.values() ?? []) select.append(h("option", { value: port.id }, port.name));
    if (select.options.length === 1) select.append(h("option", { disabled: true }, "no MIDI port here"));
    select.ports = access?.outputs;
  };
  select.addEventListener("pointerdown", ask);
  select.addEventListener("focus", ask);
  select.addEventListener("change", () => {
    player.pause();
    player.midi = select.value ? new MidiOut(select.ports.get(select.value)) : null;
  });
  addEventListener("pagehide", () => player.pause());
  return h("label", { class: "volume sound", for: "sound" }, "Sound", select);
}
