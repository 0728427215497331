// Bar lines and seconds of a piece while it grows, as etude.score.bars and etude.sampling.length.

/** Meters, tempos and marks that were heard, and what follows from them. */
export class Course {
  constructor(tpq) {
    Object.assign(this, { tpq, meters: [], tempos: [], pickup: 0, restarts: [] });
  }

  /** Takes note of an event; whether it changes bar lines or seconds. */
  hear({ tick, kind, number, value, text }) {
    if (kind === "meter") this.meters.push([tick, number, value]);
    else if (kind === "tempo") this.tempos.push([tick, number]);
    else if (text.startsWith("pickup:")) this.pickup = Number(text.slice("pickup:".length));
    else if (text === "barline:|") this.restarts.push(tick);
    else return false;
    return true;
  }

  /** The ticks at which bars begin, up to the one in which (or with which) `end` comes. */
  barStarts(end, restarts = this.restarts) {
    const changes = [...new Set([0, ...restarts, ...this.meters.map(([tick]) => tick)])].sort((a, b) => a - b);
    const starts = this.pickup ? [0, this.pickup] : [0];
    while (starts[starts.length - 1] < end || starts.length < 2) {
      const here = starts[starts.length - 1];
      const [, top, bottom] = this.meters.findLast(([tick]) => tick <= here) ?? [0, 4, 4];
      const next = changes.find((tick) => tick > here) ?? Infinity;
      starts.push(Math.min(here + (4 * this.tpq * top) / bottom, next));
    }
    return starts;
  }

  /** The second at which a tick comes. */
  seconds(tick) {
    let [sum, from, pace] = [0, 0, 500_000];
    for (const [at, microseconds] of this.tempos) {
      if (at > tick) break;
      sum += (at - from) * pace;
      [from, pace] = [at, microseconds];
    }
    return (sum + (tick - from) * pace) / this.tpq / 1e6;
  }
}

/** The tick at which so many bars are full, kept right while meter and pickup come in; null without a number. */
export class Target {
  constructor(bars, tpq) {
    Object.assign(this, { bars, course: new Course(tpq), tick: null });
    this.compute();
  }

  hear(events) {
    const changes = events.filter((one) => this.course.hear(one));
    if (changes.length) this.compute();
  }

  compute() {
    if (this.bars === null) return;
    const longest = Math.max(4, ...this.course.meters.map(([, top, bottom]) => (4 * top) / bottom));
    const starts = this.course.barStarts((this.bars + 2) * longest * this.course.tpq, []);
    this.tick = starts[(this.course.pickup ? 1 : 0) + this.bars];
  }
}
