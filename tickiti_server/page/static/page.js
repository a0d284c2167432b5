"use strict";
// What the page does without being reloaded: relative times, frames as high as their documents,
// keys, copying, and views that follow the server. Everything else is a link or a form.

const main = document.getElementById("main");
const root = document.documentElement.dataset.root;

// Times, by the server's clock, which a test may have moved.
const ahead = Date.parse(document.documentElement.dataset.now) - Date.now();
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "narrow" });

function relative(moment) {
  const seconds = (Date.parse(moment) - Date.now() - ahead) / 1000;
  if (Math.abs(seconds) > 30 * 86400) return moment.slice(0, 10);
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 5 ? "in a moment" : "just now";
}

function showTimes() {
  for (const time of main.querySelectorAll("time")) time.textContent = relative(time.dateTime);
}

// Frames.
function fit(frame) {
  const inside = frame.contentDocument;
  if (!inside || !inside.body) return;
  frame.style.height = "0";
  const wide = inside.documentElement.scrollWidth > inside.documentElement.clientWidth;
  frame.style.height = `${Math.ceil(inside.body.getBoundingClientRect().height) + (wide ? 20 : 2)}px`;
}

function fitAll() {
  main.querySelectorAll("iframe.document").forEach(fit);
}

document.addEventListener("load", (event) => {
  if (event.target.matches?.("iframe.document")) fit(event.target);
}, true);

// Live: the server says that something has changed, and the view is fetched and compared. What is
// the same stays as it is, with the reader's focus, selection and open details.
const sources = new WeakMap();

function remember(part) {
  for (const block of part.children) {
    sources.set(block, block.outerHTML);
    if (block.matches("[data-live]")) for (const row of block.children) sources.set(row, row.outerHTML);
  }
}

function exchange(before, after) {
  const kept = new Map([...before.children].map((row) => [row.dataset.key, row]));
  const rows = [...after.children].map((row) => {
    const old = kept.get(row.dataset.key);
    if (old && sources.get(old) === sources.get(row)) return old;
    if (!old) row.classList.add("arrived");
    return row;
  });
  const focused = document.activeElement?.closest("[data-key]")?.dataset.key;
  rows.forEach((row, place) => {
    if (before.children[place] !== row) before.insertBefore(row, before.children[place] || null);
  });
  while (before.children.length > rows.length) before.lastElementChild.remove();
  sources.set(before, sources.get(after));
  const row = focused && rows.find((found) => found.dataset.key === focused);
  if (row && !row.contains(document.activeElement)) row.querySelector("a")?.focus();
}

function follow(fresh) {
  remember(fresh);
  const before = [...main.children];
  const after = [...fresh.children];
  if (before.length !== after.length || before.some((block, place) => block.tagName !== after[place].tagName)) {
    main.replaceChildren(...after);
  } else {
    before.forEach((block, place) => {
      if (sources.get(block) === sources.get(after[place])) return;
      if (block.matches("[data-live]")) exchange(block, after[place]);
      else if (!block.contains(document.activeElement)) block.replaceWith(after[place]);
    });
  }
  showTimes();
}

let isFetching = false;
let isStale = false;

// A deleted ticket is gone; a request has happened, even if the log has made room for newer ones.
const isKept = Boolean(main.querySelector("[data-kept]"));

async function refresh() {
  isStale = true;
  if (isFetching) return;
  isFetching = true;
  try {
    while (isStale) {
      isStale = false;
      const reply = await fetch(location.href, { cache: "no-store" });
      if (reply.status === 403 || (reply.status === 404 && !isKept)) return location.reload();
      if (reply.ok) {
        const text = await reply.text();
        const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
        if (fresh) follow(document.importNode(fresh, true));
      }
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
  } catch {
    // The server has stopped; the stream says when it is back.
  } finally {
    isFetching = false;
  }
}

const live = document.getElementById("live");
let stream = null;
let wasLost = false;

function connect() {
  stream = new EventSource(`${root}/events`);
  stream.onopen = () => {
    live.textContent = "Live";
    live.classList.add("is-on");
    if (wasLost) refresh();
    wasLost = false;
  };
  stream.onmessage = refresh;
  stream.onerror = () => {
    live.textContent = "Not live";
    live.classList.remove("is-on");
    wasLost = true;
    if (stream && stream.readyState === EventSource.CLOSED) {
      disconnect();
      refresh(); // The stream does not say why it was refused: if the session has ended, this does.
      setTimeout(() => document.visibilityState === "visible" && !stream && connect(), 5000);
    }
  };
}

function disconnect() {
  stream?.close();
  stream = null;
}

// A browser has six connections to a server, so that only a page in front holds one.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    disconnect();
    wasLost = true;
  } else if (!stream) {
    connect();
  }
});
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", (event) => {
  if (event.persisted && !stream) {
    wasLost = true;
    connect();
  }
});

// Copying.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.textContent;
  const text = document.getElementById(button.dataset.copy).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
});

// Filters.
main.addEventListener("change", (event) => {
  if (event.target.matches(".filters select")) event.target.form.requestSubmit();
});
main.addEventListener("submit", (event) => {
  // An address without the empty filters can be read and kept.
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
window.addEventListener("pageshow", (event) => {
  for (const field of main.querySelectorAll(".filters :disabled")) field.disabled = false;
  // The way back shows the filters of the list, not those that were typed before it was left.
  if (event.persisted) main.querySelector(".filters")?.reset();
});

// Keys.
const keys = document.getElementById("keys");
let isGoing = false;

function move(step) {
  const rows = [...main.querySelectorAll("a.row, .thread > li, .card")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + step))];
  if (!next.matches("a")) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

const ACTIONS = {
  j: () => move(1),
  k: () => move(-1),
  u: () => main.querySelector("[data-up]")?.click(),
  "/": () => main.querySelector(".filters input")?.focus(),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const views = document.querySelectorAll("aside nav a");
  const action = isGoing ? () => views[Number(event.key) - 1]?.click() : ACTIONS[event.key];
  isGoing = !isGoing && event.key === "g";
  if (action) {
    event.preventDefault();
    action();
  }
});
document.getElementById("keys-button").addEventListener("click", () => keys.showModal());

remember(main);
showTimes();
fitAll();
setInterval(showTimes, 20000);
let width = main.clientWidth;
new ResizeObserver(() => {
  if (main.clientWidth !== width) fitAll();
  width = main.clientWidth;
}).observe(main);
if (document.visibilityState === "visible") connect();
