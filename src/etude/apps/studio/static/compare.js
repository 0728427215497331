// Compare: chosen pieces side by side under one transport, with their measures and what differs in their making.

import { ask } from "./api.js";
import { Cards } from "./cards.js";
import { alarm, h } from "./dom.js";
import { fetched } from "./pieces.js";
import { table } from "./table.js";
import { chosen } from "./tray.js";

const FIRST = ["critic", "notes_per_bar", "pitch_range", "stepwise", "repeated_bars", "repeated_passages", "scale_consistency", "ends_on_tonic"];

export class Compare {
  constructor(player) {
    Object.assign(this, { player, cards: new Cards(player) });
    this.element = h("section", { "aria-labelledby": "compare-title" }, h("h2", { id: "compare-title" }, "Compare"));
    this.body = h("div");
    this.element.append(this.body);
    this.again = () => this.fill().catch((error) => alarm(error.message));
  }

  async open() {
    addEventListener("tray", this.again);
    await this.fill();
  }

  close() {
    removeEventListener("tray", this.again);
    this.cards.close();
  }

  async fill() {
    const found = await Promise.allSettled(chosen().map(fetched));
    const pieces = found.filter((one) => one.status === "fulfilled").map((one) => one.value);
    if (!pieces.length) {
      this.cards.close();
      this.body.replaceChildren(h("p", { class: "empty soft" },
        "Press Compare on the pieces you want side by side, here or in the Library: up to nine, from any model."));
      return;
    }
    this.cards.show(pieces, [["Continue", (one) => this.continue(one)]]);
    const words = h("p", { class: "soft", role: "status" }, "Measuring …");
    const hint = h("p", { class: "soft" }, `Keys 1 to ${pieces.length} switch at the same bar, without a gap.`);
    this.body.replaceChildren(hint, this.cards.element, words);
    const whole = pieces.filter((one) => one.reproduce);
    const { measures, different } = await ask(`compare?ids=${whole.map((one) => one.id).join(",")}`);
    words.remove();
    this.body.append(...this.tables(whole.map((one) => one.label), measures, different));
  }

  /** Goes on from a piece with the model that made it, on the screen where pieces grow. */
  async continue(one) {
    const { asked } = await ask(`batches/${one.batch}`);
    const made = await ask("batches", { model: asked.model, count: 3, bars: 8, piece: one.id, how: "continue" });
    location.hash = `#/compose/${made.id}`;
  }

  tables(heads, measures, different) {
    const first = FIRST.map((name) => measures.find((row) => row.name === name)).filter(Boolean);
    const why = different.length
      ? table("Why different: how they were made", heads, different)
      : h("p", { class: "soft" }, "They were made in the same way.");
    return [
      table("Measures", heads, first),
      h("details", {}, h("summary", {}, `All ${measures.length} measures`), table("All measures", heads, measures)),
      why,
    ];
  }

  keys() {
    return this.cards.keys();
  }
}
