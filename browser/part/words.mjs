// The catalogues of the pages, so that tests look for what a person reads, in either language.

import { readFileSync, readdirSync } from "node:fs";

const folder = new URL("../../crates/web/text/", import.meta.url);

// Every message of one language: key → text with `{ $name }` in it.
function catalogue(lang) {
  const all = new Map();
  for (const file of readdirSync(new URL(`${lang}/`, folder))) {
    let key;
    for (const line of readFileSync(new URL(`${lang}/${file}`, folder), "utf8").split("\n")) {
      const starts = /^([a-zA-Z][\w-]*) *= *(.*)$/.exec(line);
      if (starts) {
        key = starts[1];
        all.set(key, starts[2]);
      } else if (key && /^\s+\S/.test(line)) {
        all.set(key, `${all.get(key)} ${line.trim()}`.trim());
      } else {
        key = undefined;
      }
    }
  }
  return all;
}

const known = { vi: catalogue("vi"), en: catalogue("en") };

export const keys = new Set(known.vi.keys());

// The words of `lang`: `t("key")` is a string, or a pattern where the message has holes that
// `args` does not fill.
export function words(lang) {
  return (key, args = {}) => {
    const text = known[lang].get(key);
    if (text === undefined) throw new Error(`no message ${key}`);
    const parts = text.split(/\{ *\$(\w+) *\}/);
    const filled = parts.map((part, at) => (at % 2 === 0 ? part : args[part]));
    if (filled.every((part) => part !== undefined)) return filled.join("");
    const escaped = filled.map((part) =>
      part === undefined ? ".+" : String(part).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(escaped.join(""));
  };
}
