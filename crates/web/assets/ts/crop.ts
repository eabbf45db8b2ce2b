// Drags a box of 3:4 over a picture and writes it into four number fields, which work alone.

export type Box = { x: number; y: number; w: number; h: number };

export function crop(root: ParentNode): void {
  for (const one of root.querySelectorAll<HTMLElement>("[data-crop]")) {
    if (one.dataset["ready"] === undefined) attach(one);
  }
}

function attach(root: HTMLElement): void {
  const stage = root.querySelector<HTMLElement>(".crop-stage");
  const frame = root.querySelector<HTMLElement>(".crop-box");
  const grip = root.querySelector<HTMLElement>(".crop-grip");
  const width = Number(root.dataset["cropWidth"]);
  const height = Number(root.dataset["cropHeight"]);
  const field = (name: string) => root.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  const [x, y, w, h] = [field("x"), field("y"), field("w"), field("h")];
  if (!stage || !frame || !grip || !x || !y || !w || !h || !(width > 0 && height > 0)) return;
  root.dataset["ready"] = "";

  let box: Box = fit({ x: x.valueAsNumber || 0, y: y.valueAsNumber || 0, w: w.valueAsNumber || width, h: h.valueAsNumber || height }, width, height);
  // Set by properties, which a policy against inline style lets through.
  const draw = () => {
    frame.style.left = `${(box.x / width) * 100}%`;
    frame.style.top = `${(box.y / height) * 100}%`;
    frame.style.width = `${(box.w / width) * 100}%`;
    frame.style.height = `${(box.h / height) * 100}%`;
  };
  const put = (wanted: Box) => {
    box = fit(wanted, width, height);
    draw();
    [x.value, y.value, w.value, h.value] = [box.x, box.y, box.w, box.h].map(String) as [string, string, string, string];
  };

  frame.classList.remove("d-none");
  draw();
  for (const number of [x, y, w, h]) {
    number.addEventListener("change", () => {
      const typed = { x: x.valueAsNumber || 0, y: y.valueAsNumber || 0, w: w.valueAsNumber || box.w, h: h.valueAsNumber || box.h };
      if (number === h) typed.w = (typed.h * 3) / 4;
      put(typed);
    });
  }

  frame.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    frame.focus({ preventScroll: true });
    frame.setPointerCapture(event.pointerId);
    const start = { ...box };
    const scale = width / stage.getBoundingClientRect().width;
    const sizing = event.target === grip;
    const move = (now: PointerEvent) => {
      const dx = (now.clientX - event.clientX) * scale;
      const dy = (now.clientY - event.clientY) * scale;
      if (sizing) put({ ...start, w: Math.min(start.w + Math.max(dx, (dy * 3) / 4), width - start.x, ((height - start.y) * 3) / 4) });
      else put({ ...start, x: start.x + dx, y: start.y + dy });
    };
    frame.addEventListener("pointermove", move);
    const end = () => frame.removeEventListener("pointermove", move);
    frame.addEventListener("pointerup", end, { once: true });
    frame.addEventListener("pointercancel", end, { once: true });
  });
  frame.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 1;
    const unit = Math.max(1, Math.round(width / 200)) * step;
    const to: Record<string, Box> = {
      ArrowLeft: { ...box, x: box.x - unit }, ArrowRight: { ...box, x: box.x + unit },
      ArrowUp: { ...box, y: box.y - unit }, ArrowDown: { ...box, y: box.y + unit },
      "+": { ...box, w: box.w + unit }, "=": { ...box, w: box.w + unit }, "-": { ...box, w: box.w - unit },
    };
    const wanted = to[event.key];
    if (!wanted) return;
    event.preventDefault();
    put(wanted);
  });
}

// The nearest box of 3:4 in whole pixels that lies inside the picture; its width decides its height.
export function fit(wanted: Box, width: number, height: number): Box {
  const most = Math.floor(Math.min(width, (height * 3) / 4));
  const least = Math.min(most, 30);
  const w = Math.round(Math.min(Math.max(wanted.w, least), most));
  const h = Math.min(Math.round((w * 4) / 3), height);
  const x = Math.round(Math.min(Math.max(wanted.x, 0), width - w));
  const y = Math.round(Math.min(Math.max(wanted.y, 0), height - h));
  return { x, y, w, h };
}
