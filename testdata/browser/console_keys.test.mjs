// The palette and the keys of the console: they lead anywhere, leave typing alone, and can be turned off; and how one browser shows the console.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { desktop, sell } from "./lib.mjs";
import { staff } from "./staff.mjs";

const sale = await sell([{ units: 3 }], { title: "Lamps of the palette" });
const { page } = await staff("merchant", { viewport: desktop });
const at = pattern => page.waitForURL(pattern);
const opened = () => page.locator("#palette[open]");

test("the palette leads to a place and searches a list", async () => {
  await page.goto("/en/");
  await page.keyboard.press("Control+k");
  await opened().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "palette-text");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.type("mail");
  assert.equal(await page.locator("#palette li:not([hidden]) a:not([data-search])").count(), 1, "only what fits stays");
  await page.keyboard.press("Enter");
  await at(/\/en\/mails$/);

  await page.getByRole("button", { name: "Go to…" }).click();
  await opened().waitFor();
  await page.keyboard.type("lamps of");
  await page.getByRole("link", { name: /Search sales for/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await at(/\/en\/sales\?search=lamps%20of$/);
  await page.locator(`tr[data-sale="${sale.sale}"]`).waitFor();
});

test("Esc closes it and the focus goes back", async () => {
  await page.goto("/en/sales");
  const link = page.locator("nav.tabs a").first();
  await link.focus();
  await page.keyboard.press("Control+k");
  await opened().waitFor();
  await page.keyboard.press("Escape");
  await opened().waitFor({ state: "detached" });
  assert.ok(await link.evaluate(node => node === document.activeElement), "the focus is back");
});

test("g and a letter goes there, / searches, ? lists", async () => {
  await page.goto("/en/");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await at(/\/en\/sales$/);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.type), "search");
  await page.keyboard.type("gm?");
  assert.equal(await page.locator("main input[type=search]").inputValue(), "gm?", "typed text is text");
  assert.match(page.url(), /\/en\/sales$/);
  await page.locator("h1").click();
  await page.keyboard.press("?");
  await opened().waitFor();
  assert.match(await page.locator("#palette").innerText(), /g s/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("Control+m");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await at(/\/en\/sales\?tab=live$/);
});

test("single keys can be turned off, and the colours chosen", async () => {
  await page.goto("/en/account");
  await page.getByLabel("Single-key shortcuts").uncheck();
  await page.getByLabel("Dark").check();
  await page.getByRole("button", { name: "Keep" }).click();
  await page.locator('main[data-outcome="kept"]').waitFor();
  assert.equal(await page.getByLabel("Single-key shortcuts").isChecked(), false);
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.keyboard.press("?");
  assert.equal(await opened().count(), 0);
  await page.keyboard.press("Control+k");
  await opened().waitFor();
  assert.match(page.url(), /\/en\/account/, "no single key led away");
  assert.equal(await page.locator("#palette kbd").count(), 0);
  await page.keyboard.press("Escape");
  await page.getByLabel("Single-key shortcuts").check();
  await page.getByLabel("As the device").check();
  await page.getByRole("button", { name: "Keep" }).click();
  await page.locator('main[data-outcome="kept"]').waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await at(/\/en\/sales$/);
});
