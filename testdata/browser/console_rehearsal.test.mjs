// A rehearsal from the console, without JavaScript and with it: a crowd rushes at a copy, and the real sale is as it was.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { desktop, sell, until } from "./lib.mjs";
import { staff } from "./staff.mjs";

const sale = await sell([{ units: 5 }, { units: 9 }], { title: "Lamps to rehearse" });

const begin = async (page, shoppers) => {
  await page.goto(`/en/sales/${sale.sale}`);
  await page.getByRole("link", { name: "Rehearse this sale" }).click();
  await page.getByLabel("Shoppers").fill(shoppers);
  await page.getByLabel("Seconds").fill("1");
  await page.getByRole("button", { name: "Rehearse now" }).click();
};
const equation = async page => {
  await page.goto(`/en/sales/${sale.sale}`);
  return (await page.locator(".sum").innerText()).replace(/\s+/g, " ");
};

test("a merchant rehearses without JavaScript", async () => {
  const { page } = await staff("merchant", { javaScriptEnabled: false, viewport: desktop });
  const before = await equation(page);
  await begin(page, "none");
  await page.locator(".summary").waitFor();
  assert.equal(await page.getByLabel("Shoppers").inputValue(), "none", "what was typed stays");
  await begin(page, "40");
  await page.locator("main[data-rehearsal]").waitFor();
  await until("it is done", async () => {
    const again = page.getByRole("link", { name: "Look again" });
    if (await again.count()) await again.click();
    return await page.locator('main[data-state="done"]').count() > 0;
  });
  assert.equal(await page.locator("main").getAttribute("data-verdict"), "clean");
  assert.match((await page.locator("dl.facts").innerText()).replace(/\s+/g, " "), /Units 5 Bought 5 /);
  assert.ok(await page.locator("img.wide").evaluate(img => img.complete && img.naturalWidth > 0), "the picture is there");
  assert.equal(await page.locator('tr[data-result="failed"]').count(), 0);
  assert.equal(await equation(page), before, "the real sale is as it was");
  await page.goto(`/en/sales/${sale.sale}/rehearsals`);
  await page.locator("tr[data-rehearsal] a").first().click();
  await page.getByRole("button", { name: "Delete this rehearsal" }).click();
  await page.locator('main[data-outcome="deleted"]').waitFor();
  assert.equal(await page.locator("tr[data-rehearsal]").count(), 0);
});

test("with JavaScript the page follows it to its end, and it can be stopped", async () => {
  const { page } = await staff("merchant", { viewport: desktop });
  await begin(page, "60");
  await page.locator('main[data-state="running"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.locator('main[data-state="done"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await begin(page, "20000");
  await page.locator('main[data-state="running"]').waitFor();
  await page.getByRole("button", { name: "Stop the rehearsal" }).click();
  await page.locator('main[data-state="stopped"]').waitFor();
});
