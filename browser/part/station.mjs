// Pages that watch a station, compared with the registry's own numbers.

import { setTimeout as pause } from "node:timers/promises";

// Opens a station's page; the others of the same session count against its streams.
export async function watching(window, station) {
  const page = await window.tab();
  await page.goto(`${window.origin}/station/${station}`);
  return page;
}

// What one page shows: cards waiting to be handed over, and requests waiting for a blank.
export async function shown(page, t) {
  return page.evaluate(([ready, waiting]) => {
    const facts = [...document.querySelectorAll("[data-live=progress] dl.facts dt")];
    const number = (label) => {
      const place = facts.find((one) => one.textContent.trim() === label)?.nextElementSibling;
      return Number((place?.textContent ?? "NaN").replace(/[^\d]/g, ""));
    };
    return { ready: number(ready), waiting: number(waiting) };
  }, [t("station-ready"), t("station-waiting")]);
}

// The registry's numbers over time, so that a page may be as late as pages may be.
export class Truth {
  constructor(registry) {
    this.registry = registry;
    this.seen = [];
    this.on = true;
    this.task = this.keep();
  }

  async keep() {
    while (this.on) {
      const counts = await this.registry.counts();
      this.seen.push({
        at: Date.now(), ready: counts.cards.ready ?? 0,
        waiting: (counts.requests.approved ?? 0) + (counts.requests.queued ?? 0),
      });
      this.seen.splice(0, this.seen.length - 3000);
      await pause(50);
    }
  }

  // Whether `numbers` were the registry's at some moment from `late` milliseconds ago until now.
  holds(numbers, late) {
    const since = Date.now() - late;
    const before = this.seen.findLastIndex((one) => one.at <= since);
    const recent = this.seen.slice(Math.max(before, 0));
    return recent.some((one) => one.ready === numbers.ready) && recent.some((one) => one.waiting === numbers.waiting);
  }

  async close() {
    this.on = false;
    await this.task;
    this.registry.close();
  }
}

// How long until every page shows the registry's numbers, in milliseconds from `from`.
export async function untilRight(pages, t, truth, { from, late = 3000, patience = 60_000 }) {
  const right = new Map();
  let last;
  while (right.size < pages.length) {
    if (Date.now() - from > patience) throw new Error(`${pages.length - right.size} pages are wrong: ${JSON.stringify(last)}, ${JSON.stringify(truth.seen.at(-1))}`);
    for (const page of pages) {
      if (right.has(page)) continue;
      last = await shown(page, t);
      const live = await page.evaluate(() => !document.body.classList.contains("is-lost"));
      if (live && truth.holds(last, late)) right.set(page, Date.now() - from);
    }
    await pause(50);
  }
  return [...right.values()].sort((a, b) => a - b);
}
