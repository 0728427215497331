// A piece as a Standard MIDI File (format 1; MIDI Association, RP-001): tempo and meter first, then a track a part.

const DRUMS = 9; // the channel of drums, from 0

function varied(number) {
  const bytes = [number & 0x7f];
  for (let left = number >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

const big = (number, size) => Array.from({ length: size }, (_, at) => (number >> (8 * (size - 1 - at))) & 0xff);
const text = (kind, words) => {
  const bytes = [...new TextEncoder().encode(words)];
  return [0xff, kind, ...varied(bytes.length), ...bytes];
};
const chunk = (name, bytes) => [...new TextEncoder().encode(name), ...big(bytes.length, 4), ...bytes];

/** A track of `rows`: [tick, bytes], in time order but for offs, which come first at a tick. */
function track(rows, end) {
  const ordered = rows.map((row, at) => [...row, at]).sort((a, b) => a[0] - b[0] || a[2] - b[2]);
  let now = 0;
  const bytes = [];
  for (const [tick, message] of ordered) {
    bytes.push(...varied(tick - now), ...message);
    now = tick;
  }
  return chunk("MTrk", [...bytes, ...varied(Math.max(0, end - now)), 0xff, 0x2f, 0]);
}

/** The file: `events` of a reader, `tracks` with name, program and drums, and what is written into it as words. */
export function midiFile(events, tracks, tpq, words) {
  const end = Math.max(0, ...events.map(({ tick }) => tick));
  const head = [[0, text(1, words)]];
  for (const { kind, tick, number, value } of events) {
    if (kind === "tempo") head.push([tick, [0xff, 0x51, 3, ...big(number, 3)]]);
    if (kind === "meter") head.push([tick, [0xff, 0x58, 4, number, Math.log2(value), 24, 8]]);
  }
  const parts = tracks.map((part, index) => {
    const channel = part.drums ? DRUMS : index % 15 < DRUMS ? index % 15 : (index % 15) + 1;
    const rows = [[0, text(3, part.name)], ...(part.drums ? [] : [[0, [0xc0 | channel, part.program]]])];
    for (const { kind, tick, track: of, number, value } of events) {
      if (of !== index || (kind !== "on" && kind !== "off")) continue;
      rows.push([tick, [(kind === "on" ? 0x90 : 0x80) | channel, number, kind === "on" ? Math.max(1, value) : 0]]);
    }
    return track(rows, end);
  });
  return Uint8Array.from([...chunk("MThd", [...big(1, 2), ...big(1 + parts.length, 2), ...big(tpq, 2)]), ...track(head, end), ...parts.flat()]);
}
