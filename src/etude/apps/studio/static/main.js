// The page: a header, one screen at a time, a transport; the address after # says which.

import { ask } from "./api.js";
import { Compare } from "./compare.js";
import { Compose } from "./compose.js";
import { alarm, button, h } from "./dom.js";
import { Jam } from "./jam.js";
import { keys, list } from "./keys.js";
import { Library } from "./library.js";
import { Listen } from "./listen.js";
import { follow } from "./pieces.js";
import { Player } from "./player.js";
import { Runs } from "./runs.js";
import { Transport } from "./transport.js";
import { chosen } from "./tray.js";

const SCREENS = {
  compose: ["Compose", Compose],
  compare: ["Compare", Compare],
  listen: ["Listen", Listen],
  jam: ["Jam", Jam],
  library: ["Library", Library],
  runs: ["Runs", Runs],
};

const player = new Player();
const place = document.getElementById("screen");
const nav = document.getElementById("nav");
const link = document.getElementById("link");
const transport = new Transport(player, document.getElementById("transport"));
let screen = null;
let moved = false; // by us: the screen shows it already

function go(address) {
  moved = location.hash !== `#/${address}`;
  location.hash = `#/${address}`;
}

function mark(one, current) {
  if (current) one.setAttribute("aria-current", "page");
  else one.removeAttribute("aria-current");
}

async function open() {
  if (moved) {
    moved = false;
    return;
  }
  const [, name = "compose", id] = location.hash.split("/");
  const [title, Screen] = SCREENS[name] ?? SCREENS.compose;
  screen?.close();
  screen = new Screen(player, go);
  document.body.dataset.screen = name;
  document.title = `${title} – etude studio`;
  for (const one of nav.children) mark(one, one.dataset.name === name);
  place.replaceChildren(screen.element);
  try {
    const shown = screen;
    await screen.open(id || undefined);
    if (shown !== screen) shown.close();
  } catch (error) {
    alarm(error.message);
  }
}

function linked(here) {
  link.textContent = here ? "" : "The studio does not answer; trying again …";
  link.classList.toggle("wrong", !here);
}

async function begin() {
  for (const [name, [title]] of Object.entries(SCREENS)) nav.append(h("a", { href: `#/${name}`, "data-name": name }, title));
  const count = () => {
    const many = chosen().length;
    nav.querySelector("[data-name=compare]").textContent = many ? `Compare (${many})` : "Compare";
  };
  addEventListener("tray", count);
  count();
  nav.after(button("Keys", () => list(), { class: "plain", "aria-keyshortcuts": "?" }));
  keys(player, transport, () => screen?.keys?.() ?? {});
  addEventListener("hashchange", open);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("resize")));
  const { after } = await ask("batches");
  follow(after, linked);
  await open();
}

globalThis.etudeStudio = { player }; // for tests, and for the curious
begin().catch((error) => alarm(error.message));
