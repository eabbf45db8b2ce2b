// A page that goes on telling: events of the server carry pieces of the page, each replaces the
// element of its name. After a lost connection the whole page is asked for, so nothing is missed.

import type { Play } from "./sound.ts";

// How long to wait before each attempt to connect again, in milliseconds; the last one repeats.
const waits = [250, 500, 1000, 2000] as const;
// A tab nobody looks at keeps its connection this long: browsers allow few at once.
const hiddenMs = 30_000;

export function live(play: Play): void {
  const root = document.querySelector<HTMLElement>("[data-live-src]");
  const src = root?.dataset["liveSrc"];
  if (!root || !src) return;
  const beatMs = Number(root.dataset["liveBeat"] ?? "0") * 1000;
  const always = root.dataset["liveAlways"] !== undefined;
  let source: EventSource | undefined;
  let failures = 0;
  let lost = false;
  let stale = false;
  let retry: number | undefined;
  let watch: number | undefined;
  let hide: number | undefined;
  let leaving = false;

  const heard = () => {
    clearTimeout(watch);
    if (beatMs > 0) watch = setTimeout(fail, beatMs * 2);
  };

  const open = () => {
    close();
    const mine = new EventSource(src);
    source = mine;
    mine.addEventListener("open", () => {
      failures = 0;
      heard();
      if (stale) void resync(mine);
      else say(false);
    });
    mine.addEventListener("error", () => mine === source && fail());
    mine.addEventListener("beat", heard);
    mine.addEventListener("gone", () => location.reload());
    for (const name of names()) {
      mine.addEventListener(name, (event) => {
        heard();
        if (event instanceof MessageEvent && typeof event.data === "string") replace(name, event.data, play);
      });
    }
    heard();
  };

  const close = () => {
    source?.close();
    source = undefined;
    clearTimeout(retry);
    clearTimeout(watch);
  };

  const fail = () => {
    if (leaving) return;
    close();
    stale = true;
    // The first attempt comes so soon that a blink is not worth a word.
    if (failures > 0) say(true);
    retry = setTimeout(open, waits[Math.min(failures, waits.length - 1)]);
    failures += 1;
  };

  const resync = async (mine: EventSource) => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 401) return location.reload();
      if (!answer.ok) return mine === source ? fail() : undefined;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of names()) {
        const fresh = page.querySelector(`[data-live="${CSS.escape(name)}"]`);
        if (fresh) replace(name, fresh.outerHTML, play);
      }
      stale = false;
      say(false);
    } catch {
      if (mine === source) fail();
    }
  };

  const say = (down: boolean) => {
    if (down === lost) return;
    lost = down;
    document.body.classList.toggle("is-lost", down);
    const place = document.querySelector<HTMLElement>("[data-live-state]");
    if (!place) return;
    place.textContent = (down ? place.dataset["down"] : place.dataset["up"]) ?? "";
    if (!down) setTimeout(() => !lost && (place.textContent = ""), 4000);
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hide);
    if (document.hidden && !always) {
      hide = setTimeout(() => {
        close();
        stale = true;
      }, hiddenMs);
    } else if (!document.hidden && !source) {
      clearTimeout(retry);
      open();
    }
  });
  addEventListener("online", () => !source && open());
  addEventListener("pagehide", () => {
    leaving = true;
    close();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    stale = true;
    open();
  });
  open();
}

function names(): Set<string> {
  const all = [...document.querySelectorAll<HTMLElement>("[data-live]")];
  return new Set(all.map((one) => one.dataset["live"] ?? "").filter(Boolean));
}

// What stands in each place, so that the same again changes nothing.
const present = new Map<string, string>();

// Puts `html` in the place of every element of this name; keeps focus, what was opened, and what
// was typed.
function replace(name: string, html: string, play: Play): void {
  if (present.get(name) === html) return;
  present.set(name, html);
  for (const old of document.querySelectorAll<HTMLElement>(`[data-live="${CSS.escape(name)}"]`)) {
    const fresh = new DOMParser().parseFromString(`<body>${html}`, "text/html").body;
    const first = fresh.firstElementChild;
    const whole = fresh.childElementCount === 1 && first instanceof HTMLElement && first.dataset["live"] === name ? first : null;
    const before = old.querySelector<HTMLElement>("[data-sound]");
    const focus = document.activeElement instanceof HTMLElement && old.contains(document.activeElement) ? document.activeElement.id : "";
    const typed = fields(old).filter((field) => field.id && field.value !== field.defaultValue).map((field) => [field.id, field.value] as const);
    const opened = [...old.querySelectorAll<HTMLDetailsElement>("details[open][id]")].map((one) => one.id);
    const spoken = [before?.dataset["sound"], before?.querySelector(".big-title")?.textContent].join(" ");
    const place = whole ? document.importNode(whole, true) : old;
    if (whole) old.replaceWith(place);
    else old.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    for (const id of opened) {
      const one = document.getElementById(id);
      if (one instanceof HTMLDetailsElement) one.open = true;
    }
    for (const [id, value] of typed) {
      const field = fields(place).find((one) => one.id === id);
      if (field) field.value = value;
    }
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    place.dispatchEvent(new CustomEvent("live:load", { bubbles: true }));
    const after = place.querySelector<HTMLElement>("[data-sound]");
    const kind = after?.dataset["sound"];
    if (kind && [kind, after?.querySelector(".big-title")?.textContent].join(" ") !== spoken) play(kind);
  }
}

function fields(root: ParentNode): (HTMLInputElement | HTMLTextAreaElement)[] {
  const all = [...root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")];
  return all.filter((one) => !["hidden", "checkbox", "radio", "file", "password"].includes(one.type));
}
