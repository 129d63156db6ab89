// Both languages say the same, and switching keeps the place.
import assert from "node:assert/strict";
import test from "node:test";
import { arrive, inState, press, sell, visitor } from "./lib.mjs";

const lang = page => page.evaluate(() => document.documentElement.lang);

test("the browser's language decides at first, the address from then on", async () => {
  const chinese = await visitor({ locale: "zh-CN" });
  await chinese.page.goto("/");
  assert.match(chinese.page.url(), /\/zh\/$/);
  assert.match(await lang(chinese.page), /^zh/);
  const other = await visitor({ locale: "fr-FR" });
  await other.page.goto("/");
  assert.match(other.page.url(), /\/en\/$/);
});

test("switching keeps the page, and a Chinese shopper buys", async () => {
  const { sale, items: [kettle] } = await sell([{ title: "手冲壶 1.8 升" }]);
  const { page } = await visitor();
  for (const path of ["/", `/sales/${sale}`, `/items/${kettle}`, "/sign-in", "/sign-up"]) {
    await page.goto(`/en${path}`);
    assert.equal(await lang(page), "en");
    const link = page.getByRole("link", { name: "中文" });
    assert.match(await link.getAttribute("lang"), /^zh/);
    await link.click();
    await page.waitForURL(`**/zh${path}`);
    assert.match(await lang(page), /^zh/);
    await page.getByRole("link", { name: "English" }).click();
    await page.waitForURL(`**/en${path}`);
  }
  await arrive(page, `/zh/items/${kettle}`);
  await page.locator('[data-go][aria-disabled="false"]').waitFor();
  assert.match(await page.locator("main").innerText(), /\p{Script=Han}/u);
  await press(page);
  await inState(page, "held");
  assert.match(page.url(), /\/zh\/orders\//);
  assert.doesNotMatch(await page.locator(".stub .next, .story").allInnerTexts().then(texts => texts.join(" ")), /[a-z]{4,}/i, "no English is left");
  await page.getByRole("link", { name: "English" }).click();
  await inState(page, "held");
  assert.match(page.url(), /\/en\/orders\//);
});
