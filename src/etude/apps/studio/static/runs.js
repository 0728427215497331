// Runs: trainings with their curves laid over each other, what they composed meanwhile, what differs; and studies.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { curves } from "./curves.js";
import { Samples } from "./samples.js";
import { shown, table } from "./table.js";

const MOST = 6; // curves that can be told apart

export class Runs {
  constructor(player) {
    this.picked = [];
    this.samples = new Samples(player);
    this.body = h("div");
    this.element = h("section", { "aria-labelledby": "runs-title" }, h("h2", { id: "runs-title" }, "Runs"), this.body);
  }

  async open() {
    const [{ runs }, { studies }] = await Promise.all([ask("runs"), ask("studies")]);
    this.runs = runs;
    if (runs.length) await this.trainings(runs);
    else this.body.append(h("p", { class: "soft empty" }, "No training yet: ", h("code", {}, "etude train --data my-tunes"), "."));
    this.body.append(h("h2", {}, "Studies"), studies.length
      ? h("ul", { class: "list" }, studies.map(study))
      : h("p", { class: "soft" }, "No study yet: ", h("code", {}, "etude study folk --vary training.lr=1e-3,3e-3"), " says which change did what."));
  }

  async trainings(runs) {
    this.picked = runs.filter((run) => run.step_of.length > 1 || run.samples.length).slice(0, 2).map((run) => run.id);
    this.view = h("div");
    this.body.append(h("p", { class: "soft" }, `Choose up to ${MOST} to lay over each other.`),
      h("ul", { class: "list runs" }, runs.map((run) => this.row(run))), this.view, this.samples.element);
    await this.show();
  }

  close() {
    this.samples.close();
  }

  keys() {
    return this.samples.keys();
  }

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
    this.samples.show(picked);
  }
}

/** A study of the list; its report is a page of its own, in which nothing runs. */
function study(one) {
  const when = new Date(one.made_at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const about = h("div", { class: "about" }, h("strong", {}, one.name), h("p", { class: "soft" }, when), h("p", {}, one.short));
  const link = { class: "button", href: `/api/studies/${one.id}/report`, target: "_blank", rel: "noopener", "aria-label": `Report of ${one.name}, in a new tab` };
  return h("li", {}, about, h("a", link, "Report"));
}
