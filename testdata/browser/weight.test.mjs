// What a phone on a bad line has to load before the button works.
import assert from "node:assert/strict";
import test from "node:test";
import { sell, visitor } from "./lib.mjs";

const most = { requests: 3, bytes: 14 * 1024 };

test("an item page is light", async () => {
  const { items: [kettle] } = await sell([{}]);
  const { page, context } = await visitor();
  const wire = await context.newCDPSession(page);
  const seen = new Map();
  wire.on("Network.requestWillBeSent", ({ requestId, request }) => seen.set(requestId, { url: new URL(request.url).pathname, bytes: 0 }));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { seen.get(requestId).bytes = encodedDataLength; });
  await wire.send("Network.enable");
  await page.goto(`/en/items/${kettle}`);
  await page.locator('[data-go][aria-disabled="false"]').waitFor();
  const loaded = [...seen.values()].filter(({ url }) => !url.startsWith("/images/"));
  for (const { url, bytes } of loaded) console.log(`# ${bytes} bytes  ${url}`);
  // Not counted, but weighed: the state, which keeps the page right again and again, and the icon of the tab, which nothing waits for.
  const parts = loaded.filter(({ url }) => !url.endsWith("/state") && !url.endsWith("/icon.svg"));
  assert.ok(parts.length <= most.requests, `${parts.length} requests: ${parts.map(part => part.url)}`);
  const bytes = loaded.reduce((sum, part) => sum + part.bytes, 0);
  assert.ok(bytes > 0 && bytes <= most.bytes, `${bytes} bytes over the wire, at most ${most.bytes}`);
  assert.ok([...seen.values()].some(({ url }) => url.startsWith("/images/")), "the picture was loaded");
});
