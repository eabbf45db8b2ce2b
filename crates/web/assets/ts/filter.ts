// Filters the rows that are on the page while one types; with or without marks and capitals.

export function filter(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>("[data-filter]")) {
    const table = document.getElementById(box.dataset["filter"] ?? "");
    const input = box.querySelector("input");
    const words = box.querySelector<HTMLElement>("[role=status]");
    if (!(table instanceof HTMLTableElement) || !input || box.dataset["ready"] !== undefined) continue;
    box.dataset["ready"] = "";
    box.classList.remove("d-none");
    input.addEventListener("input", () => {
      const wanted = plain(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const body of table.tBodies) {
        for (const row of body.rows) {
          const text = plain(row.textContent ?? "");
          row.hidden = !wanted.every((word) => text.includes(word));
          if (!row.hidden) shown += 1;
        }
      }
      if (words) words.textContent = shown === 0 ? (box.dataset["filterNone"] ?? "") : wanted.length === 0 ? "" : String(shown);
    });
  }
}

export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
}
