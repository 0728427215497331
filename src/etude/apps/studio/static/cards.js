// Cards side by side: shown, closed together, and switched by the number keys at the same bar.

import { Card } from "./card.js";
import { h } from "./dom.js";

export class Cards {
  constructor(player) {
    Object.assign(this, { player, cards: [] });
    this.element = h("div", { class: "cards" });
  }

  /** Shows cards of these pieces. The one that plays goes on playing; else the first is ready to. */
  show(pieces, acts) {
    this.close();
    this.cards = pieces.map((one, at) => new Card(one.id, `Piece ${at + 1}`, this.player, acts));
    this.element.replaceChildren(...this.cards.map((card) => card.element));
    if (this.cards.some((card) => card.mine)) this.player.changed();
    else {
      this.player.pause();
      Object.assign(this.player, { piece: this.cards[0]?.one ?? null, at: 0, loop: null });
      this.player.changed("still");
    }
  }

  close() {
    for (const card of this.cards) card.close();
  }

  /** The piece that plays or is ready to. */
  get playing() {
    return this.cards.find((card) => card.mine)?.one;
  }

  keys() {
    return Object.fromEntries(this.cards.map((card, at) => [`${at + 1}`, () => this.player.change(card.one)]));
  }
}
