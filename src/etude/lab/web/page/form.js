// The bar that is being written, and the sections of a tune, as etude.encodings.abc.bars and .form. Times in ticks.

export const [NO_ENDING, FIRST, SECOND_DUE, SECOND] = [0, 1, 2, 3];

/** Which bar line may come now. Strict bars also see to it that what an upbeat leaves over does come. */
export class Bars {
  constructor(strict) {
    Object.assign(this, { strict, owed: new Set(), given: new Set(), full: 1920, elapsed: 0, limit: 0, due: 0 });
    Object.assign(this, { upbeats: new Set(), opening: false, afterSign: false });
  }

  start(upbeat) {
    Object.assign(this, { due: upbeat, opening: upbeat > 0, upbeats: new Set(upbeat ? [upbeat] : []) });
  }

  get left() {
    return (this.due || this.limit || this.full) - this.elapsed;
  }

  get short() {
    return this.elapsed < this.full;
  }

  get upbeatAgain() {
    return this.afterSign && !this.due && this.upbeats.has(this.elapsed);
  }

  get remainder() {
    return !this.due && this.upbeats.has(this.full - this.elapsed);
  }

  mayEndPlain() {
    return this.elapsed > 0 && (this.left === 0 || this.upbeatAgain);
  }

  mayEndAtSign(whole = false) {
    return this.elapsed > 0 && (this.left === 0 || this.remainder || (this.upbeatAgain && !whole)) && this.pays();
  }

  mayBeCut() {
    const inside = this.elapsed > 0 && this.elapsed < this.full && !this.due;
    return inside && !this.mayEndAtSign() && this.pays();
  }

  mayEndPiece() {
    return this.elapsed > 0 && !this.opening && (this.left === 0 || this.remainder) && this.settled();
  }

  get missing() {
    return this.strict ? [...this.owed].filter((one) => !this.given.has(one)) : [];
  }

  settled() {
    return this.missing.every((one) => one === this.elapsed);
  }

  get payable() {
    return this.missing.length <= 1;
  }

  completeUpbeat() {
    this.limit = this.missing.length ? Math.min(...this.missing) : 0;
  }

  pays() {
    return this.settled() || this.onlyUpbeat();
  }

  onlyUpbeat() {
    return this.opening || (this.afterSign && this.short && (this.due > 0 || this.upbeats.has(this.elapsed)));
  }

  line(sign) {
    if (this.short && this.onlyUpbeat()) this.owed.add(this.full - this.elapsed);
    if (sign) this.given.add(this.elapsed);
    this.due = sign && this.mayBeCut() ? this.full - this.elapsed : 0;
    if (this.due) this.upbeats.add(this.due);
    Object.assign(this, { elapsed: 0, limit: 0, afterSign: sign, opening: false });
  }
}

/** Which signs may come now; `parts` is the number of sections that the tune was announced to have. */
export class Form {
  constructor(most) {
    Object.assign(this, { most, parts: most, sections: 0, open: false, ending: NO_ENDING, longest: 0, length: 0, first: 0 });
  }

  get curbed() {
    return this.longest > 0 && (this.ending === FIRST || this.ending === SECOND);
  }

  get lastBar() {
    const most = this.ending === FIRST ? this.longest : this.first || this.longest;
    return this.curbed && this.length >= most;
  }

  get tooShort() {
    return this.curbed && this.ending === SECOND && this.length < this.first;
  }

  get hasRoom() {
    return this.moreMayCome(this.sections);
  }

  beginEnding(number) {
    Object.assign(this, { ending: number === 1 ? FIRST : SECOND, length: 1 });
  }

  nextBar() {
    this.length += 1;
  }

  enough(sections) {
    return this.parts < this.most ? sections === this.parts : sections >= this.most;
  }

  moreMayCome(sections) {
    return sections < this.parts || this.parts === this.most;
  }

  closedBy(onlyUpbeat) {
    return this.sections + Number(!onlyUpbeat && this.ending !== FIRST);
  }

  allows(sign, onlyUpbeat, cut) {
    const after = this.closedBy(onlyUpbeat);
    if (this.tooShort) return false;
    if (this.ending === FIRST) return sign === ":|";
    if (sign === ":|") return !onlyUpbeat && (this.moreMayCome(after) || (!cut && after === this.parts));
    if (sign === "::") return !onlyUpbeat && this.moreMayCome(after);
    return this.moreMayCome(after) && (sign === "||" || !this.open);
  }

  take(sign, onlyUpbeat) {
    this.sections = this.closedBy(onlyUpbeat);
    if (this.ending === FIRST) this.first = this.length;
    this.ending = this.ending === FIRST && sign === ":|" ? SECOND_DUE : NO_ENDING;
    if (sign === "|:" || sign === "::") this.open = true;
    else if (sign === ":|") this.open = false;
  }

  complete() {
    return this.enough(this.sections) && this.ending !== SECOND_DUE && !this.open;
  }

  completedByEnd() {
    return this.ending !== FIRST && !this.tooShort && !this.open && this.enough(this.sections + 1);
  }
}
