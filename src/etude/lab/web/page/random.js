// Random numbers as NumPy makes them, so that a seed means the same here as on the command line.
//
// SeedSequence and PCG64 (XSL-RR 128/64) after M. E. O'Neill: "Developing a seed_seq alternative" (2015) and
// "PCG: a family of simple fast space-efficient statistically good algorithms" (2014), in the layout of NumPy.

const MASK32 = 0xffffffffn;
const MASK64 = (1n << 64n) - 1n;
const MASK128 = (1n << 128n) - 1n;
const MULTIPLIER = (2549297995355413924n << 64n) + 4865540595714422341n;
const POOL = 4;

/** The 32-bit words of a whole number, the lowest first; one at least. */
function words(number) {
  const found = [];
  for (let left = BigInt(number); left > 0n; left >>= 32n) found.push(Number(left & MASK32));
  return found.length ? found : [0];
}

const times = (a, b) => Math.imul(a, b) >>> 0;

function hasher(first, factor) {
  let constant = first;
  return (value) => {
    let mixed = (value ^ constant) >>> 0;
    constant = times(constant, factor);
    mixed = times(mixed, constant);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}

function mixed(x, y) {
  const found = (times(0xca01f9dd, x) - times(0x4973f715, y)) >>> 0;
  return (found ^ (found >>> 16)) >>> 0;
}

/** `count` 64-bit numbers of the sequence that begins with `entropy` and, of a child, its key. */
export function seeded(entropy, key, count) {
  const own = words(entropy);
  if (key.length) while (own.length < POOL) own.push(0);
  const all = [...own, ...key.flatMap(words)];
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: POOL }, (_, at) => hash(all[at] ?? 0));
  for (let from = 0; from < POOL; from += 1) {
    for (let to = 0; to < POOL; to += 1) if (from !== to) pool[to] = mixed(pool[to], hash(pool[from]));
  }
  for (const word of all.slice(POOL)) for (let to = 0; to < POOL; to += 1) pool[to] = mixed(pool[to], hash(word));
  const out = hasher(0x8b51f9dd, 0x58f38ded);
  const halves = Array.from({ length: 2 * count }, (_, at) => BigInt(out(pool[at % POOL])));
  return Array.from({ length: count }, (_, at) => halves[2 * at] | (halves[2 * at + 1] << 32n));
}

/** The seed of piece number `index` of a batch, as `etude compose` draws it. */
export const pieceSeed = (seed, index) => seeded(seed, [index], 1)[0] >> 1n;

/** Numbers in [0, 1), 53 bits each. */
export class Uniform {
  constructor(seed) {
    const [high, low, streamHigh, streamLow] = seeded(seed, [], 4);
    this.step = ((((streamHigh << 64n) | streamLow) << 1n) | 1n) & MASK128;
    this.state = this.step;
    this.state = (this.state + ((high << 64n) | low)) & MASK128;
    this.advance();
  }

  advance() {
    this.state = (this.state * MULTIPLIER + this.step) & MASK128;
  }

  next() {
    this.advance();
    const folded = ((this.state >> 64n) ^ this.state) & MASK64;
    const turn = this.state >> 122n;
    const word = ((folded >> turn) | (folded << (64n - turn))) & MASK64;
    return Number(word >> 11n) / 2 ** 53;
  }
}
