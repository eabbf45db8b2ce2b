// Makes the files that the server embeds: style, scripts, fonts, symbols; hashed names, and each
// one compressed twice. Run by ./x; writes crates/web/dist and nothing else.
//
//   node build.mjs            builds
//   node build.mjs --check    says with its exit status whether dist is up to date

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build as bundle } from "esbuild";
import postcss, { AtRule } from "postcss";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);
const root = join(web, "..", "..");
const dist = join(web, "dist");

// Symbols of the sprite: names of Tabler's outline icons.
const icons = [
  "alert-octagon", "alert-triangle", "arrow-back-up", "building", "bulb", "calendar-off", "camera",
  "cards", "check", "checks", "chevron-left", "chevron-right", "circle", "circle-arrow-right",
  "circle-check", "circle-minus", "crop", "device-desktop", "download", "eye", "eye-off",
  "file-spreadsheet", "filter", "help", "history", "home", "hourglass", "id", "info-circle",
  "language", "lock", "lock-open", "logout", "menu-2", "moon", "package", "pencil", "photo",
  "player-play", "player-stop", "plus", "printer", "qrcode", "refresh", "scale", "scan", "search",
  "send", "shield-check", "signature", "sun", "trash", "upload", "user-circle", "user-plus",
  "users", "volume", "volume-off", "x",
];

// Classes that scripts add, that other code puts together, and small ones that any page may take;
// everything else is kept when a template names it.
const always = [/^is-/, /^htmx-/, /^state-/, /^big-/, /^alert-(success|info|warning|danger)$/,
  /^btn-(outline-)?(primary|danger|warning|success|secondary)$/, /^clause-/,
  /^d-(none|block|flex|grid|inline|inline-block)$/, /^[mp][tbxyse]?-[0-5]$/, /^gap-[0-5]$/, /^w-100$/,
  /^(align-items|justify-content)-(start|center|end|between)$/, /^flex-(wrap|column|fill)$/, /^(row|col|steps|step-item)$/,
  /^col-(6|12|md-(3|4|6|8|9))$/];

const sources = inputs();
const wanted = { sources: digest(sources.own), templates: digest(sources.templates) };

if (process.argv.includes("--check")) {
  process.exit(isCurrent() ? 0 : 1);
}
await build();

async function build() {
  const made = new Map();
  const common = {
    absWorkingDir: root, bundle: true, minify: true, write: false, outdir: "/out", target: ["es2021", "chrome100", "firefox100", "safari15"],
    legalComments: "none", logLevel: "warning", charset: "utf8", format: "iife",
  };
  const scripts = await bundle({
    ...common,
    entryPoints: ["app", "camera", "scan"].map((name) => join(here, "ts", `${name}.ts`)),
  });
  for (const file of scripts.outputFiles) made.set(file.path.split(sep).pop(), Buffer.from(file.contents));

  // Fonts first: the style names them by their hashed names.
  const fonts = new Map();
  for (const weight of [400, 600, 700]) {
    for (const subset of ["latin", "vietnamese"]) {
      const name = `be-vietnam-pro-${subset}-${weight}-normal.woff2`;
      const bytes = readFileSync(join(packageOf("@fontsource/be-vietnam-pro"), "files", name));
      made.set(name, bytes);
      fonts.set(name, hashed(name, bytes));
    }
  }

  const tabler = readFileSync(join(packageOf("@tabler/core"), "dist/css/tabler.css"), "utf8");
  const [kept] = await new PurgeCSS().purge({
    css: [{ raw: tabler, name: "tabler.css" }],
    content: sources.templates.concat(sources.own.filter((path) => path.endsWith(".ts"))).map((path) => ({
      raw: readFileSync(path, "utf8"), extension: extname(path).slice(1),
    })),
    defaultExtractor: (text) => text.match(/[A-Za-z][\w-]*/g) ?? [],
    safelist: { standard: always, greedy: [/data-bs-theme/] },
    variables: true, keyframes: true, fontFace: true,
  });
  const own = readFileSync(join(here, "css/app.css"), "utf8");
  const css = postcss([darkByDevice]).process(kept.css + own, { from: undefined }).css
    .replace(/url\("?font:([\w.-]+)"?\)/g, (_, name) => {
      if (!fonts.has(name)) throw new Error(`app.css names ${name}, which is no font of ours`);
      return `url("${fonts.get(name)}")`;
    });
  const style = await bundle({
    ...common, external: ["*.woff2"],
    stdin: { contents: css, loader: "css", resolveDir: here },
  });
  made.set("app.css", Buffer.from(style.outputFiles[0].contents));
  made.set("icons.svg", Buffer.from(sprite()));
  made.set("mark.svg", readFileSync(join(here, "mark.svg")));
  write(made, dropped(tabler, kept.css));
}

