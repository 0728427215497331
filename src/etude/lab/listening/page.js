"use strict";
// Keeps what one person says of each pair in this browser, and writes it to a file when asked. Nothing is sent.

const HEARD = 0.95; // of a piece, before it may be judged; the rest may be silence
const STORE = `etude-pairs-${PAIRS.set}`;
const sections = [...document.querySelectorAll(".pair")];
const element = (id) => document.getElementById(id);
let state = { rater: "", answers: {} };
let shown = 0;

const word = () => Array.from(crypto.getRandomValues(new Uint8Array(4)), (n) => n.toString(16).padStart(2, "0")).join("");
const answerOf = (pair) => (state.answers[pair] ??= { heard: {}, ratings: { a: {}, b: {} }, preference: null, comment: "" });
const bothHeard = (answer) => PAIRS.sides.every((side) => answer.heard[side]);
const isWhole = (answer) =>
  (PAIRS.sides.length < 2 || answer.preference !== null) && PAIRS.sides.every((side) => PAIRS.scales.every((scale) => answer.ratings[side][scale]));

function trouble(text) {
  element("trouble").textContent = text;
  element("trouble").hidden = !text;
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(state));
    trouble("");
  } catch {
    trouble("This browser keeps nothing for this page: save your answers with the buttons below before you close it.");
  }
}

function recall() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE));
    if (found && typeof found.answers === "object") state = found;
  } catch {
    trouble("What was kept before cannot be read; you start anew.");
  }
  state.rater ||= word();
}

function secondsHeard(audio) {
  let sum = 0;
  for (let at = 0; at < audio.played.length; at++) sum += audio.played.end(at) - audio.played.start(at);
  return sum;
}

function listen(section, pair, audio) {
  const side = audio.dataset.side;
  const check = () => {
    const answer = answerOf(pair);
    if (answer.heard[side] || !(secondsHeard(audio) >= HEARD * audio.duration)) return;
    answer.heard[side] = true;
    keep();
    draw(section, pair);
  };
  for (const event of ["timeupdate", "pause", "ended"]) audio.addEventListener(event, check);
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  });
  audio.addEventListener("error", () => trouble(`A sound of number ${pair} is missing: keep this page beside its folder 'sound'.`));
}

function judge(section, pair, control) {
  const [what, side] = control.name.split("-");
  const answer = answerOf(pair);
  if (!bothHeard(answer)) return;
  if (what === "preference" || what === "comment") answer[what] = control.value;
  else answer.ratings[side][what] = Number(control.value);
  answer.at = new Date().toISOString();
  keep();
  progress();
}

// What is kept, put back into the controls.
function draw(section, pair) {
  const answer = answerOf(pair);
  section.querySelector(".questions").disabled = !bothHeard(answer);
  for (const note of section.querySelectorAll("[data-heard]")) {
    note.textContent = answer.heard[note.dataset.heard] ? "heard" : "not heard yet";
  }
  for (const control of section.querySelectorAll("input[type=radio]")) {
    const [what, side] = control.name.split("-");
    const value = what === "preference" ? answer.preference : answer.ratings[side][what];
    control.checked = control.value === String(value);
  }
  section.querySelector("textarea").value = answer.comment;
}

function progress() {
  const whole = Object.values(state.answers).filter(isWhole).length;
  element("progress").textContent = `${whole} of ${PAIRS.count} ${PAIRS.sides.length > 1 ? "pairs" : "pieces"} judged`;
  element("back").disabled = shown === 0;
  element("next").disabled = shown === sections.length - 1;
}

function show(number) {
  shown = Math.max(0, Math.min(sections.length - 1, number));
  for (const audio of document.querySelectorAll("audio")) audio.pause();
  sections.forEach((section, at) => (section.hidden = at !== shown));
  progress();
}

// One object a pair that was judged at all, in the order of the pairs.
function rows() {
  return Object.entries(state.answers)
    .filter(([, answer]) => answer.at && bothHeard(answer))
    .map(([pair, answer]) => ({ pair: Number(pair), ...answer, heard: true }))
    .sort((one, other) => one.pair - other.pair);
}

function asJson() {
  return JSON.stringify({ format: 1, set: PAIRS.set, rater: state.rater, answers: rows() }, null, 1) + "\n";
}

function asCsv() {
  const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const scales = PAIRS.scales.flatMap((scale) => [[scale, "a"], [scale, "b"]]);
  const header = ["set", "rater", "pair", "preference", ...scales.map(([scale, side]) => `${scale}_${side}`), "comment", "at", "heard"];
  const lines = rows().map((row) => [
    PAIRS.set, state.rater, row.pair, row.preference,
    ...scales.map(([scale, side]) => row.ratings[side][scale]), row.comment, row.at, row.heard,
  ]);
  return [header, ...lines].map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

function save(text, kind) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind === "csv" ? "text/csv" : "application/json" }));
  link.download = `answers-${PAIRS.set}-${state.rater.replace(/[^\w-]+/g, "_")}.${kind}`;
  link.click();
}

function another() {
  if (!confirm("Have you saved your answers? They are forgotten here when another person begins.")) return;
  state = { rater: word(), answers: {} };
  keep();
  begin();
}

function begin() {
  element("rater").value = state.rater;
  sections.forEach((section) => draw(section, Number(section.dataset.pair)));
  show(0);
}

recall();
for (const section of sections) {
  const pair = Number(section.dataset.pair);
  for (const audio of section.querySelectorAll("audio")) listen(section, pair, audio);
  section.addEventListener("input", (event) => judge(section, pair, event.target));
}
element("rater").addEventListener("input", (event) => {
  state.rater = event.target.value.trim() || word();
  keep();
});
element("back").addEventListener("click", () => show(shown - 1));
element("next").addEventListener("click", () => show(shown + 1));
element("json").addEventListener("click", () => save(asJson(), "json"));
element("csv").addEventListener("click", () => save(asCsv(), "csv"));
element("another").addEventListener("click", another);
begin();
