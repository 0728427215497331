// The reader of a model's encoding, with what is told in front of the music and the markers of gaps.

import { EventsReader } from "./arranged.js";
import { ChoraleReader, RollReader } from "./frames.js";
import { LettersReader, NotesReader, PerformanceReader } from "./played.js";
import { among, BEGIN } from "./reader.js";
import { TuneReader, Vocabulary } from "./tune.js";

const READERS = {
  abc: TuneReader,
  chorale: ChoraleReader,
  events: EventsReader,
  letters: LettersReader,
  notes: NotesReader,
  performance: PerformanceReader,
  roll: RollReader,
};

/** How steps of the encoding that model.json describes are read: a function that makes readers. */
export function readerOf({ name, sizes, tables, markers, told }) {
  frozen(tables); // copies of readers share them
  const own = { sizes: [sizes[0] - markers - told.length, ...sizes.slice(1)], tables };
  if (name === "abc") own.vocabulary = Object.freeze(new Vocabulary(tables));
  const plain = () => new READERS[name](own);
  return told.length || markers ? () => new ToldReader(plain(), sizes, own.sizes[0], markers, told) : plain;
}

function frozen(one) {
  if (typeof one !== "object" || one === null) return;
  Object.freeze(one);
  Object.values(one).forEach(frozen);
}

/** Control steps first, one a condition; then the reader of the encoding itself. Markers of gaps are not drawn. */
class ToldReader {
  constructor(inner, sizes, music, markers, told) {
    Object.assign(this, { inner, sizes, music, first: music + markers, told });
    this.untold = [...new Set(told.map(({ kind }) => kind))];
  }

  get done() {
    return this.inner.done;
  }

  get tracks() {
    return this.inner.tracks;
  }

  allowed(chosen = []) {
    if (chosen.length) return chosen[0] >= this.music ? among(this.sizes[chosen.length], [0]) : this.inner.allowed(chosen);
    if (this.untold.length && !this.inner.done) {
      const values = this.told.flatMap(({ kind }, at) => (kind === this.untold[0] ? [this.first + at] : []));
      return among(this.sizes[0], values);
    }
    const mask = new Uint8Array(this.sizes[0]);
    mask.set(this.inner.allowed());
    return mask;
  }

  feed(step) {
    if (step[0] >= this.first) {
      const { kind } = this.told[Math.min(step[0] - this.first, this.told.length - 1)];
      this.untold = this.untold.filter((one) => one !== kind);
      return [];
    }
    if (step[0] !== BEGIN) this.untold = [];
    return step[0] >= this.music ? [] : this.inner.feed(step);
  }

  finish() {
    return this.inner.finish();
  }
}

