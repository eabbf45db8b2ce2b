// A form is sent once: a second press while the first is on its way does nothing.

export function busy(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    if (form.dataset["sent"] !== undefined) {
      event.preventDefault();
      return;
    }
    if (form.method === "dialog" || form.target === "_blank" || form.hasAttribute("data-again")) return;
    form.dataset["sent"] = "";
    form.setAttribute("aria-busy", "true");
    // A download answers without leaving the page; then the form can be sent again.
    setTimeout(() => free(form), form.enctype === "multipart/form-data" ? 60_000 : 8000);
  });
  // Back to a page that the browser kept: it is not on its way any more.
  addEventListener("pageshow", () => document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach(free));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (form) free(form);
  });
}

function free(form: HTMLFormElement): void {
  delete form.dataset["sent"];
  form.removeAttribute("aria-busy");
}
