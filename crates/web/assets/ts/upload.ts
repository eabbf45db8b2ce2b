// A file dropped on a form marked [data-drop] goes into its file field, as if it had been chosen.

export function upload(): void {
  const at = (event: DragEvent): HTMLFormElement | null => {
    const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>("form[data-drop]") : null;
    return form && event.dataTransfer?.types.includes("Files") ? form : null;
  };
  document.addEventListener("dragover", (event) => {
    const form = at(event);
    if (!form) return;
    event.preventDefault();
    form.classList.add("is-over");
  });
  for (const end of ["dragleave", "drop"] as const) {
    document.addEventListener(end, (event) => at(event)?.classList.remove("is-over"));
  }
  document.addEventListener("drop", (event) => {
    const field = at(event)?.querySelector<HTMLInputElement>("input[type=file]");
    const files = event.dataTransfer?.files;
    if (!field || !files || files.length === 0) return;
    event.preventDefault();
    const taken = new DataTransfer();
    for (const file of field.multiple ? files : [files[0]]) if (file) taken.items.add(file);
    field.files = taken.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
}
