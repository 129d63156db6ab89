// The live room: numbers that move by themselves, buttons that do not, and the same page without JavaScript.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { standStill } from "./database.mjs";
import { arrive, inState, press, sell, until, untilState, visitor } from "./lib.mjs";
import { staff } from "./staff.mjs";

const sum = async page => (await page.locator(".sum").innerText()).replace(/\s+/g, " ");

test("a merchant watches shoppers come, and acts from the room", async t => {
  const sale = await sell([{ units: 2 }], { title: "A sale to watch" });
  const { page } = await staff("merchant");
  await page.goto(`/en/sales/${sale.sale}`);
  await page.getByRole("link", { name: "Live room" }).click();
  await page.waitForURL(new RegExp(`/en/sales/${sale.sale}/live$`));
  const room = page.url(), main = page.locator("main");
  assert.equal(await sum(page), "2 Allotted = 0 Sold + 0 Held + 2 Left");
  let loads = 0, other;
  page.on("load", () => loads++);

  await t.test("numbers move without a reload, and focus and what is typed stay", async () => {
    await page.locator("summary", { hasText: "Tell shoppers" }).click();
    const message = page.getByLabel("Message");
    await message.fill("Kettles ship on");
    const box = await message.boundingBox();
    await page.evaluate(() => window.kept = document.querySelector(".sum"));
    for (const name of ["Lena Okafor", "Jun Park", "Ada Byron"]) {
      const shopper = await visitor();
      await arrive(shopper.page, `/en/items/${sale.items[0]}`, { name, email: `${name.split(" ")[0]}-${process.pid}@example.com` });
      if (name !== "Ada Byron") {
        await press(shopper.page);
        await inState(shopper.page, "held");
        continue;
      }
      const pass = await (await shopper.page.request.get(`/items/${sale.items[0]}/pass`)).json();
      const no = await shopper.page.request.post(`/items/${sale.items[0]}/orders`, { data: { pass: pass.pass, units: 1 } });
      assert.equal(no.status(), 409);
    }
    await until("both are held", async () => await sum(page) === "2 Allotted = 0 Sold + 2 Held + 0 Left");
    await page.locator('[data-balanced="true"]').waitFor();
    await until("they were counted", async () => /2 placed in all/.test(await main.innerText()) && /1 sold out/.test(await main.innerText()));
    assert.equal(await message.evaluate(at => at === document.activeElement && at.value), "Kettles ship on");
    assert.equal((await message.boundingBox()).x, box.x);
    assert.equal(await page.evaluate(() => window.kept.isConnected), true, "a selection stays");
    assert.equal(loads, 0);
    assert.deepEqual(await violations(page), []);
  });

  await t.test("tells shoppers", async () => {
    const form = page.locator("details[open] form");
    await form.getByLabel("Message").fill("Kettles ship on Monday.");
    await form.getByLabel("Reason").fill("asked a lot");
    await form.getByRole("button", { name: "Tell shoppers" }).click();
    await page.locator('main[data-outcome="told"]').waitFor();
    const shopper = await visitor();
    await until("shoppers read it", async () => {
      await shopper.page.goto(`/en/items/${sale.items[0]}`);
      return await shopper.page.getByText("Kettles ship on Monday.").count() > 0;
    });
  });

  await t.test("pauses, and another display shows it by itself", async () => {
    ({ page: other } = await staff("viewer"));
    await other.goto(room);
    assert.equal(await other.locator("summary").count(), 0, "a viewer has no buttons");
    await page.locator("summary", { hasText: "Pause" }).click();
    const form = page.locator("details[open] form");
    await form.getByLabel("Reason").fill("the pictures are wrong");
    await form.getByRole("button", { name: "Pause" }).click();
    await page.locator('main[data-outcome="paused"]').waitFor();
    await other.locator('main[data-tab="paused"]').waitFor();
    await untilState(sale.items[0], "paused");
    await page.locator("summary", { hasText: "Resume" }).waitFor();
    assert.equal(await page.locator("summary", { hasText: "Pause" }).isVisible(), false);
  });

  await t.test("updates can be stopped", async () => {
    const stamp = at => at.locator("[data-live] time").last().getAttribute("datetime");
    await page.getByRole("button", { name: "Stop updates" }).click();
    const before = await stamp(page), news = await stamp(other);
    await until("the other display has had two seconds of news", async () => new Date(await stamp(other)) - new Date(news) > 2000);
    assert.equal(await stamp(page), before);
    await page.getByRole("button", { name: "Go on updating" }).click();
    await until("it goes on", async () => await stamp(page) !== before);
  });

  await t.test("ends it, after the number was typed", async () => {
    await page.locator("summary", { hasText: "End now" }).click();
    const form = page.locator("details[open] form");
    assert.match(await form.innerText(), /2/, "it says what happens to the holds");
    await form.getByLabel("Reason").fill("enough");
    await form.getByRole("button", { name: "End now" }).click();
    await page.locator(".summary").waitFor();
    await page.locator("details[open] form").getByLabel(/type its number/).fill(String(sale.sale));
    await page.locator("details[open] form").getByRole("button", { name: "End now" }).click();
    await page.locator('main[data-outcome="ended"]').waitFor();
    await untilState(sale.items[0], "over");
  });
});

