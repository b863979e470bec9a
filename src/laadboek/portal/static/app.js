// What the pages need beside htmx: the PIN pad, short messages that leave, and saying so when the stream is gone.

document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-digit], [data-erase]");
  if (!key) return;
  const input = key.closest("form").elements.pin;
  const typed = input.value;
  if ("erase" in key.dataset) input.value = typed.slice(0, -1);
  else if (typed.length < input.maxLength) input.value = typed + key.dataset.digit;
});

// A typed PIN does not stay on the screen.
document.addEventListener("htmx:after:request", (event) => {
  if (event.target.matches?.(".pad")) event.target.reset();
});

document.addEventListener("animationend", (event) => {
  if (event.target.matches(".toast")) event.target.remove();
});

document.addEventListener("change", (event) => {
  event.target.closest("[data-submit-on-change]")?.requestSubmit();
});

// The menu closes when somebody taps elsewhere, or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll(".menu[open]")) menu.open = false;
});

function say(offline) {
  const notice = document.getElementById("offline");
  if (notice) notice.hidden = !offline;
}
document.addEventListener("htmx:sse:error", () => say(true));
document.addEventListener("htmx:sse:after:connection", () => say(false));
addEventListener("offline", () => say(true));
addEventListener("online", () => say(false));

// The app on the home screen: the browser says when it can be installed, the menu offers it.
if ("serviceWorker" in navigator) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
let offer = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  showInstall();
});
addEventListener("appinstalled", () => {
  offer = null;
  showInstall();
});
function showInstall() {
  const button = document.getElementById("install");
  if (button) button.hidden = offer === null;
}
document.addEventListener("click", (event) => {
  if (event.target.closest("#install")) offer?.prompt();
});
