// Elements from code. Text is always text: nothing that comes from a file is ever read as HTML.

/** The element `tag` with properties (class, on<event>, aria-*, data-*, or any property) and children. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name.includes("-") || name === "for" || ["role", "tabindex"].includes(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button that says at once that it was heard, and again when `work` is done or has failed. */
export function button(words, work, props = {}) {
  const element = h("button", { type: "button", ...props }, words);
  element.addEventListener("click", async () => {
    if (element.getAttribute("aria-disabled") === "true") return;
    element.setAttribute("aria-disabled", "true");
    try {
      await work(element);
    } catch (error) {
      alarm(error.message);
    } finally {
      element.removeAttribute("aria-disabled");
    }
  });
  return element;
}

let last = 0;
let waiting;

/** Tells a screen reader, at most once a second; the last words win. */
export function say(words) {
  clearTimeout(waiting);
  const now = performance.now();
  const tell = () => {
    last = performance.now();
    document.getElementById("live").textContent = words;
  };
  if (now - last > 1000) tell();
  else waiting = setTimeout(tell, 1000 - (now - last));
}

/** Says what went wrong, above what the person is looking at; it goes when it is dismissed. */
export function alarm(words) {
  document.querySelector(".alarm")?.remove();
  const box = h("div", { class: "alarm", role: "alert" }, h("p", {}, words));
  box.append(h("button", { type: "button", onclick: () => box.remove() }, "Close"));
  document.getElementById("screen").prepend(box);
  box.scrollIntoView({ block: "nearest" });
}

/** Seconds as 1:05. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
