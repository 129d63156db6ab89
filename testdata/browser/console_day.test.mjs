// The whole day of a merchant, from the products file to the report, found by links and labels from the overview on. Every figure is compared with the
// others that tell the same: the live room, the verdict of the crowd, the exported orders, the report.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import test from "node:test";
import { arrive, desktop, inState, merchant, post, press, until, untilState, visitor } from "./lib.mjs";
import { small } from "./readable.mjs";
import { cells } from "./sheet.mjs";
import { staff } from "./staff.mjs";
import { wordsOf } from "./words.mjs";

// The first crowd is too small to take all units, so that the pause finds some; the second is large enough to.
const price = 19.9, spare = 20, added = 3;
const head = "Handle,Title,Vendor,Variant SKU,Variant Inventory Qty,Variant Price,Status";
const reports = [];

const days = [
  { name: "at a desk, in English, light, with JavaScript", lang: "en", script: true, shoppers: 240, options: { viewport: desktop, colorScheme: "light" } },
  { name: "on a phone, in Chinese, dark, without JavaScript", lang: "zh", script: false, shoppers: 90, options: { viewport: small, colorScheme: "dark", javaScriptEnabled: false } },
];

for (const one of days) test(`a merchant's day ${one.name}`, t => day(t, one));

test("the reconciliation proves the books of both", async () => {
  assert.equal(reports.length, days.length);
  for (const { page, words } of reports) {
    await until("it has looked since the last order", async () => {
      await page.reload();
      return await page.locator('main[data-verdict="proved"]').count();
    }, 180_000);
    await page.getByText(words("console_books_proved")).waitFor();
  }
});

