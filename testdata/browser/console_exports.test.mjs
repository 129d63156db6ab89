// Exports and bulk work, without JavaScript: a file as CSV and as XLSX, and a sale that is called off, with what came of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { arrive, inState, press, sell, until, visitor } from "./lib.mjs";
import { cells } from "./sheet.mjs";
import { staff } from "./staff.mjs";

const formula = '=HYPERLINK("http://evil.example","Lena")';
const sale = await sell([{ units: 5 }, { units: 5, title: "Whisk; large" }], { title: `Called off ${process.pid}` });
for (const [i, name] of [formula, "Mei, Lin"].entries()) {
  const shopper = await visitor();
  await arrive(shopper.page, `/en/items/${sale.items[i]}`, { name, email: `export-${process.pid}-${i}@example.com` });
  await press(shopper.page);
  await inState(shopper.page, "held");
}

const { page, member } = await staff("merchant", { javaScriptEnabled: false });

/** Presses the button of the form and reads what is downloaded. */
async function download(button) {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: file.suggestedFilename(), body: await readFile(await file.path()) };
}

test("orders as CSV, with a shopper who is called like a formula", async () => {
  await page.goto(`/en/exports?sale=${sale.sale}&state=held`);
  const form = page.locator("details[open] form");
  assert.equal(await form.getByLabel("Sale", { exact: true }).inputValue(), String(sale.sale));
  await form.getByLabel("Between the cells").selectOption("semicolon");
  const { name, body } = await download(form.getByRole("button", { name: "Export" }));
  assert.match(name, /^orders-[\d-]+\.csv$/);
  const text = body.toString("utf8");
  assert.equal(text[0], "\ufeff");
  const [head, ...orders] = cells(text.slice(1), ";");
  assert.equal(orders.length, 2);
  const column = what => orders.map(row => row[head.indexOf(what)]);
  assert.deepEqual(column("buyer_name").sort(), [`'${formula}`, "Mei, Lin"].sort());
  assert.deepEqual(column("total"), ["39.90", "39.90"]);
  assert.ok(column("item_title").includes("Whisk; large"));
  for (const at of column("placed_at")) assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test("orders as XLSX", async () => {
  await page.goto(`/en/exports?sale=${sale.sale}`);
  const form = page.locator("details[open] form");
  await form.getByLabel("Excel (XLSX)").check();
  const { name, body } = await download(form.getByRole("button", { name: "Export" }));
  assert.match(name, /^orders-[\d-]+\.xlsx$/);
  assert.equal(body.subarray(0, 4).toString("latin1"), "PK\u0003\u0004");
  assert.ok(body.includes("xl/worksheets/sheet1.xml"));
});

test("a moment that is none stands at its field", async () => {
  await page.goto(`/en/exports?sale=${sale.sale}&from=tomorrow`);
  await page.locator("#from-error").waitFor();
  assert.equal(await page.locator("#from").inputValue(), "tomorrow");
});

test("a sale is called off: its held orders are cancelled, with a report", async () => {
  await page.goto("/en/exports");
  await page.getByRole("link", { name: "Bulk work" }).click();
  const ask = page.locator('form[method="get"]');
  await ask.getByLabel("Cancel all held orders").check();
  await ask.getByLabel("Sale", { exact: true }).selectOption(String(sale.sale));
  await ask.getByRole("button", { name: "Show how many" }).click();
  await page.locator('[data-orders="2"]').waitFor();
  assert.match(await page.locator(".totals").innerText(), /79\.80/);
  const form = page.locator('form[method="post"][action$="/bulk"]');
  await form.getByLabel("Reason").fill("called off");
  await form.getByLabel(/type how many/).fill("3");
  await form.getByRole("button").click();
  await page.locator("#confirm-error").waitFor();
  assert.equal(await form.getByLabel("Reason").inputValue(), "called off");
  await form.getByLabel(/type how many/).fill("2");
  await form.getByRole("button").click();
  await page.waitForURL(/\/en\/exports\/\d+$/);
  const work = page.url();
  await until("it is done", async () => {
    await page.goto(work);
    return await page.locator('main[data-state="done"]').count() > 0;
  });
  const main = await page.locator("main").innerText();
  assert.match(main, /2 orders/);
  assert.match(main, /No order was refused/);
  assert.match(main, new RegExp(member.name));
  await page.goto(`/en/sales/${sale.sale}`);
  assert.match((await page.locator(".sum").innerText()).replace(/\s+/g, " "), /^10 Allotted = 0 Sold \+ 0 Held \+ 10 Left$/);
  await page.goto("/zh/exports");
  assert.match(await page.locator("tr[data-state='done']").first().innerText(), /取消保留中的订单/);
});

test("a task that goes on moves by itself, keeps the focus, and says once that it has ended", async () => {
  const work = new URL(await page.locator("tr[data-state='done'] a").first().getAttribute("href"), page.url()).href.replace("/zh/", "/en/");
  const { page: live } = await staff("merchant");
  const htmx = (await (await live.request.get(`/en/sales/${sale.sale}/live`)).text()).match(/\/static\/\w+\/htmx\.js/)[0];
  let looks = 0;
  const again = `<div hx-get="${new URL(work).pathname}" hx-trigger="every 1s" hx-select="#main" hx-target="#main" hx-swap="outerMorph" hx-status:5xx="swap:none">`;
  const script = `<meta name="htmx-config" content='{"includeIndicatorCSS":false}'/><script type="module" src="${htmx}"></script></head>`;
  const going = text => text.replace(/data-state="\w+"/, 'data-state="running"').replace(/(class="progress"[^]*?)<div>/, `$1${again}`).replace("</head>", script)
    .replace(/(id="stands"[^]*?)Done/, "$1Running").replace(/<p class="many">[^<]*/, `<p class="many">${looks} of 3 looks`);
  await live.route(work, async route => { // the server's own page, as it would be while the task goes on, until the third look
    const response = await route.fetch(), body = await response.text();
    await route.fulfill({ response, body: ++looks < 4 ? going(body) : body });
  });
  await live.goto(work);
  await live.evaluate(() => {
    window.same = true; // gone with the page, if it is loaded anew
    window.spoken = [];
    const stands = document.querySelector("#stands");
    new MutationObserver(() => window.spoken.push(stands.innerText)).observe(stands, { characterData: true, childList: true, subtree: true });
  });
  const kept = live.locator("main .back a");
  await kept.focus();
  await live.getByText("2 of 3 looks").waitFor();
  assert.equal(await kept.evaluate(link => link === document.activeElement), true);
  assert.deepEqual(await live.evaluate(() => window.spoken), []);
  await live.locator('main[data-state="done"]').waitFor();
  assert.equal(await live.evaluate(() => window.same), true);
  assert.deepEqual(await live.evaluate(() => [...new Set(window.spoken)]), ["Done"]);
  assert.equal(await kept.evaluate(link => link === document.activeElement), true);
  assert.equal(await live.locator("[hx-get]").count(), 0);
  assert.equal(looks, 4);
});

test("a page that looks again leads who was signed out to sign in, and back", async () => {
  const { context, page: live } = await staff("merchant");
  const work = new URL(await page.locator("tr[data-state='done'] a").first().getAttribute("href"), page.url()).pathname.replace("/zh/", "/en/");
  const html = await (await live.request.get(`/en/sales/${sale.sale}/live`)).text(), script = html.match(/<script[^>]*htmx\.js[^>]*>/)[0];
  await live.route(`**${work}`, async route => {
    const response = await route.fetch({ maxRedirects: 0 }), body = await response.text();
    await route.fulfill({ response, body: body.replace("</head>", `${script}</script></head>`)
      .replace(/(class="progress"[^]*?)<div>/, `$1<div hx-get="${work}" hx-trigger="every 1s" hx-select="#main" hx-target="#main" hx-swap="outerMorph">`) });
  });
  await live.goto(work);
  context.expect(`403 ${work}`);
  await context.clearCookies();
  await live.waitForURL(/\/en\/sign-in\?to=/);
  assert.match(decodeURIComponent(live.url()), new RegExp(`to=${work}$`));
});
