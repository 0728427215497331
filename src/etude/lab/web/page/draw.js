// One value drawn from one field's logits, as etude.sampling.draw does it: the same order, the same ties.

const COLDEST = 1e-6;

/** The settings that draw from a model as it is. */
export const PLAIN = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, typical: 1 };

/** The value that `uniform` picks from `logits`; what `allowed` (null: all) forbids is never drawn. */
export function draw(logits, settings, temperature, uniform, allowed = null) {
  const scores = Float64Array.from(logits, (one, at) => (allowed && !allowed[at] ? -Infinity : one));
  let top = highest(scores);
  if (Number.isNaN(top)) throw new Error("The model's output is not a number: export it again.");
  if (!Number.isFinite(top)) {
    const open = (at) => (top > 0 || !allowed ? scores[at] === top : allowed[at]);
    for (let at = 0; at < scores.length; at += 1) scores[at] = open(at) ? 0 : -Infinity;
    top = 0;
  }
  if (temperature < COLDEST) return scores.indexOf(top);
  return pick(filtered(scores.map((one) => Math.exp((one - top) / temperature)), settings), uniform);
}

function highest(scores) {
  let top = -Infinity;
  for (const one of scores) if (!(one <= top)) top = one;
  return top;
}

/** `weights` (the largest 1) with what top-k, top-p, min-p and typical leave out set to 0. */
export function filtered(weights, settings) {
  const { top_p: topP = 1, min_p: minP = 0, typical = 1 } = settings;
  const topK = settings.top_k < weights.length ? settings.top_k : 0;
  let threshold = minP;
  if (topK || topP < 1) {
    let ordered = weights.slice().sort().reverse();
    if (topK) {
      threshold = Math.max(threshold, ordered[topK - 1]);
      ordered = ordered.filter((one) => one >= threshold);
    }
    if (topP < 1) threshold = Math.max(threshold, ordered[reaching(ordered, topP)]);
  }
  const kept = threshold <= 0 ? weights : weights.map((one) => (one >= threshold ? one : 0));
  return typical >= 1 ? kept : usual(kept, typical);
}

/** The index at which the sum of `ordered` reaches that share of all of it. */
function reaching(ordered, share) {
  const reached = sums(ordered);
  const wanted = share * reached[reached.length - 1];
  const found = reached.findIndex((one) => one >= wanted);
  return found < 0 ? reached.length - 1 : found;
}

function sums(values) {
  let sum = 0;
  return values.map((one) => (sum += one));
}

/** The weights of the values as surprising as is to be expected, until they hold `share` of all. */
function usual(weights, share) {
  const all = weights.reduce((sum, one) => sum + one, 0);
  const p = weights.map((one) => one / all);
  const surprise = p.map((one) => (one > 0 ? -Math.log(one) : 0));
  const expected = p.reduce((sum, one, at) => sum + one * surprise[at], 0);
  const away = p.map((one, at) => (one > 0 ? Math.abs(surprise[at] - expected) : Infinity));
  const order = Array.from(away.keys()).sort((a, b) => away[a] - away[b] || a - b);
  const last = away[order[reaching(order.map((at) => p[at]), share)]];
  return weights.map((one, at) => (away[at] <= last ? one : 0));
}

/** The index that `uniform` falls on when [0, 1) is shared out in proportion to `weights`. */
function pick(weights, uniform) {
  const reached = sums(weights);
  const found = reached.findIndex((one) => one > uniform * reached[reached.length - 1]);
  return found < 0 ? weights.findLastIndex((one) => one > 0) : found;
}
