// Orders in the console, without JavaScript: found by e-mail, refunded with a reason; one that is held is cancelled.
import assert from "node:assert/strict";
import test from "node:test";
import { arrive, inState, press, sell, until, visitor } from "./lib.mjs";
import { staff } from "./staff.mjs";

test("a merchant finds orders, refunds one and cancels another", async t => {
  const sale = await sell([{ units: 5 }, { title: "Desk Lamp" }], { title: "A sale with orders", limit: 2 });
  const buy = async (item, name) => {
    const { page } = await visitor({ javaScriptEnabled: false });
    await arrive(page, `/en/items/${item}`, { name, email: `${name.split(" ")[0].toLowerCase()}.${process.pid}@example.com` });
    await press(page);
    await inState(page, "held");
    return page;
  };
  const lena = await buy(sale.items[0], "Lena Okafor"), omar = await buy(sale.items[1], `Omar ${process.pid}`);
  await lena.getByRole("button", { name: /^Pay/ }).click();
  await lena.getByLabel("Test card number").fill("4242 4242 4242 4242");
  await lena.getByRole("button", { name: /^Pay/ }).click();
  await inState(lena, "paid");

  const { page, member } = await staff("merchant", { javaScriptEnabled: false });
  const find = async text => {
    await page.goto("/en/orders");
    await page.getByRole("searchbox").fill(text);
    await page.keyboard.press("Enter");
    await page.waitForURL(/search=[^&]/);
  };

  await t.test("finds an order by e-mail and refunds it", async () => {
    await find(`LENA.${process.pid}@example.com`);
    await page.locator('tr[data-state="paid"] a').click();
    const main = page.locator("main");
    assert.match(await main.innerText(), /Payment: taken/);
    await page.locator("summary", { hasText: "Refund" }).click();
    const form = page.locator("details[open] form");
    await form.getByRole("button", { name: /^Refund €/ }).click();
    await page.locator(".summary").waitFor();
    await form.getByLabel("Out of the sale").check();
    await form.getByLabel("Reason").fill("arrived broken");
    await form.getByRole("button", { name: /^Refund €/ }).click();
    await page.locator('main[data-outcome="refunded"][data-state="refunded"]').waitFor();
    await page.getByRole("status").waitFor();
    await until("the timeline tells all of it", async () => {
      await page.reload();
      const text = await main.innerText();
      return ["arrived broken", member.name, "sold → outside", "Payment: going back", "Payment: gone back", "Event: Order refunded", "Mail: Order refunded"].every(words => text.includes(words));
    });
    assert.equal(await page.locator(".acts details").count(), 0, "nothing is left to do");
  });

  await t.test("sends its mail again", async () => {
    const line = page.locator('tr[data-story="mail"]', { hasText: "Order refunded" });
    await line.locator("summary").click();
    await line.getByLabel("Reason").fill("it never came");
    await line.getByRole("button", { name: "Send again" }).click();
    await page.locator('main[data-outcome="due"]').waitFor();
  });

  await t.test("comes to the shopper's other orders and back to all", async () => {
    await page.getByRole("link", { name: "All orders of this shopper" }).click();
    await page.waitForURL(/search=/);
    assert.equal(await page.locator("tbody tr").count(), 1);
    assert.equal(await page.getByRole("searchbox").inputValue(), `lena.${process.pid}@example.com`);
  });

  await t.test("cancels a held order that it finds by sale and state", async () => {
    await page.goto("/en/orders");
    await page.getByLabel("Sale", { exact: true }).selectOption(String(sale.sale));
    await page.getByLabel("State").selectOption("held");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(new RegExp(`sale=${sale.sale}&state=held`));
    await until("the list has it", async () => {
      await page.reload();
      return await page.locator('tr[data-state="held"]').count() === 1;
    });
    await page.locator('tr[data-state="held"] a').click();
    await page.locator("summary", { hasText: "Cancel" }).click();
    await page.locator("details[open] form").getByLabel("Reason").fill("asked to");
    await page.locator("details[open] form").getByRole("button", { name: /cancel/i }).click();
    await page.locator('main[data-outcome="cancelled"][data-state="cancelled"]').waitFor();
    assert.match(await page.locator("main").innerText(), /asked to/);
    await omar.reload();
    await inState(omar, "cancelled");
  });

  await t.test("reads the number that a shopper reads out, and another that is none", async () => {
    const short = (await page.locator("h1").innerText()).replace("Order ", "");
    await find(short);
    assert.equal(await page.locator("tbody tr").count(), 1);
    await find("0000 0000");
    await page.getByText("No order is like that").waitFor();
    await page.getByRole("link", { name: "Show all orders" }).click();
    await page.waitForURL(/orders$/);
    assert.ok(await page.locator("tbody tr").count() > 0);
  });
});
