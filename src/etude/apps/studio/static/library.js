// Library: everything that was made, searched, tagged, kept, compared and taken away.

import { ask } from "./api.js";
import { alarm, button, clock, h } from "./dom.js";
import { fetched, watch } from "./pieces.js";
import { choose, chosen } from "./tray.js";

const PAUSE = 250; // milliseconds after the last key

export class Library {
  constructor(player) {
    Object.assign(this, { player, picked: new Set() });
    this.words = h("input", { type: "search", id: "words", placeholder: "model, seed, title, note, #tag" });
    this.words.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.fill(), PAUSE);
    });
    this.kept = h("input", { type: "checkbox", id: "kept" });
    this.kept.addEventListener("change", () => this.fill());
    this.link = h("a", { class: "button", download: "", hidden: true }, "Export");
    this.state = h("p", { class: "soft", role: "status" });
    this.list = h("ul", { class: "list" });
    this.tags = h("p", { class: "tags", hidden: true });
    this.element = h("section", { "aria-labelledby": "library-title" },
      h("h2", { id: "library-title" }, "Library"),
      h("div", { class: "row" }, h("label", { for: "words" }, "Search"), this.words,
        h("label", { class: "check", for: "kept" }, this.kept, " kept only"), this.link),
      this.tags, this.state, this.list);
  }

  async open() {
    this.end = watch((id, what) => what !== "grown" && what !== "batch" && this.fill());
    await this.fill();
  }

  close() {
    this.end?.();
  }

  async fill() {
    const asked = `library?words=${encodeURIComponent(this.words.value)}&kept=${this.kept.checked ? 1 : 0}`;
    const { pieces, tags } = await ask(asked);
    this.shown = pieces;
    this.tags.hidden = !tags.length;
    this.tags.replaceChildren(h("span", { class: "soft" }, "Tags"), ...tags.map((one) => this.tag(one.tag, ` (${one.pieces})`)));
    this.state.textContent = pieces.length ? `${pieces.length} pieces` : "Nothing found. What you compose is listed here.";
    this.list.replaceChildren(...pieces.map((one) => this.row(one)));
    this.export();
  }

  row(one) {
    const pick = h("input", { type: "checkbox", checked: this.picked.has(one.id), "aria-label": `Export ${one.title}` });
    pick.addEventListener("change", () => {
      this.picked[pick.checked ? "add" : "delete"](one.id);
      this.export();
    });
    const when = new Date(one.made_at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const about = `${when} · ${one.note_count} notes, ${clock(one.seconds)} · temperature ${one.temperature}${one.stopped ? " · stopped" : ""}`;
    const play = button("Listen", async () => {
      const whole = await fetched(one.id);
      whole.label = one.title;
      await this.player.play(whole, 0);
    });
    const star = button(one.favourite ? "★ Kept" : "☆ Keep", () => ask(`pieces/${one.id}`, { favourite: !one.favourite }, "PATCH"),
      { "aria-pressed": String(one.favourite === 1 || one.favourite === true) });
    const beside = button("Compare", () => beside.setAttribute("aria-pressed", String(choose(one.id))),
      { "aria-pressed": String(chosen().includes(one.id)) });
    return h("li", {}, pick,
      h("div", { class: "about" }, h("strong", {}, one.title), h("p", { class: "soft" }, about), one.note ? h("p", {}, one.note) : null, this.tagging(one)),
      h("div", { class: "row" }, play, star, beside, h("a", { class: "button", href: `#/compose/${one.batch}` }, "Open")));
  }

  /** A button that looks for a tag, or for it no more. */
  tag(name, count = "") {
    const word = `#${name.replaceAll(" ", "-")}`;
    const words = this.words.value.trim().split(/\s+/).filter(Boolean);
    const on = words.includes(word);
    return button(`${name}${count}`, () => {
      this.words.value = (on ? words.filter((one) => one !== word) : [...words, word]).join(" ");
      return this.fill();
    }, { class: "tag", "aria-pressed": String(on), "aria-label": `Tag ${name}` });
  }

  /** The tags of a piece, and where they are written. */
  tagging(one) {
    const input = h("input", { type: "text", maxLength: 500, value: one.tags.join(", "), placeholder: "slow, D minor", "aria-label": `Tags of ${one.title}, with commas between` });
    input.addEventListener("change", () => ask(`pieces/${one.id}`, { tags: input.value }, "PATCH").catch((error) => alarm(error.message)));
    return h("div", { class: "tags" }, one.tags.map((name) => this.tag(name)), h("details", {}, h("summary", {}, one.tags.length ? "Change tags" : "Add tags"), input));
  }

  /** The link that takes the picked pieces away, or all that are listed. */
  export() {
    const ids = this.shown.map((one) => one.id).filter((id) => !this.picked.size || this.picked.has(id));
    this.link.hidden = !ids.length;
    this.link.href = `/api/export?ids=${ids.join(",")}`;
    this.link.textContent = this.picked.size ? `Export ${ids.length} picked` : `Export all ${ids.length}`;
  }
}
