// Buying without JavaScript: nothing but links, forms and the server's pages.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { account, demo, inState, press, sell, until, untilState, visitor } from "./lib.mjs";

test("a shopper without JavaScript signs in, comes too early, buys, pays, cancels and buys again", async t => {
  const { page } = await visitor({ javaScriptEnabled: false });

  await t.test("signs in by the form", async () => {
    await page.goto("/");
    assert.match(page.url(), /\/en\/$/);
    await page.getByRole("link", { name: "My orders" }).click();
    await page.getByLabel("E-mail").fill(account.email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".summary").waitFor();
    assert.equal(await page.getByLabel("E-mail").inputValue(), account.email, "what was typed stays");
    await page.getByLabel("Password").fill(account.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in as Demo Shopper").waitFor();
    assert.match(page.url(), /\/en\/orders$/);
  });

  // The opening must not pass between these lines on the slowest machine, and must come within anybody's patience.
  const opensIn = 12;
  const { sale, items: [kettle, lamp] } = await sell([{}, { title: "Desk Lamp", image: "jointed-desk-lamp" }], { opensIn });

  await t.test("sees the opening time and is told calmly to come back", async () => {
    await page.goto(`/en/sales/${sale}`);
    await page.getByRole("link", { name: /Kettle/ }).click();
    await inState(page, "soon");
    const moment = page.locator("[data-clock]");
    const opens = new Date(await moment.getAttribute("datetime"));
    const said = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(opens);
    assert.equal((await moment.textContent()).trim().slice(0, 5), said, "the time of the merchant's zone");
    assert.match(await page.locator("[data-where]").textContent(), /Shanghai/);
    await press(page);
    await page.locator('main[data-outcome="not_open"]').waitFor();
    await page.getByRole("link", { name: /Back to/ }).click();
    await inState(page, "soon");
  });

  // The letters to this shopper, in mails that anybody can read; with JavaScript, which axe needs: the mailbox itself does not.
  const { page: box, context } = await visitor();
  const read = async (order, subject) => {
    const at = await until(`the mail about ${order}: ${subject}`, async () => {
      await box.goto(`${demo.ops_url}/mails`);
      for (const link of await box.locator("li > a", { hasText: subject }).all()) {
        const letter = await link.getAttribute("href");
        if ((await (await fetch(`${demo.ops_url}${letter}.txt`)).text()).includes(order)) return letter;
      }
    });
    assert.deepEqual(await violations(box), []);
    await box.goto(`${demo.ops_url}${at}`);
    await box.getByRole("heading", { name: subject }).waitFor();
    await box.getByText("Sandbox: no money moves here").waitFor();
  };
  const number = () => page.url().split("/").pop();

  await t.test("buys after the opening, and is written to before paying: afterwards it would not be true any more", async () => {
    await untilState(kettle, "live");
    await press(page); // the page from before the opening still works
    await inState(page, "held");
    assert.match(page.url(), /\/en\/orders\/[0-9a-f-]{36}$/);
    await page.locator("[role=status]", { hasText: "It is yours" }).waitFor();
    await page.getByText("Sandbox payment: no money moves").waitFor();
    await read(number(), /^Held for you/);
  });

  await t.test("pays", async () => {
    await page.getByRole("button", { name: /^Pay/ }).click();
    await page.getByRole("heading", { name: "No money moves here" }).waitFor();
    await page.getByRole("button", { name: "4000 0000 0000 0002" }).click();
    await page.getByText("The payment was refused.").waitFor();
    await page.getByRole("button", { name: /^Pay/ }).click();
    await page.getByLabel("Test card number").fill("4242 4242 4242 4242");
    await page.getByRole("button", { name: /^Pay/ }).click();
    await inState(page, "paid");
    await page.getByText("Sandbox payment: no money moved").waitFor();
    await page.reload();
    await inState(page, "paid");
    assert.equal(await page.locator(".told").count(), 0, "what just happened is told once");
  });

  await t.test("was written to again, with a link to the order", async () => {
    const order = number();
    await read(order, /^It is yours/);
    const { pathname } = new URL(await box.getByRole("link").getAttribute("href")); // its host is the one that people are told, the tests' is another
    await context.close();
    await page.goto(pathname);
    await inState(page, "paid");
    assert.equal(number(), order, "the mail leads to the order");
  });

  await t.test("is led to the order when pressing for the same item again", async () => {
    const order = page.url();
    await page.goto(`/en/items/${kettle}`);
    await press(page);
    await inState(page, "paid");
    assert.equal(page.url(), order);
    await page.getByText("nothing was ordered twice").waitFor();
  });

  await t.test("cancels another order and buys it again", async () => {
    await page.goto(`/en/items/${lamp}`);
    await press(page);
    await inState(page, "held");
    await page.getByText("Cancel this order").click();
    await page.getByRole("button", { name: "Yes, cancel it" }).click();
    await inState(page, "cancelled");
    await page.getByRole("link", { name: "See what is left" }).click();
    await press(page);
    await inState(page, "held");
    await page.getByRole("link", { name: "My orders" }).first().click();
    await page.locator('[data-state="cancelled"]').first().waitFor();
    await page.locator('[data-state="held"]').first().waitFor();
  });

  await t.test("signs out", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`/en/items/${lamp}`);
    await press(page);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.match(decodeURIComponent(page.url()), new RegExp(`to=/en/items/${lamp}`), "and comes back to the item");
  });
});
