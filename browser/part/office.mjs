// An installation in a folder of its own, with the real program: server, tray of software cards
// behind a private pcscd, and a station on watch, each a process.

import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), ".cache/congvu-target");
export const program = process.env.CONGVU ?? join(target, "debug/congvu");
const patience = 120_000;
const ran = promisify(execFile);

export class Office {
  static async open() {
    const office = new Office();
    office.folder = await mkdtemp(join(tmpdir(), "congvu-browser-"));
    office.data = join(office.folder, "data");
    office.port = await freePort();
    office.origin = `http://127.0.0.1:${office.port}`;
    office.running = new Map();
    return office;
  }

  // The six accounts, the authorities, the station's token and `people` people without cards.
  async demo(people) {
    const demo = await this.start("demo", ["demo", "--people", String(people)], "Ctrl-C");
    await demo.stop();
  }

  // A staff list in XLSX and CSV with photos, of `people` good rows and twelve bad ones, from the
  // same agencies as the demonstration. Only its sample is made, in another folder.
  async list(people) {
    const data = join(this.folder, "list");
    const sample = join(data, "sample");
    const demo = await this.start("list", ["--data", data, "demo", "--people", String(people)], "");
    const until = Date.now() + patience;
    while (!existsSync(join(sample, `${people}.complete`))) {
      if (Date.now() > until || demo.ended) throw new Error(`no list: ${demo.heard.join("\n")}`);
      await pause(50);
    }
    await demo.stop();
    const lists = join(this.folder, "lists");
    await mkdir(lists, { recursive: true });
    await cp(sample, lists, { recursive: true });
    await rm(data, { recursive: true, force: true });
    return lists;
  }

  serve() {
    return this.start("server", ["serve", "--listen", `127.0.0.1:${this.port}`], this.origin);
  }

  tray(blanks) {
    return this.start("tray", ["vcard", "tray", "--add", String(blanks)], "pcscd");
  }

  station() {
    // What it says when it waits for orders, in Vietnamese.
    return this.start("station", ["station", "run", "--watch"], "Trạm đang chờ lệnh");
  }

  // Starts the program and returns when it has printed a line that holds `sign`.
  async start(name, words, sign) {
    const own = words.includes("--data") ? [] : ["--data", this.data];
    const env = { ...process.env, CONGVU_LANG: "vi" };
    delete env.CONGVU_AS;
    const child = spawn(program, [...own, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
    const one = { child, heard: [], ended: false };
    const ends = new Promise((resolve) => child.once("exit", (code, signal) => {
      one.ended = true;
      resolve({ code, signal });
    }));
    one.stop = async () => {
      if (!one.ended) child.kill("SIGINT");
      const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
      const how = await ends;
      clearTimeout(late);
      return how;
    };
    one.kill = async () => {
      child.kill("SIGKILL");
      return ends;
    };
    this.running.set(name, one);
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${name} never said ${sign}: ${one.heard.join("\n")}`)), patience);
      const done = (act, value) => (clearTimeout(late), act(value));
      for (const stream of [child.stdout, child.stderr]) {
        let rest = "";
        stream.setEncoding("utf8").on("data", (text) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop();
          one.heard.push(...lines);
          one.heard.splice(0, one.heard.length - 200);
          if (lines.some((line) => line.includes(sign))) done(resolve);
        });
      }
      child.once("error", (error) => done(reject, error));
      void ends.then(({ code }) => done(reject, new Error(`${name} ended (${code}): ${one.heard.join("\n")}`)));
      if (sign === "") done(resolve);
    });
    return one;
  }

  // Runs the program to its end and returns what it printed as JSON lines.
  async run(...words) {
    const { stdout } = await ran(program, ["--data", this.data, "--format", "json", ...words], { maxBuffer: 1 << 28 });
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  // The text of the QR code on the face that the station kept.
  async qr(serial) {
    const face = join(this.data, "faces", `${serial}-front.png`);
    const { stdout } = await ran("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", face]);
    return stdout.trim();
  }

  face(serial, side) {
    return join(this.data, "faces", `${serial}-${side}.png`);
  }

  // Reads the database beside the server: how many cards and requests are in which state.
  registry() {
    const script = `
import sqlite3, sys, json
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=10)
for line in sys.stdin:
    print(json.dumps({
        "cards": dict(db.execute("select state, count(*) from card group by state")),
        "requests": dict(db.execute("select state, count(*) from request group by state"))}), flush=True)
`;
    const child = spawn("python3", ["-c", script, join(this.data, "congvu.db")], { stdio: ["pipe", "pipe", "inherit"] });
    const waiting = [];
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) waiting.shift()?.(JSON.parse(line));
    });
    return {
      counts: () => new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write("\n");
      }),
      close: () => child.stdin.end(),
    };
  }

  // Bytes of memory that a process holds.
  async memory(name) {
    const { child } = this.running.get(name);
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
  }

  async close() {
    for (const name of ["station", "server", "tray", "demo", "list"]) await this.running.get(name)?.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
