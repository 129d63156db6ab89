// The desk of the console without JavaScript: an owner invites a merchant, demotes and disables him; the log has all of it; payments, webhooks and the worker
// show what there is.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { arrive, inState, press, sell, until, visitor } from "./lib.mjs";
import { code, consoleURL, password, staff } from "./staff.mjs";

const plain = { javaScriptEnabled: false };

/** Opens an act of the page, fills its reason, and presses its button. */
async function act(page, name, fill) {
  await page.locator("summary", { hasText: name }).first().click();
  const form = page.locator("details[open] form");
  await fill?.(form);
  if (await form.getByLabel("Reason").count() > 0) await form.getByLabel("Reason").fill(`because of ${name}`);
  await form.locator("button").click();
}

test("an owner invites a merchant, who is demoted and then out", async t => {
  const sale = await sell([{ units: 5 }], { title: "A sale for the team" });
  const { page: owner } = await staff("owner", plain);
  const merchant = await visitor({ baseURL: consoleURL, ...plain });
  const name = `Bob of ${process.pid}`, email = `bob-${process.pid}@example.com`;
  let secret, member;

  await t.test("the link is shown once", async () => {
    await owner.goto("/en/team");
    await owner.locator("summary", { hasText: "Invite somebody" }).click();
    await owner.getByRole("button", { name: "Make the link" }).click();
    await owner.locator(".summary").waitFor();
    await owner.getByLabel("E-mail").fill(email);
    await owner.getByLabel("Name").fill(name);
    await owner.getByLabel("Merchant").check();
    await owner.getByRole("button", { name: "Make the link" }).click();
    await owner.locator('main[data-outcome="invited"]').waitFor();
    member = await owner.locator("main").getAttribute("data-member");
    const link = await owner.getByLabel("Link", { exact: true }).inputValue();
    await owner.goto("/en/team");
    await owner.locator(`tr[data-member="${member}"][data-state="invited"]`).waitFor();
    assert.ok(!(await owner.content()).includes("token="));
    await merchant.page.goto(link);
  });

  await t.test("the merchant joins and changes a sale", async () => {
    const { page } = merchant;
    await page.getByLabel("Password").fill(password);
    await page.locator("main form button").click();
    await page.locator("main img").waitFor();
    secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(await page.locator("main").innerText())[0];
    await page.locator('input[name="code"]').fill(code(secret));
    await page.locator("main form button").click();
    await page.getByText(/[a-z2-7]{4}(-[a-z2-7]{4}){3}/).first().waitFor();
    await page.goto(`/en/sales/${sale.sale}`);
    await act(page, "Pause");
    await page.locator('main[data-outcome="paused"]').waitFor();
    assert.equal((await page.goto("/en/team")).status(), 403);
    assert.equal((await page.goto("/en/log")).status(), 403);
  });

  await t.test("demoted to viewer, the buttons go with the next click", async () => {
    await owner.goto(`/en/team/${member}`);
    await act(owner, "Change the role", form => form.getByLabel("Viewer").check());
    await owner.locator('main[data-outcome="set"]').waitFor();
    const { page } = merchant;
    await page.goto(`/en/sales/${sale.sale}`);
    await page.locator('[data-balanced="true"]').waitFor();
    assert.equal(await page.locator("main form").count(), 0);
  });

  await t.test("disabled, he is out with the next click, and stays out when enabled again", async () => {
    await act(owner, "Disable");
    await owner.locator('main[data-outcome="disabled"]').waitFor();
    const { page } = merchant;
    await page.goto("/en/sales");
    await page.getByLabel("Password").waitFor();
    await act(owner, "Enable again");
    await owner.locator('main[data-outcome="enabled"]').waitFor();
    await page.goto("/en/sales");
    await page.getByLabel("Password").waitFor();
  });

  await t.test("the log shows all of it, and comes as a file", async () => {
    await owner.goto("/en/log");
    const text = await owner.locator("main").innerText();
    for (const line of [
      `${email} as Merchant`, `${email} (Merchant): Invited → Active`, "Published → Paused", `${email}: Merchant → Viewer`,
      `${email} (Viewer): Active → Disabled`, `${email} (Viewer): Disabled → Active`, "because of Disable",
    ]) assert.ok(text.includes(line), `the log lacks ${line}`);
    await owner.getByLabel("Done").selectOption({ label: "Paused" });
    await owner.getByLabel("Who").fill(name);
    await owner.getByRole("button", { name: "Show" }).click();
    assert.equal(await owner.locator("tbody tr").count(), 1);
    const [file] = await Promise.all([owner.waitForEvent("download"), owner.getByRole("link", { name: "Download as CSV" }).click()]);
    const rows = (await readFile(await file.path(), "utf8")).trim().split("\n");
    assert.equal(rows.length, 2);
    assert.match(rows[1], /from published to paused/);
  });
});

