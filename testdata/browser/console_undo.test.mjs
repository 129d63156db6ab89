// Undo, without JavaScript (but for the colleague's browser): what was just done is taken back with one press, and who is late is told who was faster.
import assert from "node:assert/strict";
import test from "node:test";
import { violations } from "./axe.mjs";
import { arrive, inState, press, sell, untilState, visitor } from "./lib.mjs";
import { staff } from "./staff.mjs";

const sale = await sell([{ title: "Undo kettle", units: 5 }], { title: "A sale for second thoughts" });
const [kettle] = sale.items;
const { page, member } = await staff("owner", { javaScriptEnabled: false });
const { page: colleague, member: other } = await staff("merchant");
const onSale = `/en/sales/${sale.sale}`;

// act opens a form of the page, says why and presses its button.
const act = async (at, name, reason, fill) => {
  await at.locator("summary", { hasText: name }).first().click();
  const form = at.locator("details[open] form");
  if (fill) await fill(form);
  await form.getByLabel("Reason").fill(reason);
  return form;
};
const pause = async (at, reason) => {
  await at.goto(onSale);
  await (await act(at, "Pause", reason)).getByRole("button", { name: "Pause", exact: true }).click();
  await at.locator('main[data-outcome="paused"]').waitFor();
};
const undo = at => at.locator(".told").getByRole("button", { name: "Undo", exact: true });

test("a pause is undone where it was pressed, shoppers buy again, and the log tells of both", async () => {
  const shopper = await visitor();
  await arrive(shopper.page, `/en/items/${kettle}`, { name: "Lena Okafor", email: `lena.undo.${process.pid}@example.com` });
  await pause(page, "the price is wrong");
  await inState(shopper.page, "paused");
  await undo(page).click();
  await page.locator('[data-undo="undone"]').waitFor();
  assert.equal(await undo(page).count(), 0, "what was undone is offered again");
  await inState(shopper.page, "live");
  await press(shopper.page);
  await inState(shopper.page, "held");
  const line = await page.locator("tr", { hasText: "Undone" }).first().innerText();
  assert.match(line, /^Line \d+ \(Paused\), sale \d+: Paused → Published$/m);
  assert.match(line, /Undo of line \d+: the price is wrong/);
  assert.ok(line.includes(member.name), line);
});

test("who is late is told who was faster, and nothing is undone", async () => {
  await pause(page, "the pictures are wrong");
  await colleague.goto(onSale);
  await (await act(colleague, "Resume", "they are right")).getByRole("button", { name: "Resume", exact: true }).click();
  await colleague.locator('main[data-outcome="resumed"]').waitFor();
  assert.equal(await undo(colleague).count(), 1);
  assert.deepEqual(await violations(colleague), []);
  await undo(page).click();
  const told = page.locator('[data-undo="changed_meanwhile"]');
  await told.waitFor();
  assert.match(await told.innerText(), new RegExp(`${other.name} has changed it since; nothing was undone`));
  await untilState(kettle, "live");
});

test("units that are sold meanwhile are not taken back, those that are left are", async () => {
  const units = async (at, n, button) => {
    await at.goto(onSale);
    const form = await act(at, "Add or withdraw", "a box was found", form => form.getByLabel("Units").fill(n));
    await form.getByRole("button", { name: button }).click();
  };
  await units(page, "2", "Add units");
  await page.locator('main[data-outcome="added"]').waitFor();
  const buyers = await Promise.all(["Ada", "Ben", "Cao", "Dai", "Eve"].map(async name => {
    const buyer = await visitor();
    await arrive(buyer.page, `/en/items/${kettle}`, { name: `${name} Osei`, email: `${name}.undo.${process.pid}@example.com` });
    await press(buyer.page);
    return inState(buyer.page, "held");
  }));
  assert.equal(buyers.length, 5);
  await undo(page).click();
  const told = page.locator('[data-undo="not_enough"]');
  await told.waitFor();
  assert.match(await told.innerText(), /Only 1 unit is left/);
  await units(page, "1", "Withdraw units");
  await page.locator('main[data-outcome="withdrawn"]').waitFor();
  await undo(page).click();
  await page.locator('[data-undo="undone"]').waitFor();
  assert.match((await page.locator(".sum").innerText()).replace(/\s+/g, " "), /^7 Allotted = 0 Sold \+ 6 Held \+ 1 Left$/);
});

test("the log undoes too, in Chinese, and only the last of its kind", async () => {
  await pause(page, "again");
  await page.goto(`/zh/log?sale=${sale.sale}`);
  const buttons = page.locator("tbody form.undo");
  const lines = await page.locator("tr:has(form.undo)").evaluateAll(all => all.map(at => at.dataset.action));
  assert.deepEqual(lines, ["paused"], "each thing has one last line, and what was undone has none");
  await buttons.first().getByRole("button", { name: /撤销/ }).click();
  await page.locator('[data-undo="undone"]').waitFor();
  assert.match(page.url(), /\/zh\/log\?/);
  await untilState(kettle, "live");
});
