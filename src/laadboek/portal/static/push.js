// This browser subscribes to notices, or lets go of them. The server hears of it through the API.

const box = document.getElementById("push");
const key = box.dataset.key;
const API = "/api/v1/push-subscriptions";

function show(state) {
  for (const text of box.querySelectorAll("[data-state]")) text.hidden = text.dataset.state !== state;
  box.querySelector("[data-push=on]").hidden = state !== "off" && state !== "failed";
  box.querySelector("[data-push=off]").hidden = state !== "on";
}

function bytes(text) {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

async function subscription() {
  return (await navigator.serviceWorker.ready).pushManager.getSubscription();
}

async function look() {
  if (!key || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    return show("unsupported");
  }
  if (Notification.permission === "denied") return show("denied");
  show((await subscription()) ? "on" : "off");
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return look();
  const worker = await navigator.serviceWorker.ready;
  try {
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    if (!(await post(API, made)).ok) {
      await made.unsubscribe();
      return show("failed");
    }
  } catch {
    return show("failed");
  }
  location.assign("/account/notices?done=subscribed");
}

async function turnOff() {
  const made = await subscription();
  if (made) {
    await post(`${API}/ended`, { endpoint: made.endpoint });
    await made.unsubscribe();
  }
  location.assign("/account/notices?done=removed");
}

function post(address, body) {
  return fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

box.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-push]")?.dataset.push;
  if (wanted === "on") turnOn();
  if (wanted === "off") turnOff();
});
look();
