// One letter for one thing to do: [data-key] is pressed or focused. Never while something is typed.

export function keys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (event.key.length !== 1 || typing(event.target)) return;
    const wanted = event.key.toLowerCase();
    for (const one of document.querySelectorAll<HTMLElement>("[data-key]")) {
      if (one.dataset["key"] !== wanted || !one.checkVisibility()) continue;
      event.preventDefault();
      one.focus();
      if (!(one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement)) one.click();
      return;
    }
  });
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["button", "checkbox", "radio", "submit", "reset"].includes(target.type);
}
