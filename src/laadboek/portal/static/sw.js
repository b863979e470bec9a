// The service worker. `release` stands above it: the version of the static files, and those that every page needs.
// It keeps static files, which carry their version in their address, and one page that names nobody. Pages and
// answers of the API are never kept: they hold money, names and PINs.

const KEPT = `static-${release.version}`;
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  const fresh = new Request(OFFLINE, { cache: "reload" });
  event.waitUntil(
    caches.open(KEPT).then((kept) => kept.addAll([...release.shell, fresh])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  else if (address.pathname.startsWith(`/static/${release.version}/`)) event.respondWith(staticFile(request));
});

async function staticFile(request) {
  const kept = await caches.open(KEPT);
  const known = await kept.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.status === 200) await kept.put(request, answer.clone());
  return answer;
}

// A notice (`laadboek.notify`): its sentence, where it happened, and which page shows more.
self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const options = { body: told.text, tag: told.tag, icon: told.icon, badge: told.icon, lang: told.lang, data: { url: told.url } };
  event.waitUntil(self.registration.showNotification(told.title || "Laadboek", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url || "/", location.origin);
  const target = wanted.origin === location.origin ? wanted.href : location.origin;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const shown = open.find((one) => one.url === target);
      return shown ? shown.focus() : self.clients.openWindow(target);
    }),
  );
});
