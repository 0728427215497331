// The sound of instruments: one file of notes each, rendered by the server with what writes WAV files.

const DRUMS = 128;
const LONG = new Set([2, 5, 6, 7, 8, 9, 11]); // families of eight programs that hold a note as long as it lasts
const HOME = document.documentElement.dataset.sprites ?? "/api/sprites"; // a page without a server names its own
const loaded = new Map();

/** The number of a track's instrument. */
export const instrument = (track) => (track?.drums ? DRUMS : (track?.program ?? 0));

/** The sprite of an instrument: its samples and where each note lies. Fetched once. */
export function sprite(context, number) {
  if (!loaded.has(number)) loaded.set(number, fetchSprite(context, number).catch((error) => {
    loaded.delete(number);
    throw error;
  }));
  return loaded.get(number);
}

async function fetchSprite(context, number) {
  const [about, data] = await Promise.all([
    fetch(`${HOME}/${number}.json`).then(checked).then((answer) => answer.json()),
    fetch(`${HOME}/${number}.wav`).then(checked).then((answer) => answer.arrayBuffer()),
  ]);
  const samples = await context.decodeAudioData(data);
  const pitches = Object.keys(about.offsets).map(Number).sort((a, b) => a - b);
  return { ...about, samples, pitches, drums: number === DRUMS, holds: LONG.has(Math.floor(number / 8)) };
}

function checked(answer) {
  if (!answer.ok) throw new Error("The sound of an instrument could not be made.");
  return answer;
}

const nearest = (pitches, pitch) =>
  pitches.reduce((best, one) => (Math.abs(one - pitch) < Math.abs(best - pitch) ? one : best));

/** Sounds a note into `out` at the context's second `when`, from `into` seconds after its start; returns how to end it. */
export function sound(context, out, from, note, when, into = 0) {
  const [start, stop, pitch, velocity] = note;
  const near = nearest(from.pitches, pitch);
  const source = context.createBufferSource();
  const gain = context.createGain();
  const offset = from.offsets[near];
  const rate = from.drums ? 1 : 2 ** ((pitch - near) / 12);
  const lasts = from.drums ? from.slot : stop - start - into;
  source.buffer = from.samples;
  source.playbackRate.value = rate;
  gain.gain.value = 10 ** (((velocity - from.velocity) / 127) * 1.7);
  const slot = (from.slot - 0.05) / rate;
  if (from.holds && lasts + into > from.held / rate - 0.2) {
    Object.assign(source, { loop: true, loopStart: offset + 1.2, loopEnd: offset + from.held - 0.2 });
  }
  const ends = source.loop ? when + lasts : Math.min(when + lasts, when + slot - Math.min(into, slot));
  gain.gain.setTargetAtTime(0, Math.max(ends, when + 0.02), from.drums ? 0.2 : 0.05);
  source.connect(gain).connect(out);
  source.start(when, offset + Math.min(into * rate, from.slot - 0.1));
  source.stop(ends + 0.35);
  return (now) => {
    gain.gain.cancelScheduledValues(now);
    gain.gain.setTargetAtTime(0, now, 0.012);
    source.stop(now + 0.1);
  };
}