// The dark theme is for screens, so that paper stays white; and it holds again for the theme "auto"
// where the device wishes it, which needs no script.
function darkByDevice(style) {
  const dark = /\[data-bs-theme="?dark"?\]/g;
  const found = [];
  style.walkRules((rule) => {
    // Tabler's themes within themes, which no page has.
    rule.selectors = rule.selectors.filter((selector) => !/navbar-theme|body\[data-bs-theme|data-theme=/.test(selector));
    if (rule.selector === "") return void rule.remove();
    const selectors = rule.selectors.filter((selector) => selector.search(dark) >= 0);
    if (selectors.length > 0) found.push([rule, selectors]);
  });
  for (const [rule, selectors] of found) {
    const media = (params, theme) => {
      const own = selectors.map((selector) => selector.replace(dark, `[data-bs-theme="${theme}"]`));
      const at = new AtRule({ name: "media", params });
      at.append(rule.clone({ selectors: own }));
      return at;
    };
    rule.after([media("screen", "dark"), media("screen and (prefers-color-scheme: dark)", "auto")]);
    const others = rule.selectors.filter((selector) => !selectors.includes(selector));
    if (others.length === 0) rule.remove();
    else rule.selectors = others;
  }
}

// Tabler's classes that are not in app.css: a test holds the templates against them.
function dropped(all, kept) {
  const names = (css) => {
    const found = new Set();
    postcss.parse(css).walkRules((rule) => {
      for (const [, name] of rule.selector.matchAll(/\.((?:[\w-]|\\.)+)/g)) found.add(name.replaceAll("\\", ""));
    });
    return found;
  };
  const here = names(kept);
  return [...names(all)].filter((name) => !here.has(name)).sort();
}

function sprite() {
  const folder = join(packageOf("@tabler/icons"), "icons/outline");
  const symbols = icons.map((name) => {
    const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
    const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

function write(made, unused) {
  const fresh = `${dist}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const files = {};
  for (const [name, bytes] of [...made].sort()) {
    const file = hashed(name, bytes);
    writeFileSync(join(fresh, file), bytes);
    const entry = { file, bytes: bytes.length };
    // A font is compressed already.
    if (!name.endsWith(".woff2")) {
      const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
      const gz = gzipSync(bytes, { level: 9 });
      writeFileSync(join(fresh, `${file}.br`), br);
      writeFileSync(join(fresh, `${file}.gz`), gz);
      Object.assign(entry, { br: br.length, gz: gz.length });
    }
    files[name] = entry;
  }
  writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify({ ...wanted, files }, null, 1)}\n`);
  writeFileSync(join(fresh, "unused-classes.txt"), `${unused.join("\n")}\n`);
  // What build.rs reads, one a line: it needs no JSON for it.
  const lines = Object.entries(files).map(([name, { file, br }]) => `${name} ${file} ${br === undefined ? "plain" : "packed"}`);
  writeFileSync(join(fresh, "list.txt"), `${wanted.sources}\n${lines.join("\n")}\n`);
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
  for (const [name, { bytes, gz, br }] of Object.entries(files)) {
    console.log(`${name.padEnd(44)} ${String(bytes).padStart(7)} ${String(gz ?? bytes).padStart(7)} ${String(br ?? bytes).padStart(7)}`);
  }
}

function inputs() {
  const walk = (folder, wanted) => !existsSync(folder) ? [] : readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path, wanted) : wanted.test(path) ? [path] : [];
  }).sort();
  return {
    own: walk(here, /\.(mjs|ts|css|svg)$/).filter((path) => !path.includes(`${sep}test${sep}`)).concat(join(root, "package-lock.json")),
    templates: walk(join(web, "templates"), /\.html$/).concat(join(web, "src", "look.rs")),
  };
}

// SHA-256 over names and contents. build.rs computes the same for `own`.
function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(relative(root, path).split(sep).join("/")).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

function isCurrent() {
  try {
    const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
    return manifest.sources === wanted.sources && manifest.templates === wanted.templates;
  } catch {
    return false;
  }
}

function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const kind = extname(name);
  return `${name.slice(0, -kind.length)}-${hash}${kind}`;
}

function packageOf(name) {
  return join(root, "node_modules", name);
}
