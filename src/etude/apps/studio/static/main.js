// The page: a header, one screen at a time, a transport; the address after # says which.

import { ask } from "./api.js";
import { Compose } from "./compose.js";
import { alarm, button, h } from "./dom.js";
import { keys, list } from "./keys.js";
import { follow } from "./pieces.js";
import { Player } from "./player.js";
import { Transport } from "./transport.js";

const SCREENS = { compose: ["Compose", Compose] };

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

async function open() {
  if (moved) {
    moved = false;
    return;
  }
  const [, name = "compose", id] = location.hash.split("/");
  const [title, Screen] = SCREENS[name] ?? SCREENS.compose;
  screen?.close();
  screen = new Screen(player, go);
  document.title = `${title} – etude studio`;
  for (const one of nav.children) one.toggleAttribute("aria-current", one.dataset.name === name);
  place.replaceChildren(screen.element);
  try {
    await screen.open(id || undefined);
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
