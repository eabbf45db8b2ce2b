// A run of 300 cards (or as many as the first argument says) watched by ten browsers; the server is
// killed and started again in the middle. How long until all ten show the registry's numbers?

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { Office } from "./part/office.mjs";
import { Window, launch } from "./part/browse.mjs";
import { Truth, shown, untilRight, watching } from "./part/station.mjs";

const cards = Number(process.argv[2] ?? 300);
const pages = 10;
const goal = 5000;
const roles = ["operator", "hr", "approver", "activator", "auditor"];

const office = await Office.open();
let browser;
try {
  await office.demo(cards);
  await office.run("--as", "hr", "request");
  await office.run("--as", "approver", "approve", "--all");
  await Promise.all([office.serve(), office.tray(0)]);
  await office.station();
  browser = await launch();
  // Each in a browser of its own: an own profile with own connections. Two share an account.
  const windows = [];
  for (const role of roles) {
    const first = await Window.open(browser, office.origin, role);
    await first.signIn();
    const second = await Window.open(browser, office.origin, role, { storageState: await first.context.storageState() });
    windows.push(first, second);
  }
  const { t } = windows[0];
  const tabs = [];
  for (const one of windows.slice(0, pages)) {
    one.calm = false;
    tabs.push(await watching(one, "tram-01"));
  }
  const truth = new Truth(office.registry());
  await tabs[0].getByRole("button", { name: t("station-start"), exact: true }).click();
  const until = Date.now() + cards * 5000 + 60_000;
  const ready = async (count) => {
    while ((truth.seen.at(-1)?.ready ?? 0) < count) {
      assert.ok(Date.now() < until, `only ${truth.seen.at(-1)?.ready} cards`);
      await pause(100);
    }
  };
  await ready(Math.floor(cards / 2));
  // The baseline: how long the same pages need to agree when nothing is killed.
  const still = await untilRight(tabs, t, truth, { from: Date.now() });
  await office.running.get("server").kill();
  const down = Date.now();
  await pause(3000);
  await office.serve();
  const up = Date.now();
  const times = await untilRight(tabs, t, truth, { from: up });
  await ready(cards);
  const ended = Date.now();
  const last = await untilRight(tabs, t, truth, { from: ended, late: 100 });
  const end = await Promise.all(tabs.map((tab) => shown(tab, t)));
  assert.ok(end.every((one) => one.ready === cards && one.waiting === 0), JSON.stringify(end));
  await truth.close();
  const listed = await office.run("card", "list", "--state", "ready");
  assert.equal(listed.length, cards);
  const worst = times.at(-1);
  console.log(`${cards} cards, ${pages} pages; the server was away for ${up - down} ms`);
  console.log(`all right after the restart: ${worst} ms (first ${times[0]} ms); goal ${goal} ms`);
  console.log(`the same without a restart: ${still.at(-1)} ms; after the last card: ${last.at(-1)} ms`);
  console.log(JSON.stringify({ bench: "watch", cards, pages, ms: worst, baseline_ms: still.at(-1), ratio: Number((worst / Math.max(still.at(-1), 1)).toFixed(2)), after_last_ms: last.at(-1), goal_ms: goal }));
  process.exitCode = worst <= goal ? 0 : 1;
} finally {
  await browser?.close();
  await office.close();
}
