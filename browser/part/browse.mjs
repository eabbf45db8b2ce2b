// Chromium, one window for each officer, and what no page may do.

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { keys, words } from "./words.mjs";

export const shots = fileURLToPath(new URL("../shots/", import.meta.url));
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function launch() {
  await mkdir(shots, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

// One officer's window, or anybody's where `name` is "public".
export class Window {
  static async open(browser, origin, name, { lang = "vi", storageState, width = 1280 } = {}) {
    const one = new Window();
    one.name = name;
    one.origin = origin;
    one.lang = lang;
    one.faults = [];
    one.calm = true;
    one.context = await browser.newContext({
      viewport: { width, height: 900 }, locale: lang === "vi" ? "vi-VN" : "en-GB", acceptDownloads: true, storageState,
      reducedMotion: "reduce",
    });
    one.context.setDefaultTimeout(15_000);
    await one.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    one.page = await one.watched(await one.context.newPage());
    return one;
  }

  // Another page of the same officer.
  async tab() {
    return this.watched(await this.context.newPage());
  }

  watched(page) {
    const fault = (what) => {
      if (this.calm) this.faults.push(`${this.name} ${new URL(page.url() || "about:blank").pathname}: ${what}`);
    };
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) fault(`console ${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => fault(`script: ${error.message}`));
    page.on("requestfailed", (request) => {
      // The browser gives up what it no longer needs when a page is left.
      if (request.failure()?.errorText !== "net::ERR_ABORTED") fault(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) fault(`answer ${response.status()}: ${response.request().method()} ${response.url()}`);
    });
    return page;
  }

  get t() {
    return words(this.lang);
  }

  go(path) {
    return this.page.goto(this.origin + path);
  }

  // What is done while the server is away: a browser logs every lost connection.
  async through(act) {
    this.calm = false;
    try {
      return await act();
    } finally {
      this.calm = true;
    }
  }

  // By keyboard alone: the page has filled the form of a demonstration, and waits on its button.
  async signIn() {
    await this.go(`/sign-in?as=${this.name}`);
    const button = this.page.getByRole("button", { name: this.t("sign-in-do"), exact: true });
    await button.waitFor();
    assert.ok(await button.evaluate((one) => one === document.activeElement), "the button has the focus");
    await this.page.keyboard.press("Enter");
    await this.page.waitForURL((url) => url.pathname === "/");
    await this.page.getByRole("heading", { level: 1, name: this.t("home-title") }).waitFor();
  }

  button(key, args) {
    return this.page.getByRole("button", { name: this.t(key, args), exact: typeof this.t(key, args) === "string" });
  }

  link(key, args) {
    return this.page.getByRole("link", { name: this.t(key, args) });
  }

  // Opens a question ("Approve…") by what its summary says; returns it, with its button in it.
  async ask(key, args) {
    const box = this.page.locator("details.confirm").filter({ has: this.page.locator("summary", { hasText: this.t(key, args) }) });
    await box.locator("> summary").click();
    return box;
  }

  async look(lang, theme) {
    for (const [name, value] of [["lang", lang], ["theme", theme]]) {
      await this.page.locator("details.drop > summary").first().click();
      await this.page.locator(`button[name=${name}][value=${value}]`).click();
      await this.page.waitForLoadState();
    }
    this.lang = lang;
    assert.equal(await this.page.locator("html").getAttribute("lang"), lang);
    assert.equal(await this.page.locator("html").getAttribute("data-bs-theme"), theme);
  }

  // What is wrong with the page as it stands.
  async wrong(page = this.page) {
    const found = this.faults.splice(0);
    found.push(...(await page.evaluate(overflow)).map((what) => `wider than the window: ${what}`));
    const seen = await page.evaluate(texts);
    for (const text of seen) {
      if (keys.has(text) && /-/.test(text)) found.push(`a key instead of words: ${text}`);
      if (/\{ ?\$|\u2068|⟨|\bundefined\b|\[object|NaN\b/.test(text)) found.push(`raw text: ${text}`);
    }
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations) {
      if (!["serious", "critical"].includes(impact)) continue;
      const where = nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? ""})`);
      found.push(`axe ${impact} ${id}: ${where.join(" | ")}`);
    }
    return found;
  }

  async shot(name, page = this.page) {
    await page.screenshot({ path: `${shots}${name}.png`, fullPage: true });
  }

  quiet() {
    assert.deepEqual(this.faults.splice(0), []);
  }
}

// Runs in the page: the elements that make it wider than the window.
function overflow() {
  if (document.scrollingElement.scrollWidth <= innerWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 0.5 && getComputedStyle(one).position !== "fixed";
  });
  const inner = wide.filter((one) => !wide.some((other) => other !== one && one.contains(other)));
  return [`${document.scrollingElement.scrollWidth} px`, ...inner.slice(0, 4).map((one) => one.outerHTML.slice(0, 160))];
}

// Runs in the page: every text and every name that somebody may see or hear.
function texts() {
  const all = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.parentElement.closest("script, style, .mono, code, .support-code")) all.add(node.data.trim());
  }
  for (const name of ["aria-label", "alt", "title", "placeholder", "data-label"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) all.add(one.getAttribute(name));
  }
  all.add(document.title);
  return [...all].filter(Boolean);
}
