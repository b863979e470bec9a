// Drivers: copy and share a tag or PIN, one more range of hours on a day. Without this the page works all the same.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const words = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = words), 2000);
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const text = document.getElementById(button.dataset.share).textContent.trim();
    navigator.share({ text }).catch(() => {}); // somebody changed their mind
  });
}

for (const button of document.querySelectorAll("[data-another-range]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const range = button.closest(".range");
    const another = range.cloneNode(true);
    for (const input of another.querySelectorAll("input")) input.value = "";
    another.querySelector(".weekday").textContent = "";
    another.querySelector(".another").remove();
    range.after(another);
    another.querySelector("input").focus();
  });
}
