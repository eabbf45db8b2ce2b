// The whole way of the main job in a browser, six people signed in: list, faces, approval, run with
// the server killed in its middle, hand-over, checks, lock, history. Then every page again in both
// languages, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { promisify } from "node:util";

import { Office } from "./part/office.mjs";
import { Window, launch, shots } from "./part/browse.mjs";
import { Truth, untilRight, watching } from "./part/station.mjs";

const ran = promisify(execFile);
const roles = ["hr", "approver", "operator", "activator", "guard", "auditor"];
const people = 26;
const known = 6;

let office;
let browser;
let lists;
const window = {};
const made = { list: "", batches: [], serials: [], card: "", qr: "", person: "", unit: "" };

before(async () => {
  office = await Office.open();
  [lists] = await Promise.all([office.list(people), office.demo(known)]);
  await Promise.all([office.serve(), office.tray(people + 14)]);
  await office.station();
  browser = await launch();
  console.log(`screenshots: ${shots}`);
});

after(async () => {
  await browser?.close();
  await office?.close();
});

// A step of the way; what a page did wrong on the way fails it.
const step = (name, act) => test(name, async () => {
  try {
    await act();
    for (const one of Object.values(window)) one.quiet();
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    for (const one of Object.values(window)) {
      console.error(`${one.name} ${one.page.url()} ${JSON.stringify(one.faults.splice(0))}`);
      await one.shot(`failed-${name.slice(0, 24).replace(/\W+/g, "-")}-${one.name}`).catch(() => undefined);
    }
    throw error;
  }
});

step("everybody signs in by keyboard alone", async () => {
  window.public = await Window.open(browser, office.origin, "public");
  for (const role of roles) {
    window[role] = await Window.open(browser, office.origin, role);
    await window[role].signIn();
  }
});

step("HR uploads a messy list", async () => {
  const { page, t } = window.hr;
  await window.hr.go("/lists");
  await page.getByLabel(t("lists-file")).setInputFiles(join(lists, "staff.xlsx"));
  await window.hr.button("lists-upload-do").click();
  await page.waitForURL(/\/lists\/[0-9a-f-]{36}/);
  await page.getByRole("heading", { level: 1, name: "staff.xlsx" }).waitFor();
  made.list = new URL(page.url()).pathname;
  await page.locator("#rows tbody tr").nth(people - 1).waitFor();
});

step("HR uploads the photos and they find their people", async () => {
  const { page, t } = window.hr;
  await window.hr.go(`${made.list}/photos`);
  await page.getByLabel(t("lists-zip-file")).setInputFiles(join(lists, "photos.zip"));
  await window.hr.button("lists-zip-do").click();
  await page.getByText(t("lists-photos-matched")).waitFor({ timeout: 90_000 });
  // Those of the refused rows wait for their rows.
  assert.ok(await page.locator(".photo-tile").count() >= people - 2, "photos with their people");
  await page.locator(".photo-tile").first().click();
  await page.getByRole("heading", { name: t("lists-photo-crop") }).waitFor();
  await window.hr.button("lists-photo-crop-do").click();
  await page.getByText(t("lists-part-taken")).waitFor();
});

step("HR mends a bad row in its place", async () => {
  const { page, t } = window.hr;
  await window.hr.go(`${made.list}?show=refused`);
  const rows = page.locator("#rows tbody tr");
  const refused = await rows.count();
  assert.ok(refused >= 10, `${refused} refused rows`);
  const bad = rows.filter({ hasText: "U+202E" }).first();
  const number = (await bad.getAttribute("id")).slice("row-".length);
  await bad.locator("details.mend > summary").filter({ hasText: t("field-full_name") }).first().click();
  await bad.locator("input[name=field-full_name]").first().fill("Nguyễn Khắc Phương");
  await bad.locator("details.mend[open] button").first().click();
  await page.getByText(t("lists-mended", { row: number })).waitFor();
  assert.equal(await rows.count(), refused - 1);
});

step("HR leaves a bad row out and downloads the refused ones with their reasons", async () => {
  const { page, t } = window.hr;
  await window.hr.go(`${made.list}?show=refused`);
  const row = page.locator("#rows tbody tr").first();
  const number = (await row.getAttribute("id")).slice("row-".length);
  const why = (await row.locator(".row-note-error p span").first().innerText()).trim();
  const download = page.waitForEvent("download");
  await window.hr.link("lists-refused-download").click();
  const file = join(office.folder, "refused.xlsx");
  await (await download).saveAs(file);
  const { stdout } = await ran("python3", ["-c", `
import sys, zipfile, html, re
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
print(html.unescape(" ".join(re.sub("<[^>]+>", " ", book.read(name).decode()) for name in book.namelist() if name.endswith(".xml"))))`, file], { maxBuffer: 1 << 26 });
  assert.ok(stdout.includes(t("lists-refused-why")), "the file has a column of reasons");
  assert.ok(stdout.includes(why), `the file holds the reason "${why}"`);
  await row.getByRole("button", { name: t("lists-leave-out") }).click();
  await page.getByText(t("lists-left-out", { row: number })).waitFor();
});

