// What every page loads. Each part makes a page that already works easier; none is needed.

import htmx from "htmx.org";

import { busy } from "./busy.ts";
import { crop } from "./crop.ts";
import { drops } from "./drops.ts";
import { filter } from "./filter.ts";
import { forgetSent, keep } from "./keep.ts";
import { keys } from "./keys.ts";
import { live } from "./live.ts";
import { printing } from "./printing.ts";
import { sound } from "./sound.ts";
import { upload } from "./upload.ts";

// Set here and not in a page's head, so that no page can forget it: no eval, no inline style, only
// this server, and no copies of pages in the browser's storage.
Object.assign(htmx.config, {
  allowEval: false, includeIndicatorStyles: false, selfRequestsOnly: true, allowScriptTags: false,
  historyCacheSize: 0, refreshOnHistoryMiss: true,
});

// Parts that listen on the document, so that what arrives later works as well.
keys();
drops();
busy();
printing();
upload();
const play = sound();
live(play);

forgetSent();

// Parts that look at what is there, and again at what htmx or an event brings.
function enhance(root: ParentNode): void {
  crop(root);
  filter(root);
  keep(root);
  for (const hidden of root.querySelectorAll<HTMLElement>("[data-print], [data-sound-toggle]")) {
    hidden.classList.remove("d-none");
  }
}
enhance(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target instanceof HTMLElement && event.target !== document.body) enhance(event.target);
});
document.addEventListener("live:load", (event) => {
  if (event.target instanceof HTMLElement) enhance(event.target);
});
