// A sale is made in the console without JavaScript, from a template and a products file to the shop; then once more in Chinese.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { visitor } from "./lib.mjs";
import { staff } from "./staff.mjs";

const products = await readFile(new URL("../catalog/products.csv", import.meta.url));
const { page } = await staff("merchant", { javaScriptEnabled: false });
const at = days => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T10:00`;
const told = outcome => page.locator(`main[data-outcome="${outcome}"]`).waitFor();
const press = name => page.getByRole("button", { name, exact: true }).first().click();
let sale;

test("a merchant makes a sale", async t => {
  await t.test("from a template", async () => {
    await page.goto("/en/sales");
    await page.getByRole("link", { name: "New sale" }).first().click();
    await page.getByRole("radio", { name: /Timed deal/ }).check();
    await press("Make a draft");
    await page.locator("#title-error").waitFor();
    assert.ok(await page.getByRole("radio", { name: /Timed deal/ }).isChecked(), "what was chosen stays");
    await page.getByLabel("Title", { exact: true }).fill("A sale out of the console");
    await page.getByLabel("Description").fill("All of it.");
    await press("Make a draft");
    await told("created");
    sale = await page.locator("main").getAttribute("data-sale");
  });

  await t.test("the button is shut while nothing is on sale", async () => {
    await page.goto(`/en/sales/${sale}/check`);
    await page.locator('[data-finding="no_items"][data-severity="block"]').waitFor();
    assert.ok(await page.getByRole("button", { name: "Publish" }).isDisabled());
    await page.locator('[data-finding="no_items"]').getByRole("link").click();
  });

  await t.test("a file with a bad row is refused, a good one comes in", async () => {
    await page.getByRole("link", { name: "Import a products file" }).click();
    const bad = Buffer.from(products.toString().replace(",320,39.90", ",320,\"39,90\""));
    await page.getByLabel("Products file").setInputFiles({ name: "products.csv", mimeType: "text/csv", buffer: bad });
    await press("Import");
    await page.getByText("Variant Price").first().waitFor();
    assert.match(await page.locator("main").innerText(), /Line 2\b[^]*has a comma; write 39\.90/);
    await page.getByLabel("Products file").setInputFiles({ name: "products.csv", mimeType: "text/csv", buffer: products });
    await press("Import");
    await told("added");
    assert.ok(await page.locator("tr[data-item]").count() > 5);
  });

  await t.test("an item is added, edited and removed", async () => {
    await page.locator("summary", { hasText: "Add an item" }).click();
    const form = page.locator("details[open] form");
    await form.getByLabel("Title of the item").fill("A lamp of our own");
    await form.getByLabel("SKU").fill("OWN-1");
    await form.getByLabel("Price", { exact: true }).fill("49.00");
    await form.getByLabel("Units", { exact: true }).fill("7");
    await form.getByRole("button", { name: "Add an item" }).click();
    await told("added");
    await page.getByRole("link", { name: "A lamp of our own" }).click();
    await page.getByLabel("List price").fill("48.00");
    await press("Save");
    await page.locator("#list-error").waitFor();
    await page.getByLabel("List price").fill("69.00");
    await press("Save");
    await told("updated");
    await page.locator("tr", { hasText: "A lamp of our own" }).getByText("€69.00").waitFor();
    await page.getByRole("button", { name: "Remove A lamp of our own" }).click();
    await told("removed");
    assert.equal(await page.getByText("A lamp of our own").count(), 0);
  });

  await t.test("its schedule asks which of two times is meant", async () => {
    await page.getByRole("link", { name: "Go on with the schedule" }).click();
    await page.getByLabel("Time zone").fill("Europe/Berlin");
    await page.getByLabel("Opens", { exact: true }).fill("2030-03-31T02:30");
    await page.getByLabel("Closes").fill("2030-04-01T10:00");
    await press("Save");
    await page.getByText("does not exist").first().waitFor();
    await page.getByRole("radio", { name: /03:30 Berlin/ }).check();
    await press("Save");
    await told("updated");
    assert.equal(await page.getByLabel("Opens", { exact: true }).inputValue(), "2030-03-31T03:30");
    await page.getByLabel("Time zone").fill("Asia/Shanghai");
    await page.getByLabel("Opens", { exact: true }).fill(at(2));
    await page.getByLabel("Closes").fill(at(4));
    await press("Save");
    await told("updated");
    assert.match(await page.locator('[data-zone="UTC"]').innerText(), /02:00 UTC/);
    assert.match(await page.locator("main").innerText(), /Open for 2 days\./);
  });

  await t.test("by its rules, checked, looked at, and out", async () => {
    await page.goto(`/en/sales/${sale}/rules`);
    await page.getByLabel("Most units per shopper").fill("2");
    await page.getByLabel(/Use these for all/).check();
    await press("Save and go on");
    await page.locator('[data-verdict="warned"]').waitFor();
    assert.equal(await page.locator('[data-severity="block"]').count(), 0);
    await page.getByRole("link", { name: "Preview" }).click();
    await page.getByText("Stovetop Kettle").first().waitFor();
    assert.equal(await page.locator("main form").count(), 0, "nothing can be bought in a preview");
    await page.getByRole("link", { name: "Go-live check" }).click();
    await press("Publish");
    await told("published");
    const shopper = await visitor();
    await shopper.page.goto(`/en/sales/${sale}`);
    await shopper.page.getByText("A sale out of the console").first().waitFor();
    await shopper.page.getByText("10:00 Shanghai").first().waitFor();
  });

  await t.test("ends it, puts it away, and makes another like it", async () => {
    await page.goto(`/en/sales/${sale}`);
    await page.locator("summary", { hasText: "End now" }).click();
    await page.locator("details[open] form").getByLabel("Reason").fill("enough");
    await page.locator("details[open] form").getByLabel(/type its number/).fill(sale);
    await page.locator("details[open] form").getByRole("button", { name: "End now" }).click();
    await told("ended");
    await press("Archive");
    await told("archived");
    await page.goto("/en/sales?tab=archived");
    await page.getByRole("link", { name: "A sale out of the console" }).click();
    await page.getByRole("link", { name: "Duplicate" }).click();
    await page.getByLabel("Title", { exact: true }).fill("The same again");
    await press("Make a draft");
    await told("duplicated");
    const again = await page.locator("main").getAttribute("data-sale");
    await page.goto(`/en/sales/${again}`);
    await page.locator("summary", { hasText: "Discard" }).click();
    await page.locator("details[open] form").getByLabel("Reason").fill("only tried");
    await page.locator("details[open] form").getByLabel(/type its number/).fill(again);
    await page.locator("details[open] form").getByRole("button", { name: "Discard" }).click();
    await page.getByText("The draft is gone.").waitFor();
  });
});

test("the same in Chinese", async () => {
  await page.goto("/zh/sales/new");
  await page.getByRole("radio", { name: /限时开抢/ }).check();
  await page.getByLabel("标题", { exact: true }).fill("内部领券");
  await press("建立草稿");
  await told("created");
  const draft = await page.locator("main").getAttribute("data-sale");
  await page.getByRole("link", { name: "从其他特卖选取" }).click();
  await page.locator(".all-places a").first().click();
  await page.getByRole("button", { name: "选取全部尚缺的商品" }).click();
  await told("added");
  await page.getByRole("link", { name: "继续设置时间" }).click();
  await page.getByLabel("时区").fill("Asia/Shanghai");
  await page.getByLabel("开抢", { exact: true }).fill(at(2));
  await page.getByLabel("结束").fill(at(3));
  await press("保存并继续");
  await page.getByRole("radio", { name: /领券、邀请/ }).check();
  await press("保存并继续");
  await page.locator('[data-finding="payment"][data-severity="fine"]').waitFor();
  await press("发布");
  await told("published");
  assert.match(page.url(), new RegExp(`/zh/sales/${draft}\\?`));
  assert.match(await page.locator("main").innerText(), /上海时间 10:00/);
});