step("HR says which column is what where no heading fits", async () => {
  const { page, t } = window.hr;
  const csv = join(office.folder, "cot-la.csv");
  const lines = (await readFile(join(lists, "staff.csv"), "utf8")).replace("Chức vụ/Chức danh", "Cột lạ");
  await writeFile(csv, lines);
  await window.hr.go("/lists");
  await page.getByLabel(t("lists-file")).setInputFiles(csv);
  await window.hr.button("lists-upload-do").click();
  await page.getByRole("heading", { level: 1, name: "cot-la.csv" }).waitFor();
  await window.hr.link("lists-columns").first().click();
  const strange = page.locator(".field").filter({ has: page.locator("label", { hasText: "Cột lạ" }) }).locator("select");
  await strange.selectOption({ value: "title" });
  await window.hr.shot("way-columns");
  await window.hr.button("lists-map-do").click();
  await page.getByText(t("lists-mapped")).waitFor();
  await page.locator("#rows tbody tr").nth(people - 1).waitFor();
  const remove = await window.hr.ask("lists-remove");
  await remove.getByRole("button", { name: t("lists-remove-yes"), exact: true }).click();
  await page.getByText(t("lists-removed")).waitFor();
});

step("HR loads the good rows into the registry", async () => {
  const { page, t } = window.hr;
  await window.hr.go(made.list);
  const load = await window.hr.ask("lists-load-do");
  await load.getByRole("button", { name: t("lists-load-yes"), exact: true }).click();
  await page.getByText(t("lists-loaded-at")).waitFor({ timeout: 60_000 });
  await page.getByText(t("lists-loaded-new", { count: String(people - known + 1) })).waitFor();
});

step("HR asks for cards, seeing the faces that will be printed", async () => {
  const { page, t } = window.hr;
  await window.hr.go("/people");
  const authorities = await page.locator("#authority option").evaluateAll((all) => all.map((one) => one.value));
  for (const authority of authorities) {
    await window.hr.go(`/people?authority=${authority}`);
    const ticks = page.locator("#people tbody input[type=checkbox]");
    if (await ticks.count() === 0) continue;
    for (const tick of await ticks.all()) await tick.check();
    await window.hr.button("people-review").click();
    await page.getByRole("heading", { level: 1, name: t("people-review-title") }).waitFor();
    const face = page.locator("img.face").first();
    await face.scrollIntoViewIfNeeded();
    await page.waitForFunction(() => document.querySelector("img.face")?.naturalWidth > 600);
    if (made.batches.length === 0) await window.hr.shot("way-review");
    await window.hr.button("people-ask-do").click();
    const batch = page.getByRole("link", { name: t("people-asked-batch") });
    made.batches.push(new URL(await batch.evaluate((one) => one.href)).pathname);
  }
  assert.ok(made.batches.length >= 2);
});

step("the requester sees no button to approve", async () => {
  const { page } = window.hr;
  await window.hr.go(made.batches[0]);
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.equal(await page.locator("#approve-page").count(), 0);
});

step("the approver takes one person out and approves the rest, by keyboard", async () => {
  const { page, t } = window.approver;
  await window.approver.go("/batches");
  await page.locator("a.choice").first().waitFor();
  const sizes = [];
  for (const batch of made.batches) {
    await window.approver.go(batch);
    sizes.push(await page.locator("input[name=out]").count());
  }
  const largest = made.batches[sizes.indexOf(Math.max(...sizes))];
  for (const batch of made.batches) {
    await window.approver.go(batch);
    if (batch === largest) {
      await page.locator("input[name=out]").first().check();
      await page.getByLabel(t("reason")).first().selectOption("photo");
      await window.approver.shot("way-approve");
    }
    await tabTo(page, "#approve-page > summary");
    await page.keyboard.press("Enter");
    await tabTo(page, "#approve-page button[value=approve]");
    await page.keyboard.press("Enter");
    await page.waitForLoadState();
    await page.getByText(batch === largest ? t("batches-done-both") : t("batches-done-approved")).first().waitFor();
  }
});