async function day(t, { lang, script, shoppers, options }) {
  const units = shoppers + spare, words = await wordsOf(lang), tag = `D${process.pid}${lang}`, title = `Day ${tag}`;
  const { context, page } = await staff("merchant", options);
  const readings = script ? await watch(context) : [];
  const main = page.locator("main"), open = page.locator("details[open] form");
  const told = outcome => page.locator(`main[data-outcome="${outcome}"]`).waitFor();
  const link = (name, at = main) => at.getByRole("link", { name: words(name), exact: true }).first().click();
  const button = (name, at = main, fields = {}) => at.getByRole("button", { name: words(name, fields), exact: true }).first().click();
  const field = (name, at = main) => at.getByLabel(words(name), { exact: true });
  // A phone's bar has the first places; the others are behind its last link.
  const go = async place => {
    const bar = page.getByRole("navigation", { name: words("console_nav") });
    if (!await bar.getByRole("link", { name: words(`console_place_${place}`), exact: true }).count()) {
      await link("console_place_more", bar);
      return link(`console_place_${place}`);
    }
    return link(`console_place_${place}`, bar);
  };
  const act = async (name, reason, fill) => {
    await page.locator("summary", { hasText: words(`console_act_${name}`) }).first().click();
    await fill?.();
    await field("console_reason", open).fill(reason);
  };
  const carry = async (name, reason, outcome) => {
    await act(name, reason);
    await button(`console_act_${name}`, open);
    await told(outcome);
  };
  const findSale = async () => {
    await go("sales");
    await page.getByRole("searchbox").fill(title);
    await button("console_search");
    await main.getByRole("link", { name: title }).click();
  };
  // The room shows by itself what is so now; without a script its link does.
  const inRoom = (what, ask) => until(what, async () => {
    if (!script) await link("console_look_again");
    return ask(await roomNow(page));
  }, 60_000);
  // What follows a step that failed would fail by it too.
  const step = async (name, play) => {
    let failed;
    await t.test(name, () => play().catch(fault => {
      failed = fault;
      throw fault;
    }));
    if (failed) throw failed;
  };
  let sale, kettle, lamp, first, second, last, sheet;

  await step("comes in", async () => {
    await page.getByRole("link", { name: (await wordsOf("en"))("console_recovery_go") }).click();
    if (lang === "zh") await page.getByRole("link", { name: "中文" }).click();
    await page.getByRole("heading", { name: words("console_place_home"), level: 1 }).waitFor();
  });

  await step("imports products, of which one row is bad", async () => {
    await go("products");
    await link("console_products_import");
    const rows = [`a,Kettle ${tag},Ostwick,${tag}-A,0,${price},`, `b,Bad ${tag},Ostwick,${tag}-B,0,"19,90",`, `c,Lamp ${tag},Ostwick,${tag}-C,0,${price},`];
    await field("console_import_file").setInputFiles({ name: `${tag}.csv`, mimeType: "text/csv", buffer: Buffer.from([head, ...rows, ""].join("\n")) });
    await button("console_import_check");
    await page.locator('main[data-state="ready"]').waitFor();
    assert.match(await page.locator('tr[data-line="3"]').innerText(), /Variant Price[^]*19\.90/);
    await button("console_products_import_go", main, { N: 2 });
    await until("they are in", async () => {
      if (await page.locator('main[data-state="done"]').count()) return true;
      if (!script) await link("console_look_again");
      return false;
    });
    await main.getByText(words("console_import_done_says", { N: 2 })).waitFor();
  });

  await step("drafts a sale of a template; the check shuts the button until it has something to sell", async () => {
    await go("sales");
    await link("console_new_sale");
    await main.getByRole("radio", { name: words("console_template_drop") }).check();
    await field("console_sale_title").fill(title);
    await button("console_make_draft");
    await told("created");
    sale = await main.getAttribute("data-sale");
    await link("console_step_check");
    await page.locator('[data-verdict="blocked"]').waitFor();
    assert.ok(await main.getByRole("button", { name: words("console_act_publish"), exact: true }).isDisabled());
    await link("console_mend", page.locator('[data-finding="no_items"]'));
    await link("console_from_products");
    await page.getByRole("searchbox").fill(tag);
    await button("console_search");
    for (const what of ["Kettle", "Lamp"]) await main.getByLabel(words("console_pick_one", { Title: `${what} ${tag}` })).check();
    await field("console_draft").selectOption(sale);
    await field("console_units_each").fill(String(units));
    await button("console_to_sale_go");
    await told("added");
    assert.equal(await page.locator("tr[data-item]").count(), 2);
  });

  await step("says when and how, looks, and goes live", async () => {
    await link("console_next_schedule");
    await field("console_zone").fill("Asia/Shanghai");
    const clock = minutes => new Date(Date.now() + 8 * 3_600_000 + minutes * 60_000).toISOString().slice(0, 16);
    await field("console_opens").fill(clock(-2));
    await field("console_closes").fill(clock(240));
    await button("console_save_next");
    await field("console_limit").fill("1");
    await field("console_hold").fill("30");
    await main.getByLabel(words("console_every_item", { N: 2 })).check();
    await button("console_save_next");
    await page.locator('[data-verdict="warned"]').waitFor();
    await link("console_step_preview");
    for (const what of ["Kettle", "Lamp"]) await main.getByText(`${what} ${tag}`).waitFor();
    await link("console_step_check");
    await button("console_act_publish");
    await told("published");
    [kettle, lamp] = await page.locator("tr[data-item]").evaluateAll((rows, tag) => ["Kettle", "Lamp"].map(what => rows.find(row => row.innerText.includes(`${what} ${tag}`)).dataset.item), tag);
    await untilState(lamp, "live");
    const shopper = await customer("Lena", tag, lamp);
    await press(shopper);
    await inState(shopper, "held");
    await pay(shopper);
  });

  await step("watches the crowd come, and pauses in the middle", async () => {
    await link("console_room");
    // Nobody by the plain form: who hangs up on it has no key, and asks anew when the sale is paused; then nobody can say whose the order is.
    const crowd = rush(kettle, shoppers, "8s", "--plain-form", "0");
    await inRoom("a dozen kettles are gone", now => now.sold + now.held >= 12);
    await carry("pause", "the pictures are wrong", "paused");
    await untilState(kettle, "paused");
    const late = await customer("Ada", tag, kettle);
    await post(late, `/en/items/${kettle}/orders`, { units: 1 });
    await late.locator('main[data-outcome="paused"]').waitFor();
    first = await crowd;
    const now = await inRoom("all have paid, and the pause is counted", now => now.held === 0 && now.why.closed > 0 && now);
    assert.equal(now.sold, first.acts.paid + 1, "kettles that the crowd paid for, and a lamp");
  });

  await step("resumes, adds units, and sells out", async () => {
    await carry("resume", "they are right now", "resumed");
    await untilState(kettle, "live");
    await act("units", "found a box", async () => {
      await open.getByLabel(words("console_item"), { exact: true }).selectOption(kettle);
      await field("console_units", open).fill(String(added));
    });
    await button("console_units_add", open);
    await told("added");
    second = await rush(kettle, units + 3 * spare, "4s");
    const total = 2 * units + added;
    last = await inRoom("the kettles are gone", now => now.held === 0 && now.left === units - 1 && now.why.sold_out >= second.refused.sold_out && now);
    assert.ok(second.refused.sold_out > 0);
    assert.deepEqual([last.units, last.sold], [total, units + added + 1]);
    assert.equal(last.sold, first.accepted + second.accepted + 1, "what the room says and what the shoppers say");
    // Servers count their answers: an order whose first answer was lost is told of as placed before, and counts as that.
    assert.ok(last.placed > 0 && last.placed <= last.sold, `${last.placed} answers of ${last.sold} orders`);
    if (script) {
      assert.ok(new Set(readings.map(now => now.sold + now.held)).size >= 3, "the numbers move by themselves");
      for (const now of readings) assert.ok(now.balanced && now.units === now.sold + now.held + now.left, JSON.stringify(now));
    }
  });

  await step("ends it, after its number was typed", async () => {
    const confirm = () => open.getByLabel(words("console_confirm", { ID: sale }), { exact: true });
    await act("end", "all have gone", () => confirm().fill("1"));
    await button("console_act_end", open);
    await page.getByRole("alert").waitFor();
    assert.equal(await field("console_reason", open).inputValue(), "all have gone", "what was typed stays");
    await confirm().fill(sale);
    await button("console_act_end", open);
    await told("ended");
    await untilState(lamp, "over");
  });

  await step("finds an order by its shopper and refunds it", async () => {
    await go("orders");
    for (const text of [`lena.${tag}@example.com`.toLowerCase(), `Lena ${tag}`]) {
      await until("the list has it", async () => {
        await page.getByRole("searchbox").fill(text);
        await button("console_search");
        return await page.locator("tr[data-order]").count() === 1;
      });
    }
    await page.locator("tr[data-order] a").click();
    await page.locator("summary", { hasText: words("console_order_act_refund") }).click();
    await open.getByLabel(words("console_order_units_back"), { exact: true }).check();
    await field("console_reason", open).fill("arrived broken");
    await open.getByRole("button", { name: new RegExp(`^${words("console_order_refund_amount", { Amount: ".*19\\.90" })}$`) }).click();
    await page.locator('main[data-outcome="refunded"][data-state="refunded"]').waitFor();
  });

  await step("exports the orders", async () => {
    await findSale();
    await link("console_sale_orders");
    await link("console_orders_export");
    assert.equal(await field("console_sale", open).inputValue(), sale);
    const [file] = await Promise.all([page.waitForEvent("download"), button("console_export_go", open)]);
    const [names, ...rows] = cells((await readFile(await file.path(), "utf8")).replace(/^\ufeff/, ""));
    sheet = rows.map(row => Object.fromEntries(names.map((name, n) => [name, row[n]])));
    assert.equal(sheet.length, last.sold, "as many rows as orders, of one unit each");
    assert.equal(new Set(sheet.map(row => row.order_id)).size, sheet.length, "no order twice");
    assert.equal(sheet.filter(row => row.state === "paid").length, last.sold - 1);
    assert.deepEqual(sheet.filter(row => row.state === "refunded").map(row => row.buyer_name), [`Lena ${tag}`]);
  });

  await step("reads the report", async () => {
    await findSale();
    await link("console_report_link");
    assert.deepEqual(await roomNow(page, false), { units: last.units, sold: last.sold - 1, held: 0, left: last.left + 1 });
    const facts = await page.locator("main").evaluate(main => Object.fromEntries(["sums", "money"].map(id => [id, Object.fromEntries(
      [...main.querySelectorAll(`section[aria-labelledby="${id}"] dt`)].map(dt => [dt.innerText.trim(), Number(dt.nextElementSibling.innerText.replace(/[^\d.]/g, ""))]),
    )])));
    const count = state => sheet.filter(row => !state || row.state === state).length;
    const money = state => Number(sheet.filter(row => row.state === state).reduce((sum, row) => sum + Number(row.total), 0).toFixed(2));
    assert.equal(facts.sums[words("console_orders_placed")], count());
    for (const state of ["paid", "refunded", "cancelled", "expired"]) assert.equal(facts.sums[words(`console_orders_${state}`)], count(state), state);
    assert.equal(facts.sums[words("console_orders_unpaid")], 0);
    assert.equal(facts.money[words("console_money_paid")], money("paid"));
    assert.equal(facts.money[words("console_money_refunded")], money("refunded"));
    assert.equal(money("paid"), Number((count("paid") * price).toFixed(2)));
    assert.equal(await page.locator('[data-hint="not_final"]').count(), 0, "it is final");
    reports.push({ page, words });
  });
}

