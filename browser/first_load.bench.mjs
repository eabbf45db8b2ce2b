// What a browser fetches for the first page it ever sees of this server, in bytes as they travel,
// and how long until it can be used on a slow line and a slow machine.

import { Office } from "./part/office.mjs";
import { Window, launch } from "./part/browse.mjs";

const goal = 200 * 1000;
// 1.6 Mbit/s down, 750 kbit/s up, 150 ms round trip; a processor four times slower.
const line = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const slower = 4;

const office = await Office.open();
let browser;
try {
  await office.demo(6);
  await office.serve();
  browser = await launch();
  let failed = false;
  const officer = await Window.open(browser, office.origin, "operator");
  await officer.signIn();
  const signedIn = await officer.context.storageState();
  for (const [name, path, storageState] of [
    ["welcome", "/"], ["sign_in", "/sign-in"], ["check", "/check"], ["home", "/", signedIn], ["station", "/station/tram-01", signedIn],
  ]) {
    const free = await load(path, storageState, false);
    const slow = await load(path, storageState, true);
    failed ||= free.cold.bytes > goal;
    console.log(`${name}: ${free.cold.bytes} bytes in ${free.cold.requests} requests (goal ${goal}); again ${free.warm.bytes} bytes`);
    console.log(`  largest: ${free.cold.largest.map(([url, size]) => `${url} ${size}`).join(", ")}`);
    console.log(`  usable after ${slow.cold.usable} ms on a slow line, text seen after ${slow.cold.seen} ms; again ${slow.warm.usable} ms; without throttling ${free.cold.usable} ms`);
    console.log(JSON.stringify({ bench: "first_load", what: name, bytes: free.cold.bytes, requests: free.cold.requests, again_bytes: free.warm.bytes, slow_usable_ms: slow.cold.usable, slow_seen_ms: slow.cold.seen, slow_again_ms: slow.warm.usable, baseline_ms: free.cold.usable, goal_bytes: goal }));
  }
  process.exitCode = failed ? 1 : 0;
} finally {
  await browser?.close();
  await office.close();
}

// The page in a browser that has nothing yet, then once more.
async function load(path, storageState, throttled) {
  const one = await Window.open(browser, office.origin, "public", { storageState });
  const devtools = await one.context.newCDPSession(one.page);
  await devtools.send("Network.enable");
  if (throttled) {
    await devtools.send("Network.emulateNetworkConditions", line);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  }
  const urls = new Map();
  let sizes = [];
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const url = urls.get(requestId) ?? "";
    if (encodedDataLength > 0 && url.startsWith("http")) sizes.push([new URL(url).pathname, encodedDataLength]);
  });
  const visit = async () => {
    sizes = [];
    await one.page.goto(office.origin + path, { waitUntil: "load" });
    await one.page.evaluate(() => document.fonts.ready);
    // Pictures of the fold and what scripts fetch after them.
    await one.page.waitForTimeout(500);
    const times = await one.page.evaluate(() => {
      const [arrival] = performance.getEntriesByType("navigation");
      return { usable: Math.round(arrival.domContentLoadedEventEnd), seen: Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0) };
    });
    const sorted = [...sizes].sort((a, b) => b[1] - a[1]);
    return { ...times, bytes: sizes.reduce((all, [, size]) => all + size, 0), requests: sizes.length, largest: sorted.slice(0, 4) };
  };
  const cold = await visit();
  const warm = await visit();
  await one.context.close();
  return { cold, warm };
}