step("the operator runs the station; the server is killed in the middle and no page is wrong", async () => {
  const { page, t } = window.operator;
  const registry = office.registry();
  const truth = new Truth(registry);
  const before = await registry.counts();
  const wanted = (before.requests.approved ?? 0) + (before.requests.queued ?? 0);
  assert.ok(wanted >= 20, `${wanted} cards to make`);
  await window.operator.go("/station");
  await page.locator(".big").waitFor();
  await window.operator.shot("way-station-standby");
  await window.operator.button("station-start").click();
  const tabs = [page];
  for (const role of ["hr", "auditor"]) tabs.push(await watching(window[role], "tram-01"));
  await page.waitForFunction(() => document.querySelectorAll("[data-live=cards] a.choice").length >= 2, null, { timeout: 120_000 });
  await window.operator.shot("way-station-run");
  const watchers = [window.operator, window.hr, window.auditor];
  await untilRight(tabs, t, truth, { from: Date.now() });
  for (const one of watchers) one.calm = false;
  await office.running.get("server").kill();
  await page.waitForFunction(() => document.body.classList.contains("is-lost"));
  await window.operator.shot("way-station-lost");
  await office.serve();
  const times = await untilRight(tabs, t, truth, { from: Date.now() });
  for (const one of watchers) one.calm = true;
  console.log(`after the restart all ${tabs.length} pages were right within ${times.at(-1)} ms`);
  assert.ok(times.at(-1) < 5000, `${times} ms`);
  const until = Date.now() + 240_000;
  while ((truth.seen.at(-1)?.ready ?? 0) < wanted) {
    assert.ok(Date.now() < until, `${JSON.stringify(truth.seen.at(-1))} of ${wanted}`);
    await page.waitForTimeout(500);
  }
  await page.getByText(t("station-no-work-now")).waitFor();
  await untilRight(tabs, t, truth, { from: Date.now() });
  await window.operator.shot("way-station-done");
  await truth.close();
  await window.operator.button("station-stop").click();
  await page.getByText(t("station-standby-now")).waitFor();
  for (const tab of tabs.slice(1)) await tab.close();
});

step("a finished card shows both faces, its chip, the read-back and its QR", async () => {
  const { page, t } = window.operator;
  await window.operator.go("/cards?state=ready");
  for (const authority of await page.locator("#authority option").evaluateAll((all) => all.map((one) => one.value))) {
    await window.operator.go(`/cards?state=ready&authority=${authority}`);
    made.serials.push(...await page.locator("td a.mono").allInnerTexts());
  }
  assert.ok(made.serials.length >= 20);
  await window.operator.go(`/cards/${made.serials[0]}`);
  await page.waitForFunction(() => [...document.querySelectorAll("img.face")].length === 2);
  for (const face of await page.locator("img.face").all()) {
    await face.scrollIntoViewIfNeeded();
    await page.waitForFunction((one) => one.complete && one.naturalWidth >= 600, await face.elementHandle());
  }
  for (const key of ["cards-record-same", "cards-photo-same"]) await page.getByText(t(key)).waitFor();
  await page.getByText(t("cards-qr-decoders")).waitFor();
  await window.operator.shot("way-card");
});

step("the activator prints the list to sign and hands the cards over", async () => {
  const { page, t } = window.activator;
  await window.activator.go("/hand-over");
  await page.locator("a.choice").first().click();
  await page.waitForURL(/\/hand-over\/.+\/.+/);
  made.unit = new URL(page.url()).pathname;
  const names = (await page.locator("tbody .form-check-label").allInnerTexts()).map((name) => name.trim());
  const serials = await page.locator("tbody a.mono").allInnerTexts();
  assert.ok(names.length > 0);
  await window.activator.link("hand-over-print").click();
  await page.waitForURL(/\/print$/);
  const pdf = join(office.folder, "list.pdf");
  await page.pdf({ path: pdf, format: "A4", preferCSSPageSize: true });
  const { stdout } = await ran("pdftotext", ["-layout", pdf, "-"]);
  const printed = stdout.normalize("NFC").replace(/\s+/g, " ");
  for (const serial of serials) assert.ok(printed.includes(serial), `${serial} is on the list`);
  for (const name of names) {
    for (const word of name.normalize("NFC").split(" ")) assert.ok(printed.includes(word), `${name} is on the list`);
  }
  await window.activator.shot("way-print");
  await window.activator.go(made.unit);
  await page.locator("tbody input[type=checkbox]").first().check();
  await page.locator("#give > summary").click();
  await page.locator("#give button").click();
  await page.getByText(t("hand-over-done", { active: "1" })).waitFor();
  made.card = serials[0];
  made.holder = names[0];
  await window.activator.go("/hand-over");
  await page.locator("a.choice").first().click();
  await (await window.activator.ask("hand-over-all")).getByRole("button", { name: t("hand-over-all-do"), exact: true }).click();
  await page.getByText(t("hand-over-done")).first().waitFor();
});

