// The service worker of a grid worker's pages: what was seen stays readable, what was written is sent when it can be.
// It keeps no answer to a form, and forgets all pages when the session ends (see also app.js: sign-out).
"use strict";
const SETTINGS = {{ settings|tojson }};
importScripts(SETTINGS.queue);
const STATICS = `minping-grid-static-${SETTINGS.version}`;
const PAGES = `minping-grid-pages-${SETTINGS.version}`;
const PATIENCE_MS = 6000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    await (await caches.open(STATICS)).addAll(SETTINGS.statics);
    await Promise.allSettled(SETTINGS.pages.map((url) => fresh(new Request(url, { redirect: "manual" }))));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("minping-grid-") && ![STATICS, PAGES].includes(name));
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

// One page, one copy: what stands behind "?" is said in words that are soon out of date.
const keyOf = (url) => { const key = new URL(url); key.search = ""; key.hash = ""; return key.href; };

async function fresh(request) {
  const answer = await fetch(request);
  // Signed out: nobody is to read on this phone what only a grid worker may see.
  if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401) await caches.delete(PAGES);
  else if (answer.ok) await (await caches.open(PAGES)).put(keyOf(request.url), answer.clone());
  else if (answer.status === 403 || answer.status === 404) await (await caches.open(PAGES)).delete(keyOf(request.url));
  return answer;
}

async function kept(request) {
  const pages = await caches.open(PAGES);
  const found = await pages.match(keyOf(request.url)) ?? await pages.match(new URL(SETTINGS.offline, location).href);
  if (!found) return Response.error();
  // The page says itself that it may be out of date.
  const text = (await found.text()).replace('data-cached=""', 'data-cached="yes"');
  return new Response(text, { headers: found.headers });
}

async function page(event) {
  const answer = fresh(event.request);
  event.waitUntil(answer.catch(() => null));
  let timer;
  const late = new Promise((done) => { timer = setTimeout(done, PATIENCE_MS); });
  try {
    const first = await Promise.race([answer, late]);
    if (first && first.status < 500) return first;
    const pages = await caches.open(PAGES);
    // A slow network and nothing kept: there is nothing better than to wait.
    if (!(await pages.match(keyOf(event.request.url)))) return await answer;
    return await kept(event.request);
  } catch { return kept(event.request); } finally { clearTimeout(timer); }
}

async function file(request, name, keep) {
  const found = await caches.match(request, { cacheName: name });
  if (found) return found;
  const answer = await fetch(request);
  if (keep && answer.ok) await (await caches.open(name)).put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname.startsWith("/grid/")) event.respondWith(page(event));
  } else if (SETTINGS.statics.includes(url.pathname)) event.respondWith(file(request, STATICS, true));
  else if (url.pathname.startsWith(SETTINGS.photos)) event.respondWith(file(request, PAGES, true));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "minping-grid-send") {
    // Refused, the browser tries again later.
    event.waitUntil(self.gridQueue.flush().then(({ reached }) => { if (!reached) throw new Error("no network"); }));
  }
});
