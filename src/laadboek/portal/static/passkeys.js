// Passkeys: asks our server for a challenge, the browser for an answer, and hands it back. The words are in the page.

const { startAuthentication, startRegistration, browserSupportsWebAuthn } = globalThis.SimpleWebAuthnBrowser;

class Said extends Error {}

// What our server answers; a refusal is a sentence, and "prove yourself first" is a page to go to.
async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  if (answer.redirected) {
    location.assign(answer.url);
    return new Promise(() => {});
  }
  if (!answer.headers.get("content-type")?.startsWith("application/json")) throw new Said();
  const told = await answer.json();
  if (!answer.ok) throw new Said(told.sentence);
  return told;
}

function watched(box, work) {
  return async (event) => {
    event.preventDefault();
    const words = box.querySelector("[data-stopped]");
    const button = box.querySelector("button");
    words.hidden = true;
    button.disabled = true;
    try {
      location.assign((await work()).next);
    } catch (error) {
      button.disabled = false;
      words.textContent = sentence(error, words.dataset);
      words.hidden = false;
    }
  };
}

function sentence(error, words) {
  if (error instanceof Said) return error.message || words.offline;
  if (error instanceof TypeError) return words.offline;
  if (error.name === "InvalidStateError") return words.known ?? words.stopped;
  return words.stopped;
}

async function show(box) {
  const options = await post("/sign-in/passkey/options");
  const credential = await startAuthentication({ optionsJSON: options });
  return post(box.dataset.passkey, { credential, next: box.dataset.next });
}

async function make(box) {
  const name = box.querySelector("[name=name]").value;
  const options = await post(`${box.dataset.newPasskey}/options`);
  const credential = await startRegistration({ optionsJSON: options });
  return post(box.dataset.newPasskey, { credential, name });
}

if (browserSupportsWebAuthn()) {
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.querySelector("button").addEventListener("click", watched(box, () => show(box)));
    box.hidden = false;
  }
  for (const box of document.querySelectorAll("[data-new-passkey]")) {
    box.querySelector("form").addEventListener("submit", watched(box, () => make(box)));
    box.hidden = false;
  }
}