step("anybody sees that the card is valid, and whose it is", async () => {
  const { page, t } = window.public;
  made.qr = await office.qr(made.card);
  await window.public.go("/check");
  await page.getByLabel(t("guard-code")).fill(made.qr);
  await window.public.button("check-do").click();
  await page.getByText(t("check-valid"), { exact: true }).waitFor();
  await page.getByRole("heading", { name: made.holder }).waitFor();
  await window.public.shot("way-public-valid");
  await window.public.go("/check");
  await page.getByLabel(t("guard-picture")).setInputFiles(office.face(made.card, "front"));
  await window.public.button("guard-picture-do").click();
  await page.getByText(t("check-valid"), { exact: true }).waitFor();
});

step("the guard checks code, picture and chip, and locks the card", async () => {
  const { page, t } = window.guard;
  await window.guard.go("/guard");
  await page.getByLabel(t("guard-code")).fill(made.qr);
  await window.guard.button("guard-do").click();
  await page.locator(".big").getByText(t("guard-valid"), { exact: true }).waitFor();
  await page.getByRole("heading", { name: made.holder }).waitFor();
  await window.guard.shot("way-guard-code");
  await page.getByLabel(t("guard-picture")).setInputFiles(office.face(made.card, "front"));
  await window.guard.button("guard-picture-do").click();
  await page.locator(".big").getByText(t("guard-valid"), { exact: true }).waitFor();
  await page.getByLabel(t("guard-put")).fill(made.card);
  await window.guard.button("guard-reader-do").click();
  await page.locator(".big").getByText(t("guard-valid"), { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText(t("guard-proof-chip-yes")).waitFor();
  await window.guard.shot("way-guard-chip");
  const lock = await window.guard.ask("guard-lock");
  await lock.getByLabel(t("reason")).selectOption("lost");
  await lock.getByRole("button", { name: t("guard-lock-do"), exact: true }).click();
  await page.getByText(t("guard-locked", { serial: made.card })).waitFor();
});

step("from then on every check says not valid, and the public one shows nobody", async () => {
  const { page, t } = window.guard;
  await page.getByLabel(t("guard-code")).fill(made.qr);
  await window.guard.button("guard-do").click();
  await page.locator(".big").getByText(t("guard-not-valid"), { exact: true }).waitFor();
  await page.getByText(t("lock-lost")).first().waitFor();
  await window.guard.shot("way-guard-locked");
  await page.getByLabel(t("guard-put")).fill(made.card);
  await window.guard.button("guard-reader-do").click();
  await page.locator(".big").getByText(t("guard-not-valid"), { exact: true }).waitFor({ timeout: 60_000 });
  const anybody = window.public;
  await anybody.go("/check");
  await anybody.page.getByLabel(anybody.t("guard-code")).fill(made.qr);
  await anybody.button("check-do").click();
  await anybody.page.getByText(anybody.t("check-not-valid"), { exact: true }).waitFor();
  const text = await anybody.page.locator("main").innerText();
  assert.ok(!text.includes(made.holder) && await anybody.page.locator("main img").count() === 0, "nobody is shown");
  await anybody.shot("way-public-not-valid");
});

step("the auditor sees who did what, when and why, and that history is whole", async () => {
  const { page, t } = window.auditor;
  await window.auditor.go("/audit");
  await page.getByLabel(t("audit-find")).fill(made.card);
  await window.auditor.button("search").click();
  await page.waitForLoadState();
  if (!new URL(page.url()).pathname.startsWith("/audit/cards/")) await page.locator(`a[href="/audit/cards/${made.card}"]`).first().click();
  await page.getByRole("heading", { level: 1, name: t("audit-card-title", { serial: made.card }) }).waitFor();
  const line = page.locator(".timeline-list li");
  for (const [key, who] of [["card-begun", "tram-01"], ["card-readied", "tram-01"], ["card-activated", "activator"], ["card-locked", "guard"]]) {
    const one = line.filter({ has: page.getByText(t(`audit-did-${key}`), { exact: true }) });
    assert.match(await one.first().innerText(), new RegExp(`\\d{1,2}/\\d{1,2}/\\d{4}[\\s\\S]*${who}|${who}`), key);
  }
  const locked = line.filter({ has: page.getByText(t("audit-did-card-locked"), { exact: true }) });
  assert.ok((await locked.first().innerText()).includes(t("lock-lost")), "history says why");
  await window.auditor.shot("way-audit-card");
  made.person = await page.locator('a[href^="/audit/people/"]').first().getAttribute("href");
  await window.auditor.go(made.person);
  await page.getByLabel(t("audit-unmask-reason")).fill("Đối chiếu hồ sơ theo yêu cầu");
  await window.auditor.button("audit-unmask").click();
  await page.getByText(t("audit-unmasked")).waitFor();
  await window.auditor.go("/audit");
  await window.auditor.button("audit-verify").click();
  await page.getByText(t("audit-whole")).waitFor();
});

// Every page, as it looks and as it is built.

const looks = [
  { lang: "vi", theme: "light", width: 1280 },
  { lang: "en", theme: "dark", width: 320 },
  { lang: "vi", theme: "dark", width: 320 },
  { lang: "en", theme: "light", width: 1280 },
];

// Of a role: the name of the page, its address, and whether it cannot be asked for (`404` is a page).
const places = () => ({
  public: [["welcome", "/"], ["check", "/check"], ["sign-in", "/sign-in"], ["sign-in-as", "/sign-in?as=hr"]],
  hr: [
    ["home", "/"], ["lists", "/lists"], ["list", made.list], ["list-refused", `${made.list}?show=refused`],
    ["list-columns", `${made.list}/columns`], ["list-photos", `${made.list}/photos`], ["list-row", first.row],
    ["list-photo", `${first.row}/photo`], ["people", "/people"], ["people-all", "/people?among=all"],
    ["batch-own", made.batches[0]], ["hand-over", "/hand-over"],
  ],
  approver: [["home", "/"], ["batches", "/batches"], ["batch", made.batches[0]], ["batch-all", `${made.batches[0]}?show=all`], ["card", `/cards/${made.card}`]],
  operator: [["home", "/"], ["station", "/station/tram-01"], ["cards", "/cards"], ["cards-none", "/cards?state=revoked"], ["card", `/cards/${made.serials.at(-1)}`]],
  activator: [["home", "/"], ["hand-over", "/hand-over"], ["hand-over-unit", first.unit], ["hand-over-print", `${first.unit}/print`], ["card", `/cards/${made.card}`]],
  guard: [["home", "/"], ["guard", "/guard"]],
  auditor: [["home", "/"], ["audit", "/audit"], ["audit-card", `/audit/cards/${made.card}`], ["audit-person", made.person], ["station", "/station/tram-01"]],
});
const first = { row: "", unit: "" };

for (const { lang, theme, width } of looks) {
  test(`every page at ${width} px, ${lang}, ${theme}`, { concurrency: true }, async (t) => {
    if (!first.row) await firsts();
    const all = places();
    const look = async (role) => {
      const one = window[role];
      await one.go("/");
      await one.look(lang, theme);
      await one.page.setViewportSize({ width, height: 900 });
      for (const [name, path] of all[role]) {
        const title = `${role} ${name}`;
        await t.test(title, async () => {
          assert.ok(path && !path.startsWith("undefined"), "an earlier step made no such page");
          const answer = await one.go(path);
          assert.equal(answer.status(), 200);
          await settled(one.page);
          await one.shot(`${role}-${name}-${lang}-${theme}-${width}`);
          const wrong = await one.wrong();
          if (wrong.length > 0) console.error(`${title} ${lang} ${theme} ${width}: ${wrong.join("\n  ")}`);
          assert.deepEqual(wrong, []);
        });
      }
    };
    // Two at a time: as many as there are cores.
    const rest = Object.keys(all);
    await Promise.all([1, 2].map(async () => {
      for (let role = rest.shift(); role; role = rest.shift()) await look(role);
    }));
  });
}

async function firsts() {
  const { page } = window.hr;
  await window.hr.go(made.list);
  const row = page.locator('#rows a[href*="/rows/"]').first();
  first.row = new URL(await row.evaluate((one) => one.href)).pathname.replace(/\/photo$/, "");
  await window.activator.go("/hand-over");
  first.unit = await window.activator.page.locator("a.choice").first().getAttribute("href");
}

// Scrolls through, so that pictures that wait for it are loaded.
async function settled(page) {
  await page.evaluate(async () => {
    for (const one of document.images) one.loading = "eager";
    await Promise.all([...document.images].map((one) => one.decode().catch(() => undefined)));
    await document.fonts.ready;
  });
}

// Presses Tab until `selector` has the focus.
async function tabTo(page, selector) {
  for (let presses = 0; presses < 500; presses += 1) {
    if (await page.evaluate((one) => document.activeElement?.matches(one) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${selector}`);
}
