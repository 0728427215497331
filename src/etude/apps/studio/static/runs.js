// Runs: trainings with their curves laid over each other, and what differs in their settings.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { curves } from "./curves.js";
import { shown, table } from "./table.js";

const MOST = 6; // curves that can be told apart

export class Runs {
  constructor() {
    this.picked = [];
    this.body = h("div");
    this.element = h("section", { "aria-labelledby": "runs-title" }, h("h2", { id: "runs-title" }, "Runs"), this.body);
  }

  async open() {
    const { runs } = await ask("runs");
    this.runs = runs;
    if (!runs.length) {
      this.body.append(h("p", { class: "soft empty" }, "No training yet: ", h("code", {}, "etude train --data my-tunes"), "."));
      return;
    }
    this.picked = runs.filter((run) => run.step_of.length > 1).slice(0, 2).map((run) => run.id);
    this.view = h("div");
    this.body.append(h("p", { class: "soft" }, `Choose up to ${MOST} to lay over each other.`),
      h("ul", { class: "list" }, runs.map((run) => this.row(run))), this.view);
    await this.show();
  }

  close() {}

  row(run) {
    const pick = h("input", { type: "checkbox", id: `run-${run.id}`, checked: this.picked.includes(run.id) });
    pick.addEventListener("change", () => {
      this.picked = this.picked.filter((id) => id !== run.id);
      if (pick.checked) this.picked.push(run.id);
      if (this.picked.length > MOST) {
        this.picked.pop();
        pick.checked = false;
      }
      this.show();
    });
    const best = run.valid_bits_per_note === null ? `${shown(run.valid_nats_per_step)} nats a step` : `${shown(run.valid_bits_per_note)} bits a note`;
    const about = `${run.started} · recipe ${run.recipe || "–"} · ${run.steps} steps · ${best} · ${run.state}`;
    return h("li", {}, pick, h("div", { class: "about" }, h("label", { for: pick.id }, run.name), h("p", { class: "soft" }, about),
      run.notes ? h("details", {}, h("summary", {}, "Notes"), h("pre", {}, run.notes)) : null));
  }

  async show() {
    const picked = this.picked.map((id) => this.runs.find((run) => run.id === id));
    const parts = [];
    if (picked.length) parts.push(curves(picked));
    if (picked.length > 1) {
      const { different } = await ask(`runs/compare?ids=${this.picked.join(",")}`);
      parts.push(different.length
        ? table("Settings that differ", picked.map((run) => run.name), different)
        : h("p", { class: "soft" }, "They have the same settings."));
    }
    this.view.replaceChildren(...parts);
  }
}
