// Buying with JavaScript: through the opening, in one tap, once.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { arrive, inState, press, sell, until, visitor } from "./lib.mjs";

const orders = async page => {
  const listed = await page.request.get("/en/orders");
  return [...(await listed.text()).matchAll(/<li class="row" data-order="([^"]+)" data-state="([^"]+)"/g)].map(match => match[2]);
};

test("a new shopper waits through the opening and buys in one tap", async () => {
  const { page } = await visitor({ hasTouch: true, isMobile: true });
  await page.goto("/en/sign-up");
  await page.getByLabel("E-mail").fill(`${randomUUID()}@example.com`);
  await page.getByLabel("Name").fill("李小雨");
  await page.getByLabel("Password").fill(`long and ${randomUUID()}`);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Sales", exact: true }).waitFor();

  const { items: [kettle] } = await sell([{ units: 5 }], { opensIn: 12 });
  await page.goto(`/en/items/${kettle}`);
  await page.evaluate(() => { window.sameDocument = true; });
  const button = page.locator("[data-go]"), clock = page.locator("[data-clock]");
  await until("the clock counts", async () => /^00:0\d$/.test((await clock.textContent()).trim()));
  const first = await clock.textContent();
  await until("the clock has ticked", async () => await clock.textContent() !== first);
  assert.equal(await button.getAttribute("aria-disabled"), "true", "before the opening");
  const box = await button.boundingBox();
  await page.locator('[data-go][aria-disabled="false"]').waitFor();
  await inState(page, "live");
  assert.equal((await button.textContent()).trim(), "Buy");
  assert.deepEqual(await button.boundingBox(), box, "the button keeps its box");
  assert.ok(await page.evaluate(() => window.sameDocument), "no reload");
  assert.match(await page.locator("[data-say]").textContent(), /Open now/);

  await button.tap();
  await inState(page, "held");
  const time = page.locator("[data-clock]");
  await until("the hold's clock runs", async () => /^0[89]:\d\d$/.test((await time.textContent()).trim()));
  const before = await time.textContent();
  await until("the hold's clock ticks", async () => await time.textContent() !== before);
  assert.deepEqual(await orders(page), ["held"]);

  const order = page.url();
  await page.goto(`/en/items/${kettle}`);
  const yours = page.locator("[data-yours]");
  await yours.waitFor();
  assert.ok(await button.isHidden(), "the button has given way to the order");
  await yours.click();
  await inState(page, "held");
  assert.equal(page.url(), order);
});

test("two quick clicks are one order", async () => {
  const { items: [kettle] } = await sell([{ units: 5 }]);
  const { page } = await visitor();
  await arrive(page, `/en/items/${kettle}`);
  await inState(page, "live");
  await page.locator("[data-go]").dblclick();
  await inState(page, "held");
  assert.deepEqual(await orders(page), ["held"]);
});

test("two tabs are one order", async () => {
  const { items: [kettle] } = await sell([{ units: 5 }]);
  const { page, context } = await visitor({ expect: [`409 /items/${kettle}/orders`] });
  await arrive(page, `/en/items/${kettle}`);
  const second = await context.newPage();
  await second.goto(`/en/items/${kettle}`);
  for (const tab of [page, second]) await tab.locator('[data-go][aria-disabled="false"]').waitFor();
  await Promise.all([press(page), press(second)]);
  for (const tab of [page, second]) await inState(tab, "held");
  assert.equal(second.url(), page.url());
  assert.deepEqual(await orders(page), ["held"]);
});

test("an order's page turns by itself when it is paid in another tab", async () => {
  const { items: [kettle] } = await sell([{ units: 5 }]);
  const { page, context } = await visitor();
  await arrive(page, `/en/items/${kettle}`);
  await press(page);
  await inState(page, "held");
  const order = page.url();
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByRole("heading", { name: "No money moves here" }).waitFor();
  const second = await context.newPage();
  await second.goto(order);
  await second.getByText("A payment has begun.").waitFor();
  await page.getByRole("button", { name: "4242 4242 4242 4242" }).click();
  for (const tab of [page, second]) await inState(tab, "paid");
});

test("more than one unit can be chosen where the limit allows it", async () => {
  const { items: [kettle] } = await sell([{ units: 9 }], { limit: 4 });
  const { page } = await visitor();
  await arrive(page, `/en/items/${kettle}`);
  await page.getByLabel("Units").selectOption("3");
  await press(page);
  await inState(page, "held");
  await page.getByText(/3 units at/).waitFor();
});

test("a stranger who presses signs in and comes back to the item", async () => {
  const { items: [kettle] } = await sell([{}]);
  const { page } = await visitor({ expect: [`401 /items/${kettle}/pass`] });
  await page.goto(`/en/items/${kettle}`);
  await page.locator('[data-go][aria-disabled="false"]').waitFor();
  await press(page);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByRole("link", { name: "Create account" }).click();
  await page.getByLabel("E-mail").fill(`${randomUUID()}@example.com`);
  await page.getByLabel("Name").fill("Ana");
  await page.getByLabel("Password").fill(`long and ${randomUUID()}`);
  await page.getByRole("button", { name: "Create account" }).click();
  await inState(page, "live");
  await press(page);
  await inState(page, "held");
});
