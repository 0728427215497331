// What the studio's player asks of a piece. Here there is one at a time, and it lives in the page.

/** Whether there is more to come. */
export const unfinished = (piece) => piece.state === "growing";
