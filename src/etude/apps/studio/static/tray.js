// The pieces that are to be compared: ids, kept by this browser.

const KEPT = "etude-tray";
const MOST = 9; // as many as there are number keys

/** The ids, in the order they were chosen. */
export const chosen = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");

/** Puts a piece in or takes it out; whether it is in now. Throws an Error when there is no room. */
export function choose(id) {
  const before = chosen();
  const inside = before.includes(id);
  if (!inside && before.length >= MOST) throw new Error(`${MOST} pieces are as many as can be compared; take one out first.`);
  const now = inside ? before.filter((one) => one !== id) : [...before, id];
  localStorage.setItem(KEPT, JSON.stringify(now));
  dispatchEvent(new Event("tray"));
  return !inside;
}
