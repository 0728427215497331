// What came of a set of blind pairs or pieces: shares with their intervals, marks, agreement, who listened twice alike.

import { h } from "./dom.js";
import { table } from "./table.js";

const percent = (value) => Math.round(100 * value);
const share = (one) => (one.choices ? `${percent(one.value)} % (${percent(one.low)} to ${percent(one.high)})` : "–");

/** The results of a set, as `etude pairs read` gives them, and what everybody said to be saved. */
export function outcome(results, id) {
  const parts = [h("p", {}, results.said)];
  if (results.preferred.length) parts.push(preferred(results.preferred));
  if (results.rated.length) parts.push(rated(results.rated));
  if (results.checks.length) parts.push(twice(results.checks));
  const agreed = Object.entries(results.agreement).filter(([, value]) => value !== null);
  if (agreed.length) parts.push(table("Agreement of people (Krippendorff's alpha)", ["alpha"], agreed.map(([name, value]) => ({ name, values: [value] }))));
  const link = (kind, name) => h("a", { href: `/api/listening/${id}/answers.${kind}`, download: "" }, `All answers as ${name}`);
  if (results.answers) parts.push(h("p", { class: "links" }, link("csv", "CSV"), link("json", "JSON")));
  return h("div", { class: "results" }, parts);
}

function preferred(rows) {
  return table("How often the model was preferred, with the exact 95 % interval", rows.map((one) => `against ${one.against}`), [
    { name: "of answers", values: rows.map((one) => share(one.answers)) },
    { name: "of pairs", values: rows.map((one) => share(one.pairs)) },
    { name: "no preference", values: rows.map((one) => one.equal) },
    { name: "says", values: rows.map((one) => one.answers.verdict) },
  ]);
}

function rated(rows) {
  return table("Scales, 1 to 5", ["model", "other", "difference", "95 % from", "to"], rows.map((one) => ({
    name: `${one.scale.replace("_", " & ")}, against ${one.against}`,
    values: [one.ours, one.theirs, one.difference.value, one.difference.low, one.difference.high],
  })));
}

function twice(rows) {
  return table("What was heard twice", ["heard twice", "said the same"], rows.map((one) => ({ name: one.rater, values: [one.asked, one.same] })));
}
