// The pictures of the README, from a running demo after `make rush`: DEMO=../../.data/demo.json DOORBUSTER=… node --test pictures.mjs
import test from "node:test";
import { arrive, demo, desktop, inState, phone, press, until, visitor } from "./lib.mjs";
import { staff } from "./staff.mjs";

const folder = new URL("../../docs/", import.meta.url).pathname;
const item = `/en/items/${demo.hot_item}`;

const take = (page, name) => page.screenshot({ path: `${folder}${name}.png` });

test("the pictures of the README", async () => {
  const light = await visitor({ viewport: phone, deviceScaleFactor: 2 });
  const dark = await visitor({ viewport: phone, deviceScaleFactor: 2, colorScheme: "dark" });
  for (const { page } of [light, dark]) {
    await arrive(page, item, { name: "Lena Okafor" });
    await inState(page, "live");
    await page.locator('[data-go][aria-disabled="false"]').waitFor();
    await page.locator(".photo img").evaluate(image => image.decode());
  }
  await take(light.page, "item");
  await take(dark.page, "item-dark");
  await press(light.page);
  await inState(light.page, "held");
  await light.page.locator(".photo img").evaluate(image => image.decode());
  await until("the clock runs", async () => /^09:/.test((await light.page.locator("[data-clock]").textContent()).trim()));
  await take(light.page, "order");
});

test("the picture of the console", async () => {
  const { page } = await staff("merchant", { viewport: desktop });
  await page.goto(`/en/sales/${demo.sale}`);
  await page.locator('[data-balanced="true"]').waitFor();
  await take(page, "console-sale");
});
