// The small menus of the header close by Escape, by a press elsewhere, and when another opens.

export function drops(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.drop[open]");
  document.addEventListener("click", (event) => {
    for (const one of open()) {
      if (event.target instanceof Node && !one.contains(event.target)) one.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const one of open()) {
      one.open = false;
      one.querySelector("summary")?.focus();
    }
  });
}
