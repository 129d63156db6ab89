// The console without JavaScript: an invitation, the second factor, what is on, a mail that is sent again, and out.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import test from "node:test";
import { violations } from "./axe.mjs";
import { account, arrive, demo, inState, merchant, press, sell, until, untilState, visitor } from "./lib.mjs";
import { code, consoleURL, password, staff } from "./staff.mjs";

test("a merchant joins, looks around, sends a mail again and leaves", async t => {
  const sale = await sell([{ units: 5 }], { title: "A sale for the console" });
  const shopper = await visitor();
  await arrive(shopper.page, `/en/items/${sale.items[0]}`, { name: "Lena Okafor", email: "lena@example.com" });
  await press(shopper.page);
  await inState(shopper.page, "held");

  const { page, member } = await staff("merchant", { javaScriptEnabled: false });
  assert.equal(member.codes.length, 10);

  await t.test("sees what is on", async () => {
    await page.goto("/");
    assert.match(page.url(), /\/en\/$/);
    await page.getByText(member.name).first().waitFor();
    await page.getByText("A sale for the console").waitFor();
  });

  await t.test("finds the sale", async () => {
    await page.goto("/en/sales");
    await page.getByRole("searchbox").fill("for the CONSOLE");
    await page.keyboard.press("Enter");
    await page.getByText("A sale for the console").waitFor();
    assert.match(page.url(), /search=for/);
    await page.goto(`${page.url()}&tab=over`);
    assert.equal(await page.getByText("A sale for the console").count(), 0, "the tab of sales that are over");
  });

  await t.test("pauses it, adds units, withdraws too many, resumes and ends it", async () => {
    const main = page.locator("main");
    await page.goto(`/en/sales/${sale.sale}`);
    await page.locator('[data-balanced="true"]').waitFor();
    assert.match((await page.locator(".sum").innerText()).replace(/\s+/g, " "), /^5 Allotted = 0 Sold \+ 1 Held \+ 4 Left$/);
    const act = async (name, reason, fill) => {
      await page.locator("summary", { hasText: name }).first().click();
      const form = page.locator("details[open] form");
      if (reason) await form.getByLabel("Reason").fill(reason);
      await fill?.(form);
      await form.getByRole("button", { name, exact: true }).click();
    };
    await act("Pause");
    await page.locator(".summary").waitFor();
    await page.locator("details[open] form").getByLabel("Reason").fill("the pictures are wrong");
    await page.locator("details[open] form").getByRole("button", { name: "Pause" }).click();
    await page.locator('main[data-outcome="paused"]').waitFor();
    await untilState(sale.items[0], "paused");
    await page.locator("summary", { hasText: "Add or withdraw" }).first().click();
    const units = page.locator("details[open] form");
    await units.getByLabel("Units").fill("3");
    await units.getByLabel("Reason").fill("found a box");
    await units.getByRole("button", { name: "Add units" }).click();
    await page.locator('main[data-outcome="added"]').waitFor();
    await page.locator("summary", { hasText: "Add or withdraw" }).first().click();
    await units.getByLabel("Units").fill("8");
    await units.getByLabel("Reason").fill("broken");
    await units.getByRole("button", { name: "Withdraw units" }).click();
    await page.getByText("Only 7 units are left to withdraw").waitFor();
    await act("Resume", "mended");
    await page.locator('main[data-outcome="resumed"]').waitFor();
    await untilState(sale.items[0], "live");
    await act("End now", "enough", form => form.getByLabel(/type its number/).fill(String(sale.sale)));
    await page.locator('main[data-outcome="ended"]').waitFor();
    await untilState(sale.items[0], "over");
    for (const reason of ["the pictures are wrong", "found a box", "mended", "enough"]) assert.match(await main.innerText(), new RegExp(reason));
  });

  await t.test("reads a mail and sends it again", async () => {
    const row = page.getByText("lena@example.com");
    await until("the mail was sent", async () => {
      await page.goto("/en/mails?state=sent");
      return await row.count() > 0;
    });
    await page.locator("tr", { has: row }).getByRole("link").first().click();
    await page.locator("pre").waitFor();
    assert.match(await page.locator("pre").innerText(), /Stovetop Kettle/);
    await page.getByLabel("Reason").fill("it never came");
    await page.getByRole("button", { name: /again/i }).click();
    await page.getByRole("status").waitFor();
    assert.match(page.url(), /told=due$/);
  });

  await t.test("reads it in Chinese", async () => {
    await page.getByRole("link", { name: "中文" }).click();
    assert.match(page.url(), /\/zh\/mails\/\d+/);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hans");
  });

  await t.test("signs out and in again with a code", async () => {
    await page.goto("/en/account");
    await page.getByRole("button", { name: "Sign out", exact: true }).first().click();
    await page.getByLabel("E-mail").waitFor();
    await page.goto("/en/sales?tab=live");
    await page.getByLabel("E-mail").fill(member.email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator('input[name="code"]').fill("000000");
    await page.locator("main form button").first().click();
    await page.locator(".summary").waitFor();
    await page.locator('input[name="code"]').fill(code(member.secret, 1));
    await page.locator("main form button").first().click();
    await page.waitForURL(/\/en\/sales\?tab=live$/);
  });

  await t.test("signs out everywhere", async () => {
    await page.goto("/en/account");
    await page.getByRole("button", { name: /everywhere/i }).click();
    await page.getByLabel("E-mail").waitFor();
  });
});

test("the demo's owner signs in with what the demo prints", async () => {
  const { page } = await visitor({ baseURL: consoleURL });
  await page.goto("/en/sign-in");
  await page.getByLabel("E-mail").fill("owner@example.com");
  await page.getByLabel("Password").fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator('input[name="code"]').fill((await merchant("staff", "code", "--data", dirname(process.env.DEMO))).trim());
  await page.locator("main form button").first().click();
  await page.getByText("Demo Owner").first().waitFor();
  assert.ok(demo.console_url);
  assert.deepEqual(await violations(page), []);
});
