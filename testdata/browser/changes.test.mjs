// What the merchant does shows on a page that somebody is looking at, without loading it again.
import assert from "node:assert/strict";
import test from "node:test";
import { arrive, inState, merchant, post, press, sell, visitor } from "./lib.mjs";

const change = async (page, state, ...command) => {
  await merchant("sale", ...command, "--reason", "a browser test");
  const began = Date.now();
  await inState(page, state);
  console.log(`# ${state} is seen ${Date.now() - began} ms after the merchant's command`);
};

const button = page => page.locator("[data-go]");

test("an item sells out, comes back, is paused, resumed and ended while a shopper watches", async t => {
  const { sale, items: [kettle] } = await sell([{ units: 3 }]);
  const { page } = await visitor({ expect: [`409 /items/${kettle}/orders`] });
  await arrive(page, `/en/items/${kettle}`);
  await inState(page, "live");
  await page.evaluate(() => { window.sameDocument = true; });
  const box = await button(page).boundingBox();

  const looksLike = async (state, words, enabled) => {
    assert.equal((await button(page).textContent()).trim(), words, state);
    assert.equal(await button(page).getAttribute("aria-disabled"), String(!enabled), state);
    assert.deepEqual(await button(page).boundingBox(), box, `the button keeps its box when ${state}`);
  };

  await t.test("sold out, and back", async () => {
    await change(page, "sold_out", "withdraw", String(kettle), "3");
    await looksLike("sold_out", "Sold out", false);
    assert.match(await page.locator("[data-say]").textContent(), /Sold out/, "readers of the screen are told");
    await change(page, "live", "add", String(kettle), "2");
    await looksLike("live", "Buy", true);
    assert.match(await page.locator("[data-left]").textContent(), /^2 of/);
  });

  await t.test("paused, and resumed", async () => {
    await change(page, "paused", "pause", String(sale));
    await looksLike("paused", "Paused", false);
    await change(page, "live", "resume", String(sale));
    await looksLike("live", "Buy", true);
  });

  await t.test("ended", async () => {
    await change(page, "over", "end", String(sale));
    await looksLike("over", "Over", false);
  });
  assert.ok(await page.evaluate(() => window.sameDocument), "the page was never loaded again");

  await t.test("and the page of now says the same", async () => {
    await page.reload();
    await inState(page, "over");
    await post(page, `/en/items/${kettle}/orders`, { units: 1 });
    await page.locator('main[data-outcome="over"]').waitFor();
  });
});

test("pressing at the moment it sells out turns the page, not the shopper away", async () => {
  const { items: [kettle] } = await sell([{ units: 1 }]);
  const winner = await visitor(), loser = await visitor({ expect: [`409 /items/${kettle}/orders`] });
  await arrive(winner.page, `/en/items/${kettle}`);
  await arrive(loser.page, `/en/items/${kettle}`);
  for (const { page } of [winner, loser]) await page.locator('[data-go][aria-disabled="false"]').waitFor();
  // The loser's page stops hearing news, so that it is the press that finds out.
  await loser.page.route("**/state", () => {});
  await press(winner.page);
  await inState(winner.page, "held");
  await press(loser.page);
  await inState(loser.page, "sold_out");
  assert.match(loser.page.url(), new RegExp(`/en/items/${kettle}$`));
  await loser.page.unroute("**/state");
  await winner.page.getByText("Cancel this order").click();
  await winner.page.getByRole("button", { name: "Yes, cancel it" }).click();
  await inState(winner.page, "cancelled");
  await loser.page.reload();
  await inState(loser.page, "live");
  await press(loser.page);
  await inState(loser.page, "held");
});
