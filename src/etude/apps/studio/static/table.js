// Tables of values side by side: a row a name, a column a piece or a run.

import { h } from "./dom.js";

/** A value as a person reads it; a dash for what is not known. */
export function shown(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toPrecision(3).replace(/\.?0+$/, "");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The table. `rows`: {name, unit?, values} each; `heads`: what stands over the columns. */
export function table(caption, heads, rows) {
  const head = h("tr", {}, h("td", {}), heads.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map((row) =>
    h("tr", {}, h("th", { scope: "row" }, words(row.name), row.unit ? h("span", { class: "soft" }, ` ${row.unit}`) : null),
      row.values.map((value) => h("td", {}, shown(value)))));
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, body)));
}

/** A name of code as words. */
export const words = (name) => name.replaceAll("_", " ");
