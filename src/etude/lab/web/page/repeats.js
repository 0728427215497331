// Repetition counted in notes, as etude.sampling.repeats: a note that would bring one passage too many back is passed over.

export const TRIES = 12;

/** The line of highest notes while it grows, and how many of its passages of `notes` notes came before. */
export class Line {
  constructor(notes) {
    Object.assign(this, { notes, tick: -1, pitches: [], heard: new Set(), passages: 0, repeated: 0 });
  }

  hear(events) {
    for (const { kind, tick, number } of events) {
      if (kind !== "on") continue;
      if (tick > this.tick) {
        this.close();
        this.tick = tick;
        this.pitches.push(number);
      } else if (number > this.pitches[this.pitches.length - 1]) this.pitches[this.pitches.length - 1] = number;
    }
  }

  close() {
    const passage = this.passage(this.pitches);
    if (!passage) return;
    this.passages += 1;
    this.repeated += Number(this.heard.has(passage));
    this.heard.add(passage);
  }

  /** The intervals of the last passage; "" where there is none yet. */
  passage(pitches) {
    const last = pitches.slice(-this.notes);
    return last.length === this.notes ? last.slice(1).map((one, at) => one - last[at]).join(" ") : "";
  }

  /** Whether a passage that came before would end with `pitch`, begun now or with the last note. */
  bringsBack(pitch, sameOnset) {
    if (sameOnset && this.pitches.length) {
      const higher = pitch > this.pitches[this.pitches.length - 1];
      return higher && this.heard.has(this.passage([...this.pitches.slice(0, -1), pitch]));
    }
    const passage = this.passage([...this.pitches.slice(-this.notes), pitch]);
    return passage !== "" && (this.heard.has(passage) || passage === this.passage(this.pitches));
  }

  get rate() {
    return this.passages ? this.repeated / this.passages : 0;
  }
}

/** [field, pitch] of the highest note that a step begins; null where it begins none. `notes`: pitch of each value, or null. */
export function highest(notes, step) {
  let found = null;
  step.forEach((value, field) => {
    const pitch = notes[field]?.[value] ?? null;
    if (pitch !== null && (found === null || pitch > found[1])) found = [field, pitch];
  });
  return found;
}
