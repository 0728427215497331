// The other side of a jam: a WebSocket to the model's player, its notes put on the audio clock as they are timed.

import { instrument, sound, sprite } from "./sprites.js";

const LATE = 0.06; // seconds after a message was sent until it sounds: what the way here may take
const HELD = 30; // seconds a note lasts that nobody ends
const DRUMS = 9; // the channel of drums, from 0

export class Partner {
  /** `heard(note, on)` is told of each note {pitch, velocity, channel, at}; `state(words)` of what happens. */
  constructor(player, heard, state) {
    Object.assign(this, { player, heard, state, sounding: new Map(), programs: new Map(), bank: new Map(), offset: Infinity });
  }

  /** Asks for a jam; what the server says when it has begun. */
  async begin(asked) {
    this.player.open();
    await this.player.context.resume();
    await this.fetch(0);
    this.socket = new WebSocket(`ws://${location.host}/api/jam`);
    return new Promise((begun, failed) => {
      this.socket.onopen = () => this.send(asked);
      this.socket.onerror = () => failed(new Error("The studio does not answer. Is `etude studio` still running?"));
      this.socket.onmessage = ({ data }) => this.take(JSON.parse(data), begun, failed);
      this.socket.onclose = () => this.close();
    });
  }

  take(told, begun, failed) {
    if (told.error) failed(new Error(told.error));
    if (told.state === "playing") begun(told);
    if (told.message) this.play(told.at / 1000, told.message);
    else this.state(told);
  }

  send(words) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(words));
  }

  async fetch(number) {
    this.bank.set(number, await sprite(this.player.context, number));
  }

  /** Puts a message on the audio clock. `at`: seconds since the player's start; the quickest message sets the pace. */
  play(at, [status, number, value]) {
    const { context, out } = this.player;
    this.offset = Math.min(this.offset, context.currentTime - at);
    const when = Math.max(context.currentTime, at + this.offset + LATE);
    const kind = status & 0xf0;
    const channel = status & 0x0f;
    if (kind === 0xc0) {
      this.programs.set(channel, number);
      this.fetch(number).catch(() => {}); // the piano plays it then
    } else if (kind === 0x90 && value) {
      this.end(channel, number, when);
      const track = { program: this.programs.get(channel) ?? 0, drums: channel === DRUMS };
      const from = this.bank.get(instrument(track)) ?? this.bank.get(0);
      if (channel === DRUMS && !this.bank.has(instrument(track))) this.fetch(instrument(track)).catch(() => {});
      this.sounding.set(`${channel}-${number}`, sound(context, out, from, [0, HELD, number, value, channel], when));
      this.heard({ pitch: number, velocity: value, channel, at: when }, true);
    } else if (kind === 0x80 || kind === 0x90) this.end(channel, number, when);
    else if (kind === 0xb0 && (number === 120 || number === 123)) this.quiet(channel);
  }

  end(channel, pitch, when) {
    const name = `${channel}-${pitch}`;
    this.sounding.get(name)?.(when);
    if (this.sounding.delete(name)) this.heard({ pitch, velocity: 0, channel, at: when }, false);
  }

  /** Ends at once what sounds, on one channel or on all. */
  quiet(channel = null) {
    for (const name of [...this.sounding.keys()]) {
      const [on, pitch] = name.split("-").map(Number);
      if (channel === null || on === channel) this.end(on, pitch, this.player.context.currentTime);
    }
  }

  close() {
    this.quiet();
    this.socket?.close();
    this.state({ state: "closed" });
  }
}
