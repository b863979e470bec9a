// Registering one step at a time, and the browser's time zone as the first guess. Without it all steps stand on one page.

for (const form of document.querySelectorAll("[data-steps]")) {
  const steps = [...form.querySelectorAll(".step")];
  const first = form.parentElement.querySelectorAll("[data-first-step]");
  const dots = [...form.querySelectorAll(".dots li")];
  form.classList.add("stepping");

  const show = (number, focus) => {
    steps.forEach((step, at) => (step.hidden = at !== number));
    dots.forEach((dot, at) => dot.classList.toggle("reached", at <= number));
    for (const part of first) part.hidden = number !== 0;
    if (focus) steps[number].querySelector("input, select")?.focus();
  };
  const fits = (step) => {
    const wrong = [...step.querySelectorAll("input, select")].find((input) => !input.checkValidity());
    wrong?.reportValidity();
    return !wrong && !step.querySelector("[data-rule]:not(.met)");
  };

  steps.forEach((step, at) => {
    const next = step.querySelector(".next");
    const back = step.querySelector(".back");
    if (next) {
      next.hidden = false;
      next.addEventListener("click", () => {
        if (fits(step)) show(at + 1, true);
        else {
          step.querySelector(".rules")?.classList.add("asked");
          step.querySelector(":invalid, input")?.focus();
        }
      });
    }
    if (back) {
      back.hidden = false;
      back.addEventListener("click", () => show(at - 1, true));
    }
  });

  // Enter goes on to the next step, as its button does; what is not there yet is not sent.
  form.addEventListener("keydown", (event) => {
    const step = event.target.closest?.(".step");
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || !step?.querySelector(".next")) return;
    event.preventDefault();
    step.querySelector(".next").click();
  });
  form.addEventListener("submit", (event) => {
    const wrong = steps.findIndex((step) => step.querySelector("input:invalid, select:invalid"));
    if (wrong < 0) return;
    event.preventDefault();
    show(wrong, true);
    fits(steps[wrong]);
  });

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = form.elements.time_zone;
  if (!form.querySelector("[role=alert]") && [...zones.options].some((option) => option.value === zone)) zones.value = zone;

  const wrong = steps.findIndex((step) => step.querySelector("[aria-invalid]"));
  show(Math.max(wrong, 0), wrong >= 0);
}
