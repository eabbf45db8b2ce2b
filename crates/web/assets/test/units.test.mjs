// What the scripts compute without a page. Run by `npm run check`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const load = async (name) => {
  const entry = fileURLToPath(new URL(`../ts/${name}.ts`, import.meta.url));
  const made = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm", logLevel: "silent" });
  return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString("base64")}`);
};

const { fit } = await load("crop");
const { plain } = await load("filter");

test("a box stays three to four, whole, and inside the picture", () => {
  for (const [width, height] of [[800, 1000], [1000, 300], [31, 5000], [20, 20]]) {
    for (let round = 0; round < 500; round += 1) {
      const any = () => (Math.random() - 0.3) * 3000;
      const box = fit({ x: any(), y: any(), w: any(), h: any() }, width, height);
      assert.ok(Object.values(box).every(Number.isInteger), JSON.stringify(box));
      assert.ok(box.x >= 0 && box.y >= 0 && box.w > 0 && box.x + box.w <= width && box.y + box.h <= height, JSON.stringify({ box, width, height }));
      assert.ok(Math.abs(box.h - (box.w * 4) / 3) <= 1, JSON.stringify(box));
    }
  }
});

test("a box that fits already is left alone", () => {
  const box = { x: 100, y: 100, w: 450, h: 600 };
  assert.deepEqual(fit(box, 800, 1000), box);
});

test("a filter looks past marks, capitals and đ", () => {
  assert.equal(plain("Nguyễn Thị Ánh ĐÀO"), "nguyen thi anh dao");
  assert.equal(plain("Đặng Ươm"), plain("dang uom"));
});
