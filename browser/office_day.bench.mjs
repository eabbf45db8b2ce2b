// The day of an office, hours made short: sign-ins, pages, uploads, checks, and pages that watch
// and go away. How much memory does the server hold at its end, compared with its first hour?

import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { Office } from "./part/office.mjs";

// The first two warm up and do not count: in them the memory for faces, of a bounded size, fills.
const hours = 10;
const warm = 2;
const total = Number(process.argv[2] ?? 50_000);
const goal = 0.05;
const roles = ["hr", "approver", "operator", "activator", "guard", "auditor"];

const office = await Office.open();
const agent = new Agent({ keepAlive: true, maxSockets: 24 });
const officers = {};
let asked = 0;
let address = 0x010101;
try {
  const lists = await office.list(26);
  await office.demo(6);
  await office.run("demo", "--once", "--people", "6");
  await Promise.all([office.serve(), office.tray(2)]);
  await office.station();
  const cards = (await office.run("card", "list", "--state", "active")).map((card) => card.serial);
  const code = await office.qr(cards[0]);
  const csv = await readFile(join(lists, "staff.csv"));
  const samples = [];
  const perHour = Math.floor(total / hours);
  const began = Date.now();
  for (let hour = 0; hour < hours; hour += 1) {
    const end = asked + perHour;
    for (const role of roles) await signIn(role);
    const sampler = setInterval(async () => samples.push({ hour, at: Date.now() - began, bytes: await office.memory("server") }), 250);
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      for (let turn = 0; asked < end; turn += 1) await act(turn * 8 + worker, cards, code, csv);
    });
    await Promise.all(workers);
    clearInterval(sampler);
  }
  const mean = (hour) => {
    const of = samples.filter((one) => one.hour === hour).map((one) => one.bytes);
    return of.reduce((all, one) => all + one, 0) / of.length;
  };
  const counted = samples.filter((one) => one.hour >= warm);
  const [first, last] = [mean(warm), mean(hours - 1)];
  const growth = last / first - 1;
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  const slope = slopeOf(counted.map((one, at) => [at / counted.length * (hours - warm), one.bytes]));
  console.log(`${asked} requests in ${Math.round((Date.now() - began) / 1000)} s; memory by hour in MB: ${Array.from({ length: hours }, (_, hour) => mb(mean(hour))).join(" ")}`);
  console.log(`slope ${mb(slope)} MB an hour; the last hour holds ${(growth * 100).toFixed(1)} % more than the first after warm-up; goal below ${goal * 100} %`);
  console.log(JSON.stringify({ bench: "office_day", requests: asked, first_mb: Number(mb(first)), last_mb: Number(mb(last)), growth: Number(growth.toFixed(4)), slope_mb_per_hour: Number(mb(slope)), goal }));
  process.exitCode = growth < goal ? 0 : 1;
} finally {
  agent.destroy();
  await office.close();
}

// One thing that somebody in an office does.
async function act(turn, cards, code, csv) {
  const card = cards[turn % cards.length];
  const pages = {
    hr: ["/", "/lists", "/people", "/hand-over"], approver: ["/", "/batches", "/cards", `/cards/${card}`],
    operator: ["/station/tram-01", "/cards", `/cards/${card}`, `/faces/card/${card}/front`],
    activator: ["/", "/hand-over", `/cards/${card}`], guard: ["/", "/guard"], auditor: ["/", "/audit", `/audit/cards/${card}`],
  };
  if (turn % 50 === 0) return watch();
  if (turn % 400 === 7) return upload(csv);
  if (turn % 10 === 3) {
    // Everybody's own telephone: another address for each.
    address += 1;
    const from = `127.${(address >> 16) & 127}.${(address >> 8) & 255}.${address & 255}`;
    return expect(200, await ask("POST", "/check", { body: form({ qr: code }), from }));
  }
  if (turn % 10 === 6) return expect(200, await ask("POST", "/guard", { as: "guard", body: form({ qr: code, _csrf: officers.guard.csrf }) }));
  const role = roles[turn % roles.length];
  const paths = pages[role];
  return expect(200, await ask("GET", paths[Math.floor(turn / 7) % paths.length], { as: role }));
}

// A station's page that is opened, watched for a moment, and left.
async function watch() {
  asked += 1;
  await new Promise((resolve, reject) => {
    const open = request({ host: "127.0.0.1", port: office.port, path: "/station/tram-01/events", headers: { cookie: officers.operator.cookie } }, (answer) => {
      // 429: so many tabs of one person are open already.
      if (![200, 429].includes(answer.statusCode)) reject(new Error(`events: ${answer.statusCode}`));
      answer.once("data", () => open.destroy());
      answer.once("close", resolve);
      answer.once("error", resolve);
    });
    open.once("error", resolve);
    open.end();
  });
}

// A list is uploaded, looked at, and its draft removed.
async function upload(csv) {
  const { csrf } = officers.hr;
  const mark = "----an-office-of-the-day";
  const body = Buffer.concat([
    Buffer.from(`--${mark}\r\ncontent-disposition: form-data; name="_csrf"\r\n\r\n${csrf}\r\n--${mark}\r\ncontent-disposition: form-data; name="file"; filename="day.csv"\r\ncontent-type: text/csv\r\n\r\n`),
    csv, Buffer.from(`\r\n--${mark}--\r\n`),
  ]);
  const taken = expect(303, await ask("POST", "/lists/upload", { as: "hr", body, type: `multipart/form-data; boundary=${mark}` }));
  const list = taken.headers.location.split("?")[0];
  expect(200, await ask("GET", list, { as: "hr" }));
  expect(303, await ask("POST", `${list}/remove`, { as: "hr", body: form({ _csrf: csrf }) }));
}

async function signIn(role) {
  // A one-time code works once; the next one comes within half a minute.
  for (;;) {
    const page = expect(200, await ask("GET", `/sign-in?as=${role}`));
    const value = (id) => new RegExp(`id="${id}"[^>]*value="([^"]*)"`).exec(page.body)[1];
    const answer = await ask("POST", "/sign-in", { body: form({ name: role, password: value("password"), code: value("code"), next: "/" }) });
    if (answer.status === 303) {
      const cookie = answer.headers["set-cookie"].find((one) => one.startsWith("__Host-congvu=")).split(";")[0];
      officers[role] = { cookie };
      const home = expect(200, await ask("GET", "/", { as: role }));
      officers[role].csrf = /name="_csrf" value="([^"]+)"/.exec(home.body)[1];
      return;
    }
    await pause(10_000);
  }
}

function ask(method, path, { as, body, type = "application/x-www-form-urlencoded", from } = {}) {
  asked += 1;
  return new Promise((resolve, reject) => {
    const headers = { "sec-fetch-site": "same-origin", "accept-language": "vi" };
    if (as) headers.cookie = officers[as].cookie;
    if (body !== undefined) Object.assign(headers, { "content-type": type, "content-length": Buffer.byteLength(body) });
    const sent = request({ host: "127.0.0.1", port: office.port, method, path, headers, agent: from ? undefined : agent, localAddress: from }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode, headers: answer.headers, path, body: Buffer.concat(parts).toString() }));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

function expect(status, answer) {
  if (answer.status !== status) throw new Error(`${answer.path}: ${answer.status} instead of ${status}`);
  return answer;
}

function form(fields) {
  return new URLSearchParams(fields).toString();
}

// Least squares: how much more with every step of x.
function slopeOf(points) {
  const mean = (at) => points.reduce((all, one) => all + one[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((all, one) => all + (one[0] - x) * (one[1] - y), 0);
  return across / points.reduce((all, one) => all + (one[0] - x) ** 2, 0);
}
