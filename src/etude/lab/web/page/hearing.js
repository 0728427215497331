// From steps to rows of the model's joint table, as etude.engine.hearing, .derived and .bars do it.

const OLDEST = 31;
const WIDEST = 12;
const HIGHEST = 36;
const ROUND = 16;
const [LENGTH, SOUND, ALSO, TUPLET, LINE, SIGN, METER, UPBEAT, BREAK] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const GRAIN = 30;
const FURTHEST = 127;
const MOST_BARS = 31;
const MOST_SIGNS = 15;

const cut = (value, most) => Math.min(Math.max(value, 0), most);
const fitted = (written, p, q) => Math.floor((2 * written * q + p) / (2 * p));

/** Where in the bar and in the section the music stands; times in ticks. */
class Bar {
  constructor() {
    Object.assign(this, { length: 240, full: 1920, due: 0, rest: 0, upbeat: 0, gone: 0, also: false });
    Object.assign(this, { tuplet: [0, 0, 0], written: 0, bars: 0, signs: 0 });
  }

  take([what, number, second, third]) {
    if (what === SOUND && !this.also) this.advance();
    this.also = what === ALSO;
    if (what === LENGTH) this.length = number;
    else if (what === TUPLET) [this.tuplet, this.written] = [[number, second, third], 0];
    else if (what === UPBEAT) this.due = this.rest = this.upbeat = number;
    else if ([LINE, SIGN, METER, BREAK].includes(what)) this.divide(what, number);
  }

  get columns() {
    const left = (this.due || this.full) - this.gone;
    return [
      cut(Math.floor(this.gone / GRAIN), FURTHEST),
      cut(Math.floor(left / GRAIN), FURTHEST),
      cut(Math.floor((this.full - this.upbeat - this.gone) / GRAIN), FURTHEST),
      Math.min(this.bars, MOST_BARS),
      Math.min(this.signs, MOST_SIGNS),
    ];
  }

  advance() {
    const [p, q, unit] = this.tuplet;
    const before = this.written;
    this.written = before + this.length;
    if (before >= p * unit) this.gone += this.length;
    else this.gone += fitted(Math.min(this.written, p * unit), p, q) - fitted(before, p, q);
  }

  divide(what, number) {
    [this.tuplet, this.written] = [[0, 0, 0], 0];
    if (what === BREAK) return;
    const gone = this.gone;
    this.gone = 0;
    if (what === METER) {
      this.full = number;
      return;
    }
    const over = what === SIGN && gone > 0 && gone < this.full ? this.full - gone : 0;
    this.due = this.rest && what === SIGN ? 0 : over;
    this.rest = over;
    this.upbeat = this.due || this.upbeat;
    if (what === SIGN) [this.bars, this.signs] = [0, this.signs + 1];
    else this.bars += 1;
  }
}

const gap = (above, below, most) =>
  above === null || below === null ? 0 : Math.min(Math.max(above - below, -WIDEST), most) + WIDEST + 1;

/** What was heard last, and the numbers that are worked out of it. */
class Ears {
  constructor({ config, numbers, timing, sizes }) {
    Object.assign(this, { names: config.derived, numbers, timing, music: config.music ?? 0, clock: -1, place: -1 });
    [this.present, this.before, this.age] = [0, 0, 0].map(() => sizes.map(() => -1));
    this.bar = new Bar();
  }

  hear(step) {
    const begin = step[0] === 0;
    const fresh = step.map((now, at) => begin || now !== this.present[at]);
    this.before = fresh.map((one, at) => (one ? (begin ? -1 : this.present[at]) : this.before[at]));
    this.age = fresh.map((one, at) => (one ? 0 : this.age[at] + 1));
    this.clock = begin ? 0 : this.clock + 1;
    if (begin || !this.music || step[0] < this.music) this.place = begin ? 0 : this.place + 1;
    this.present = step;
    const number = this.meant(step);
    const old = this.meant(this.before);
    const made = {
      age: () => this.age.map((age) => Math.min(age, OLDEST)),
      before: () => this.before.map((value) => value + 1),
      class: () => number.map((one) => (one === null ? 0 : (((one % 12) + 12) % 12) + 1)),
      leap: () => number.map((one, at) => gap(one, old[at], WIDEST)),
      above: () => number.slice(0, -1).map((one) => gap(one, number[number.length - 1], HIGHEST)),
      clock: () => [this.clock % ROUND],
      place: () => [this.place % ROUND],
      bar: () => this.where(step[0]),
    };
    return this.names.flatMap((name) => made[name]());
  }

  where(value) {
    if (value === 0) this.bar = new Bar();
    this.bar.take(this.timing[value]);
    return this.bar.columns;
  }

  meant(values) {
    return values.flatMap((value, at) => (this.numbers[at] ? [value < 0 ? null : this.numbers[at][value]] : []));
  }
}

/** What one sequence left in the ears. `model` is what model.json says. */
export class Hearing {
  constructor(model) {
    this.offsets = model.offsets;
    this.previous = Array.from({ length: model.config.history }, () => model.sizes.map(() => -1));
    this.ears = model.config.derived?.length ? new Ears(model) : null;
  }

  /** The table rows to add up for `step`, which from now on was heard. */
  rows(step) {
    const columns = [...step, ...this.previous.flat().map((value) => value + 1), ...(this.ears ? this.ears.hear(step) : [])];
    if (this.previous.length) this.previous = [step, ...this.previous.slice(0, -1)];
    return columns.map((value, at) => value + this.offsets[at]);
  }
}