test("the room works without JavaScript", async () => {
  const sale = await sell([{ units: 5 }], { title: "A sale to look at" });
  const { page } = await staff("merchant", { javaScriptEnabled: false });
  await page.goto(`/en/sales/${sale.sale}/live`);
  assert.equal(await sum(page), "5 Allotted = 0 Sold + 0 Held + 5 Left");
  assert.equal(await page.getByRole("button", { name: "Stop updates" }).isVisible(), false);
  const shopper = await visitor();
  await arrive(shopper.page, `/en/items/${sale.items[0]}`, { name: "Lena Okafor", email: `plain-${process.pid}@example.com` });
  await press(shopper.page);
  await inState(shopper.page, "held");
  await page.getByRole("link", { name: "Look again" }).click();
  assert.equal(await sum(page), "5 Allotted = 0 Sold + 1 Held + 4 Left");
  await page.locator("summary", { hasText: "Change units" }).click();
  const units = page.locator("details[open] form");
  await units.getByLabel("Units").fill("3");
  await units.getByLabel("Reason").fill("found a box");
  await units.getByRole("button", { name: "Add units" }).click();
  await page.locator('main[data-outcome="added"]').waitFor();
  await page.locator("summary", { hasText: "Extend" }).click();
  const extend = page.locator("details[open] form");
  await extend.getByLabel("Reason").fill("so many came");
  await extend.getByRole("button", { name: "Extend" }).click();
  await page.locator('main[data-outcome="extended"]').waitFor();
});

test("the room says when what it shows is old, and goes on by itself", async t => {
  const sale = await sell([{ units: 5 }], { title: "A sale out of sight" });
  const { context, page } = await staff("merchant");
  const events = `/en/sales/${sale.sale}/live/events`;
  await page.goto(`/en/sales/${sale.sale}/live`);
  await page.locator('[data-away="false"][data-balanced="true"]').waitFor();
  const away = page.getByText("The database does not answer"), cut = page.getByText("No news from the console");
  assert.equal(await away.count() + await cut.filter({ visible: true }).count(), 0);

  await t.test("the database stands still", async () => {
    const goOn = standStill();
    try {
      await page.locator('[data-away="true"]').waitFor();
      await away.waitFor();
      assert.equal(await sum(page), "5 Allotted = 0 Sold + 0 Held + 5 Left", "what was read last stays");
      assert.deepEqual(await violations(page), []);
    } finally {
      goOn();
    }
    await page.locator('[data-away="false"]').waitFor();
    assert.equal(await away.count(), 0);
  });

  await t.test("the console sends nothing any more", async () => {
    context.expect(`503 ${events}`);
    await page.route(`**${events}`, route => route.fulfill({ status: 503, contentType: "text/html", body: "<p>It is busy</p>" }));
    await page.reload();
    await cut.waitFor();
    assert.equal(await sum(page), "5 Allotted = 0 Sold + 0 Held + 5 Left", "a refusal is not shown in the place of the numbers");
    assert.deepEqual(await violations(page), []);
    await page.unroute(`**${events}`);
    await cut.waitFor({ state: "hidden" });
    const shopper = await visitor();
    await arrive(shopper.page, `/en/items/${sale.items[0]}`, { name: "Lena Okafor", email: `old-${process.pid}@example.com` });
    await press(shopper.page);
    await inState(shopper.page, "held");
    await until("the numbers move again", async () => await sum(page) === "5 Allotted = 0 Sold + 1 Held + 4 Left");
  });
});

test("a stream that breaks off comes back by itself, again and again", async () => {
  const sale = await sell([{ units: 5 }], { title: "A sale on a bad line" });
  const { page } = await staff("merchant");
  let streams = 0;
  await page.route(`**/en/sales/${sale.sale}/live/events`, route => route.fulfill({
    contentType: "text/event-stream", body: `data: <div class="now" data-tab="live"><p class="sum">stream ${++streams}</p></div>\n\n`,
  }));
  await page.goto(`/en/sales/${sale.sale}/live`);
  await until("the third stream is shown", async () => await sum(page) === "stream 3");
});

test("who may not watch any more is led to sign in, and back to the room", async () => {
  const sale = await sell([{ units: 5 }], { title: "A sale not to be watched any more" });
  const { context, page } = await staff("merchant"), path = `/en/sales/${sale.sale}/live`;
  await page.goto(path);
  await page.locator('[data-balanced="true"]').waitFor();
  const desk = await context.newPage();
  await desk.goto("/en/account");
  await desk.getByRole("button", { name: "Sign out everywhere" }).click();
  await desk.waitForURL(/\/en\/sign-in$/);
  await page.waitForURL(/\/en\/sign-in\?to=/);
  assert.equal(new URL(page.url()).searchParams.get("to"), path);
});
