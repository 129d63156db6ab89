// The stock of an item and the checks, without JavaScript: a ledger after some purchases, and a shelf that somebody changed by hand, from the alarm to the repair.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { arrive, desktop, inState, press, sell, until, visitor } from "./lib.mjs";
import { readable, small } from "./readable.mjs";
import { staff } from "./staff.mjs";

const run = promisify(execFile);

/** Runs a statement as the database's root user: what no account of the shop may do. */
async function byHand(statement) {
  const pidFile = process.env.DATABASE_PID ?? join(dirname(process.env.DEMO), "db", "server.pid");
  const [pid, password] = (await Promise.all([pidFile, join(dirname(pidFile), "root.password")].map(name => readFile(name, "utf8")))).map(text => text.trim());
  const socket = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").find(word => word.startsWith("--socket="));
  const args = ["--no-defaults", "--user=root", socket, "doorbuster", `--execute=${statement}`], env = { ...process.env, MYSQL_PWD: password };
  await run("mariadb", args, { env }).catch(error => error.code === "ENOENT" ? run("mysql", args, { env }) : Promise.reject(error));
}

const sale = await sell([{ units: 5, title: "Over-ear Headphones" }, { units: 4 }], { title: "A sale with a ledger" });
const [item] = sale.items;
const path = `/en/sales/${sale.sale}/items/${item}`;
for (const name of ["Lena", "Mei"]) {
  const shopper = await visitor();
  await arrive(shopper.page, `/en/items/${item}`, { name });
  await press(shopper.page);
  await inState(shopper.page, "held");
  await shopper.context.close();
}
const { page } = await staff("merchant", { javaScriptEnabled: false, viewport: desktop });
const sum = async () => (await page.locator(".sum").innerText()).replace(/\s+/g, " ");
const rows = () => page.locator("tr[data-move]").evaluateAll(all => all.map(row => [...row.querySelectorAll("td")].map(cell => cell.textContent.trim())));

test("the page of an item tells where every unit is and how it came there", async () => {
  await page.goto(`/en/sales/${sale.sale}`);
  await page.getByRole("link", { name: "Over-ear Headphones" }).click();
  await page.waitForURL(`**${path}`);
  assert.match(await sum(), /^5 Allotted = 0 Sold \+ 2 Held \+ 3 Left$/);
  assert.deepEqual((await rows()).map(row => [row[0], row[1], row[3], ...row.slice(5)]), [
    ["1", "Left → Held", "Shopper", "3", "2", "0"], ["1", "Left → Held", "Shopper", "4", "1", "0"], ["5", "Outside → Left", "command line", "5", "0", "0"],
  ]);
  await page.locator('[data-proved="true"]').waitFor();
});

test("units are added and withdrawn there", async () => {
  await page.locator("summary", { hasText: "Add or withdraw" }).click();
  const form = page.locator("details[open] form");
  await form.getByLabel("Units").fill("3");
  await form.getByRole("button", { name: "Add units" }).click();
  await page.locator(".summary").waitFor();
  assert.equal(await form.getByLabel("Units").inputValue(), "3");
  await form.getByLabel("Reason").fill("found a box");
  await form.getByRole("button", { name: "Add units" }).click();
  await page.locator('main[data-outcome="added"]').waitFor();
  assert.match(page.url(), new RegExp(`${path}\\?item=\\d+&told=added$`));
  assert.match(await sum(), /^8 Allotted = 0 Sold \+ 2 Held \+ 6 Left$/);
  await page.getByRole("link", { name: "By staff" }).click();
  assert.deepEqual((await rows()).map(row => row[2]), ["found a box", "Put on sale"]);
  await page.getByRole("link", { name: "Sold", exact: true }).click();
  await page.getByRole("link", { name: "Show the whole ledger" }).click();
  assert.equal((await rows()).length, 4);
});

test("the chart is there once the worker has sealed the lines, and says the same in a table", async () => {
  await until("there is a chart", async () => {
    await page.goto(path);
    return await page.locator("figure.chart").count() > 0;
  });
  await page.locator("summary", { hasText: "as a table" }).click();
  assert.deepEqual((await page.locator("details.numbers tr").last().locator("td").allTextContents()).map(text => text.trim()), ["6", "2", "0"]);
});

test("a shelf that was changed by hand is found, read, repaired and kept in the history", { timeout: 300_000 }, async t => {
  await byHand(`UPDATE stock_shards SET available = available + 2 WHERE item_id = ${item} AND shard = 0`);
  await t.test("the alarm leads to the finding", async () => {
    await until("the worker has found it twice", async () => {
      await page.goto("/en/");
      return await page.locator('[data-alarm="endangering_findings"]').count() > 0;
    }, 200_000);
    await page.locator('[data-alarm="endangering_findings"]').getByRole("link").click();
    await page.waitForURL("**/en/checks");
    await page.locator("tr[data-finding]", { hasText: "Over-ear Headphones" }).getByRole("link", { name: /shelf is not what the ledger says/ }).click();
  });
  await t.test("what would be written is shown", async () => {
    const lines = await page.locator("tr[data-line]").evaluateAll(all => all.map(row => [...row.children].map(cell => cell.textContent.trim())));
    assert.deepEqual(lines, [["Outside → Left", "2", "0", "8", "6"], ["Left → Outside", "2", "0", "8", "6"]]);
    assert.deepEqual((await page.locator('[data-book="shelf"] td').allTextContents()).map(text => text.trim()), ["8", "6"]);
    });
  await t.test("it can be read by everybody, and so can the item", async () => {
    const finding = new URL(page.url()).pathname.slice(3), { page: reader } = await staff("owner", { viewport: small });
    for (const [name, at] of [["console-finding", finding], ["console-item-sold", path.slice(3)]]) await readable({ name, page: reader, open: lang => reader.goto(`/${lang}${at}`) });
  });
  await t.test("it is approved with a reason", async () => {
    await page.getByRole("button", { name: "Approve the repair" }).click();
    await page.locator(".summary").waitFor();
    await page.getByLabel("Reason").fill("Bob raised it by hand");
    await page.getByRole("button", { name: "Approve the repair" }).click();
    await page.locator('main[data-outcome="approved"]').waitFor();
  });
  await t.test("it stands in the history and in the ledger", async () => {
    await page.goto("/en/checks");
    await page.locator("tr[data-repair]", { hasText: "Bob raised it by hand" }).first().waitFor();
    assert.equal(await page.locator("tr[data-finding]", { hasText: "Over-ear Headphones" }).count(), 0);
    await page.goto(path);
    assert.match(await sum(), /^8 Allotted = 0 Sold \+ 2 Held \+ 6 Left$/);
    assert.deepEqual((await rows()).slice(0, 2).map(row => [row[1], row[2]]), [["Left → Outside", "Bob raised it by hand"], ["Outside → Left", "Bob raised it by hand"]]);
    await page.locator('[data-proved="true"]').waitFor();
  });
});

test("the seal's head can be copied down", async () => {
  await page.goto("/en/checks");
  assert.match(await page.locator(".hash").innerText(), /^[0-9a-f]{64}$/);
  await page.locator("tr[data-run]").first().waitFor();
});
