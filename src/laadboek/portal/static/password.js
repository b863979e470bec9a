// Ticks off what a new password must have while it is typed. The server looks at the same again.

const RULES = {
  length: (text, _, shortest) => [...text.normalize("NFC")].length >= shortest,
  capital: (text) => /\p{Lu}/u.test(text),
  small: (text) => /\p{Ll}/u.test(text),
  digit: (text) => /\p{Nd}/u.test(text),
  same: (text, repeated) => text !== "" && text === repeated,
};

for (const asked of document.querySelectorAll("[data-new-password]")) {
  const [password, repeated] = asked.querySelectorAll("input[name=password], input[name=repeated]");
  const list = asked.querySelector(".rules");
  const tick = () => {
    for (const item of list.querySelectorAll("[data-rule]")) {
      const shortest = Number(item.dataset.shortest);
      const met = RULES[item.dataset.rule](password.value, repeated.value, shortest);
      item.classList.toggle("met", met);
      item.querySelector(".unseen").textContent = `: ${met ? list.dataset.met : list.dataset.unmet}`;
    }
  };
  asked.addEventListener("input", tick);
  asked.querySelector("[data-show-password]").addEventListener("change", ({ target }) => {
    for (const input of [password, repeated]) input.type = target.checked ? "text" : "password";
  });
  tick();
}