test("payments, webhooks and the worker show what there is", async t => {
  const { page } = await staff("merchant", plain);
  const address = `https://hooks.invalid/${process.pid}`;

  await t.test("a webhook is added, its secret shown once", async () => {
    await page.goto("/en/webhooks");
    await act(page, "Add a webhook", form => form.getByLabel("Address").fill(address));
    await page.locator('main[data-outcome="created"]').waitFor();
    assert.match(await page.getByLabel("Secret", { exact: true }).inputValue(), /^whsec_/);
    await page.getByRole("link", { name: "I have kept it" }).click();
    assert.ok(!(await page.content()).includes("whsec_"));
  });

  const sale = await sell([{ units: 5 }], { title: "A sale for the desk" });
  const shopper = await visitor();
  await arrive(shopper.page, `/en/items/${sale.items[0]}`, { name: "Lena Okafor", email: "lena@example.com" });
  await press(shopper.page);
  await inState(shopper.page, "held");

  await t.test("a delivery has its body and its attempts, and is sent again", async () => {
    await page.goto("/en/webhooks");
    await page.getByRole("link", { name: address }).click();
    await until("the first attempt has come to an end", async () => {
      await page.reload();
      return await page.locator("tr[data-event]").filter({ hasText: "no answer" }).count() > 0;
    });
    await page.goto("/en/webhooks/deliveries?kind=order_placed"); // the same in the list over all webhooks, without JavaScript
    await page.getByLabel("Event", { exact: true }).selectOption({ label: "Every event" });
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(/\?kind=$/);
    await page.locator("tr[data-event]").filter({ hasText: address }).locator("th a").first().click();
    assert.match(await page.locator("pre").innerText(), /"type": "order\.placed"/);
    await page.locator("tr[data-attempt]").first().waitFor();
    await page.getByLabel("Reason").fill("they lost it");
    await page.getByRole("button", { name: "Send again" }).click();
    await page.locator('main[data-outcome="due"]').waitFor();
    await page.getByRole("link", { name: /^Webhook/ }).click();
    await act(page, "Pause");
    await page.locator('main[data-outcome="pause"]').waitFor();
  });

  await t.test("a payment is followed from the list to its order", async () => {
    await shopper.page.getByRole("button", { name: /pay/i }).first().click();
    await until("the payment was begun", async () => {
      await page.goto("/en/payments?state=waiting");
      return await page.locator("tr[data-payment]").count() > 0;
    });
    await page.locator("tr[data-payment] th a").first().click();
    await page.getByText("The shopper was sent to the provider").waitFor();
    assert.match(await page.locator(".means").innerText(), /We ask again[\s\S]*kept for the shopper until/);
    await act(page, "Ask again now");
    await page.locator('main[data-outcome="due"]').waitFor();
  });

  await t.test("each job of the worker is done by somebody", async () => {
    await until("every job is done", async () => {
      await page.goto("/en/worker");
      return await page.locator("tr[data-job]").filter({ hasText: "since it took over" }).count() === 9;
    });
    assert.equal(await page.locator('tr[data-trouble=""]').count(), 9);
    for (const cell of await page.locator('[data-cell="last"]').allInnerTexts()) assert.match(cell, /(Nothing to do|things? done)[\s\S]*, took [\s\S]*since it took over/);
    for (const cell of await page.locator('[data-cell="next"]').allInnerTexts()) assert.match(cell, /after the last|one runs since/);
  });

  await t.test("in Chinese too", async () => {
    for (const place of ["payments", "webhooks", "worker"]) {
      await page.goto(`/zh/${place}`);
      assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hans");
    }
  });
});
