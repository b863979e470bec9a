// The browser's time zone as the first guess, unless somebody has chosen already.

for (const form of document.querySelectorAll("[data-own-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = form.elements.time_zone;
  if (!form.querySelector("[role=alert]") && [...zones.options].some((option) => option.value === zone)) zones.value = zone;
}
