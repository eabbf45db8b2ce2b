// What is being written in a field marked [data-keep] survives a page that was lost (a session that
// ended, a server that restarted) until it was sent. It stays in this tab and goes with it.
// The mark is never set on passwords, codes or personal numbers.

import { store } from "./store.ts";

type Field = HTMLTextAreaElement | HTMLInputElement;

export function keep(root: ParentNode): void {
  let back = false;
  for (const field of root.querySelectorAll<Field>("textarea[data-keep], input[data-keep]")) {
    if (!field.name || (field instanceof HTMLInputElement && field.type !== "text" && field.type !== "search")) continue;
    const key = keyOf(field);
    const kept = store.session(key);
    if (kept !== null && kept !== field.value && field.value === field.defaultValue && field.defaultValue === "") {
      field.value = kept;
      back = true;
    }
    field.addEventListener("input", () => store.setSession(key, field.value === field.defaultValue ? null : field.value));
    field.form?.addEventListener("submit", (event) => {
      // Taken by the server or not, the answer shows it again; only a lost page needs the copy.
      if (!event.defaultPrevented) store.setSession(sent, JSON.stringify([...already(), key]));
    });
  }
  if (back && document.body.dataset["kept"]) announce(document.body.dataset["kept"]);
}

// A page that arrives after a form was sent: the server has what was written, unless this page
// says that it was not taken or that somebody has to sign in first.
export function forgetSent(): void {
  const [arrival] = performance.getEntriesByType("navigation") as (PerformanceNavigationTiming & { responseStatus?: number })[];
  if (location.pathname === "/sign-in" || (arrival?.responseStatus ?? 200) >= 400) return;
  for (const key of already()) store.setSession(key, null);
  store.setSession(sent, null);
}

function already(): string[] {
  try {
    const list: unknown = JSON.parse(store.session(sent) ?? "[]");
    return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function keyOf(field: Field): string {
  return `keep ${location.pathname} ${field.form?.getAttribute("action") ?? ""} ${field.name}`;
}

function announce(text: string): void {
  const place = document.querySelector<HTMLElement>("[data-live-state]");
  if (place) place.textContent = text;
  setTimeout(() => {
    if (place?.textContent === text) place.textContent = "";
  }, 6000);
}

const sent = "keep-sent";