// rush sends a crowd to an item and gives its report; a promise that was not kept fails the test.
async function rush(item, shoppers, duration, ...more) {
  const report = JSON.parse(await merchant(
    "rush", "--data", dirname(process.env.DEMO), "--item", item, "--shoppers", String(shoppers), "--duration", duration, "--curve", "even", "--never-pay", "0", "--json", ...more,
  ).catch(fault => fault.stdout || assert.fail(fault.message)));
  assert.deepEqual(report.checks.filter(check => check.result === "failed"), [], "promises that were not kept");
  assert.equal(report.verdict, "clean");
  return report;
}

async function customer(name, tag, item) {
  const { page } = await visitor({ javaScriptEnabled: false });
  await arrive(page, `/en/items/${item}`, { name: `${name} ${tag}`, email: `${name}.${tag}@example.com`.toLowerCase() });
  return page;
}

async function pay(page) {
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByLabel("Test card number").fill("4242 4242 4242 4242");
  await page.getByRole("button", { name: /^Pay/ }).click();
  await inState(page, "paid");
}

// watch hears of every reading of the live rooms of a browser, from the first paint on.
async function watch(context) {
  const readings = [];
  await context.exposeFunction("reading", now => readings.push(now));
  await context.addInitScript(() => addEventListener("DOMContentLoaded", () => {
    const live = document.querySelector("[data-live]");
    if (!live) return;
    const read = () => {
      const terms = [...live.querySelectorAll(".sum .term strong")].map(at => Number(at.textContent.replace(/\D/g, "")));
      if (terms.length === 4) window.reading({ units: terms[0], sold: terms[1], held: terms[2], left: terms[3], balanced: live.firstElementChild.dataset.balanced === "true" });
    };
    read();
    new MutationObserver(read).observe(live, { subtree: true, childList: true, characterData: true, attributes: true });
  }));
  return readings;
}

// roomNow reads the equation; of the live room also what was placed and why presses were refused.
async function roomNow(page, room = true) {
  return page.locator("main").evaluate((main, room) => {
    const number = at => Number(at?.textContent.replace(/\D/g, "") ?? 0);
    const [units, sold, held, left] = [...main.querySelectorAll(".sum .term strong")].map(number);
    if (!room) return { units, sold, held, left };
    const why = Object.fromEntries(["sold_out", "theirs", "closed"].map(kind => [kind, number(main.querySelector(`.refusals li.${kind} strong`))]));
    return { units, sold, held, left, why, placed: number(main.querySelector(".figure .soft")) };
  }, room);
}
