// The button that copies a new token; it shows itself only where copying works.

const button = document.getElementById("copy");
const token = document.getElementById("token");
if (button && token && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(token.value);
    button.textContent = button.dataset.done;
  });
}
token?.addEventListener("focus", () => token.select());
