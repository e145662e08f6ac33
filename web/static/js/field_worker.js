// Keeps the technician's page on the telephone, so that it opens in a cellar. Data and entries are the page's own business.
"use strict";

const CACHE = "onecall-field";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const keep = (request, response) => {
  if (response.ok) {
    const copy = response.clone();
    caches.open(CACHE).then((cache) => cache.put(request, copy));
  }
  return response;
};

// What changes its address when it changes is taken from the telephone; a page is asked for anew as long as there is a network.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || url.pathname.endsWith("/day.json")) return;
  if (url.pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request).then((response) => keep(request, response))));
    return;
  }
  event.respondWith(
    fetch(request)
      .then((response) => keep(request, response))
      .catch(() => caches.match(request).then((kept) => kept || caches.match("/r/")).then((kept) => kept || Response.error())),
  );
});
