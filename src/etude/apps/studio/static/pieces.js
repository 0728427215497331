// The pieces this page knows, kept up to date by the stream of events.

import { ask, listen } from "./api.js";

const known = new Map(); // id -> piece
const watchers = new Set(); // functions that hear (id, what) of every change

/** The piece of that id, as far as it is; undefined for one this page never heard of. */
export const piece = (id) => known.get(id);

/** Whether there is more to come. */
export const unfinished = (one) => one.state === "waiting" || one.state === "growing";

/** Calls `hear(id, what)` for every change: "grown", "whole", "said", "batch". Returns what ends that. */
export function watch(hear) {
  watchers.add(hear);
  return () => watchers.delete(hear);
}

function tell(id, what) {
  for (const hear of watchers) hear(id, what);
}

/** Takes a piece as the server sees it. */
export function take(one) {
  const mine = known.get(one.id);
  if (mine && !unfinished(mine) && unfinished(one)) return mine;
  const kept = Object.assign(mine ?? {}, one);
  kept.notes = [...one.notes].sort((a, b) => a[0] - b[0]);
  known.set(one.id, kept);
  return kept;
}

/** A request and its pieces, fetched. */
export async function batch(id) {
  const found = await ask(`batches/${id}`);
  found.pieces = found.pieces.map(take);
  return found;
}

/** A piece, fetched. */
export const fetched = async (id) => take(await ask(`pieces/${id}`));

function grow(event) {
  const one = known.get(event.id);
  if (!one || !unfinished(one)) return;
  if (event.again) one.notes = [];
  one.notes.push(...event.notes);
  one.notes.sort((a, b) => a[0] - b[0]);
  Object.assign(one, { state: "growing", tracks: event.tracks, steps: event.steps });
  tell(event.id, "grown");
}

function heard(event) {
  if (event.kind === "grown") grow(event);
  else if (event.kind === "piece") {
    take(event.piece);
    tell(event.piece.id, "whole");
  } else if (event.kind === "said") {
    const one = known.get(event.piece);
    if (one) Object.assign(one, { favourite: event.favourite, note: event.note, tags: event.tags });
    tell(event.piece, "said");
  } else if (event.kind === "batch") tell(event.batch, "batch");
  else if (event.kind === "pairs") tell(event, "pairs");
}

/** Fetches every piece once more: after a gap that the server has forgotten. */
async function again() {
  for (const [id, one] of known) {
    if (!unfinished(one)) continue;
    take(await ask(`pieces/${id}`));
    tell(id, "whole");
  }
}

/** Begins to listen, from the server's event `after` on. */
export const follow = (after, linked) => listen(after, heard, again, linked);
