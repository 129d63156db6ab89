// The database stops answering while shoppers are on the pages. Nothing lies, nothing is lost, and the pages find out by themselves.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { standStill } from "./database.mjs";
import { arrive, inState, press, sell, until, visitor } from "./lib.mjs";

test("the database stands still: pages stay, a press is asked about until it is known, then all goes on", async t => {
  const { items: [kettle, clock] } = await sell([{ units: 5 }, { title: "Wall Clock", image: "wall-clock" }]);
  const plain = await visitor({ javaScriptEnabled: false }), script = await visitor(), reader = await visitor();
  await arrive(plain.page, `/en/items/${kettle}`);
  await arrive(script.page, `/en/items/${kettle}`);
  for (const what of [`503 /items/${kettle}/orders`, `503 /items/${kettle}/pass`, `409 /items/${kettle}/orders`]) script.context.expect(what);
  await script.page.locator('[data-go][aria-disabled="false"]').waitFor();
  for (const path of ["/", `/items/${clock}`]) await reader.page.goto(`/en${path}`); // so that they are in memory

  const goOn = standStill();
  try {
    await t.test("a press without JavaScript gets an honest page that keeps its key", async () => {
      await press(plain.page);
      await plain.page.locator('main[data-outcome="unknown"]').waitFor();
      const key = await plain.page.locator("input[name=pass]").inputValue();
      await plain.page.locator("[data-go]").click();
      await plain.page.locator("main.notice").waitFor();
      assert.equal(await plain.page.locator("input[name=pass]").inputValue(), key, "the same key until it is known");
    });

    await t.test("a press with JavaScript says what it is doing", async () => {
      await press(script.page);
      await until("the button says so", async () => /Checking|Busy|Asking/.test(await script.page.locator("[data-go]").textContent()));
    });

    await t.test("pages are shown from memory", async () => {
      for (const path of ["/", `/items/${kettle}`, `/items/${clock}`]) {
        assert.equal((await reader.page.goto(`/en${path}`)).status(), 200, path);
      }
      await inState(reader.page, "live");
    });

    await t.test("what needs the database says when to come back, for everybody to read", async () => {
      await until("the shop knows that it is away", async () => {
        await plain.page.goto("/en/orders");
        return await plain.page.locator('main[data-outcome="unavailable"]').count();
      });
      await script.context.newPage().then(async page => {
        await page.goto("/en/orders");
        assert.deepEqual(await violations(page), []);
        await page.close();
      });
    });

    goOn();
    await t.test("the waiting page finds its order by itself", async () => {
      await inState(script.page, "held");
    });

    await t.test("the page without JavaScript finds its order, and only one", async () => {
      await until("the press is answered", async () => {
        await plain.page.goto(`/en/items/${kettle}`);
        await press(plain.page);
        return await plain.page.locator('main[data-state="held"]').count();
      });
      await plain.page.goto("/en/orders");
      assert.equal(await plain.page.locator("li.row").count(), 1);
    });
  } finally {
    goOn();
  }
});
