// Plan B from the console: one item is stopped and another is not, shoppers are told so politely, and when it is off again they buy.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { arrive, inState, press, sell, untilState, visitor } from "./lib.mjs";
import { staff } from "./staff.mjs";

const sale = await sell([{ title: "Plan B kettle", units: 5 }, { title: "Plan B lamp", units: 5 }], { title: "A sale for plan B" });
const [kettle, lamp] = sale.items;
const { page, member } = await staff("merchant", { javaScriptEnabled: false });

// turn opens a card, says why and presses its button.
const turn = async (name, button, reason, rate) => {
  const card = page.locator(`#${name}`);
  await card.locator("summary").click();
  if (rate) await card.getByLabel(/Presses a second/).fill(rate);
  await card.getByLabel("Reason").fill(reason);
  await card.getByRole("button", { name: button, exact: true }).click();
  await page.locator('main[data-outcome="set"]').waitFor();
};

test("a merchant stops new holds of an item that he looks up, and shoppers of it are told", async t => {
  const plain = await visitor({ javaScriptEnabled: false }), scripted = await visitor();
  await arrive(plain.page, `/en/items/${kettle}`, { name: "Lena Okafor", email: "lena.plan.b@example.com" });
  await arrive(scripted.page, `/en/items/${kettle}`, { name: "Ada Osei", email: "ada.plan.b@example.com" });
  await inState(scripted.page, "live");

  await page.goto("/en/switches");
  await page.getByText("No switch is on").waitFor();
  await page.getByRole("searchbox").fill("plan b KETTLE");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Plan B kettle" }).click();
  await turn("stop_new_holds", "Turn on", "the price is wrong");
  await untilState(kettle, "paused");
  await untilState(lamp, "live");

  await t.test("without a script", async () => {
    await plain.page.getByRole("button", { name: "Buy", exact: true }).click(); // the page is from before
    await plain.page.locator('main[data-outcome="paused"]').waitFor();
    assert.match(await plain.page.locator("main").innerText(), /This press ordered nothing/);
    assert.equal(await plain.page.locator('main a[href="/en/orders"]').count(), 1);
    assert.deepEqual(await violations(scripted.page), []);
  });
  await t.test("with a script, without loading the page again", async () => {
    await inState(scripted.page, "paused");
    assert.match(await scripted.page.locator("main").innerText(), /Stopped by the shop for now/);
  });
  await t.test("the lamp is sold", async () => {
    const { page: other } = await visitor();
    await arrive(other, `/en/items/${lamp}`, { name: "Ben Ito", email: "ben.plan.b@example.com" });
    await press(other);
    await inState(other, "held");
  });
  await t.test("the console reminds of it", async () => {
    for (const path of ["/en/", `/en/sales/${sale.sale}`]) {
      await page.goto(path);
      const text = await page.locator(".reminder").innerText();
      assert.match(text, /Stop new holds: Plan B kettle/);
      assert.ok(text.includes(`by ${member.name}`) && text.includes("the price is wrong"), text);
    }
    await page.locator(".reminder").getByRole("link").first().click();
  });
  await t.test("off again, shoppers buy", async () => {
    await turn("stop_new_holds", "Turn off", "the price is right");
    await untilState(kettle, "live");
    await inState(scripted.page, "live");
    await press(scripted.page);
    await inState(scripted.page, "held");
    await plain.page.goto(`/en/items/${kettle}`);
    await plain.page.getByRole("button", { name: "Buy", exact: true }).click();
    await inState(plain.page, "held");
    await page.goto("/en/");
    assert.equal(await page.locator(".reminder").count(), 0, "reminders of what is off");
  });
});

test("a closed item says that it is closed and nothing else, and is undone with one press", async () => {
  const shopper = await visitor({ locale: "zh-CN" });
  await arrive(shopper.page, `/zh/items/${kettle}`, { name: "Cao Xueqin", email: "cao.plan.b@example.com" });
  await inState(shopper.page, "live");
  shopper.context.expect(`409 /items/${kettle}/pass`); // a press may come before the page has heard of it
  await page.goto(`/en/switches/items/${kettle}`);
  await turn("sold_out_page", "Turn on", "too many are here");
  await inState(shopper.page, "closed");
  const text = await shopper.page.locator("main").innerText();
  assert.match(text, /暂停销售/);
  assert.doesNotMatch(text, /售罄/);
  assert.deepEqual(await violations(shopper.page), []);
  await page.locator(".told").getByRole("button", { name: "Undo", exact: true }).click();
  await page.locator('[data-undo="undone"]').waitFor();
  await inState(shopper.page, "live");
  await press(shopper.page);
  await inState(shopper.page, "held");
});

test("a rate is turned on, changed and turned off; a number that is none stands at its field", async () => {
  await page.goto(`/en/switches/items/${lamp}`);
  await turn("admission_rate", "Turn on", "a rehearsal", "500");
  const card = page.locator("#admission_rate");
  await card.locator("summary").click();
  await card.getByLabel(/Presses a second/).fill("many");
  await card.getByLabel("Reason").fill("a slip");
  await card.getByRole("button", { name: "Change the number" }).click();
  await page.locator("#admission_rate-rate-error").waitFor();
  assert.equal(await card.getByLabel("Reason").inputValue(), "a slip");
  await card.getByLabel(/Presses a second/).fill("50");
  await card.getByRole("button", { name: "Change the number" }).click();
  await page.getByText("The number was 500 and is 50 presses a second now.").waitFor();
  const { page: shopper } = await visitor();
  await arrive(shopper, `/en/items/${lamp}`, { name: "Dai Llewelyn", email: "dai.plan.b@example.com" });
  await press(shopper);
  await inState(shopper, "held"); // one a second is let through by 50
  await turn("admission_rate", "Turn off", "the rehearsal is over");
  await page.getByText("No switch is on").waitFor();
});
