// Members first, from the template to the sale: a merchant without JavaScript makes the draft and a code; a shopper without JavaScript is let in by it and
// buys early; another is told why not; from the opening on everybody may buy.
import assert from "node:assert/strict";
import test from "node:test";
import { arrive, inState, untilState, visitor } from "./lib.mjs";
import { readable, small } from "./readable.mjs";
import { staff } from "./staff.mjs";

const { page } = await staff("merchant", { javaScriptEnabled: false });
const told = outcome => page.locator(`main[data-outcome="${outcome}"]`).waitFor();
const press = name => page.getByRole("button", { name, exact: true }).first().click();
const local = seconds => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19);
let sale, items;

/** Makes a draft from the template, with an item, and returns its number. */
async function draft(title) {
  await page.goto("/en/sales/new");
  await page.getByRole("radio", { name: /Members first/ }).check();
  await page.getByLabel("Title", { exact: true }).fill(title);
  await press("Make a draft");
  await told("created");
  const made = await page.locator("main").getAttribute("data-sale");
  for (const [label, value] of [["Title of the item", "A lamp"], ["SKU", "OWN-1"], ["Price", "49.00"], ["Units", "7"]]) {
    await page.locator("details[open] form").getByLabel(label, { exact: true }).fill(value);
  }
  await page.locator("details[open] form").getByRole("button", { name: "Add an item" }).click();
  await told("added");
  return made;
}

/** Says in so many seconds from now a sale opens to members, and to everybody. */
async function schedule(of, members, everybody) {
  await page.goto(`/en/sales/${of}/schedule`);
  await page.getByLabel("Time zone").fill("UTC");
  await page.getByLabel("Opens", { exact: true }).fill(local(everybody));
  await page.getByLabel("Closes").fill(local(7200));
  await page.getByLabel("Opens to members").fill(local(members));
  await press("Save");
}

/** Makes a code that lets in so many shoppers, on the page of codes. */
async function code(text, uses) {
  await page.getByLabel("Code", { exact: true }).fill(text);
  await page.getByLabel("Shoppers it lets in").fill(String(uses));
  await page.locator("details[open] form").getByRole("button", { name: "Make" }).click();
}

async function publish(of) {
  await page.goto(`/en/sales/${of}/check`);
  await press("Publish");
  await told("published");
}

const firstItem = async at => Number(await at.locator("[data-item]").first().getAttribute("data-item"));

test("a merchant makes a sale for members first", async t => {
  await t.test("from the template", async () => {
    sale = await draft("Members of the kitchen");
  });

  await t.test("its schedule says from when members may buy, and not after everybody", async () => {
    await schedule(sale, 3600, 60);
    await page.locator("#members-error").waitFor();
    await page.getByLabel("Opens to members").fill(local(30));
    await press("Save");
    await told("updated");
  });

  await t.test("it cannot be published before a code could let somebody in", async () => {
    await page.goto(`/en/sales/${sale}/check`);
    await page.locator('[data-finding="no_codes"][data-severity="block"]').waitFor();
    await page.locator('[data-finding="no_codes"]').getByRole("link").click();
    await page.locator("summary", { hasText: "Make one shared code" }).click();
    await code("a-b", 100);
    await page.locator("#code-error").waitFor();
    await code("kitchen 26", 1);
    await told("made");
    await page.getByText("KITCHEN26").waitFor();
    await publish(sale);
  });
});

test("members buy first, without a script", async t => {
  const { page: mia } = await visitor({ javaScriptEnabled: false });
  const { page: noa } = await visitor({ javaScriptEnabled: false });
  const { context: leos, page: leo } = await visitor();
  await arrive(mia, `/en/sales/${sale}`);
  items = [await firstItem(mia)];
  await arrive(noa, `/en/items/${items[0]}`);

  await t.test("before members may buy the page says when", async () => {
    await mia.goto(`/en/items/${items[0]}`);
    await mia.locator("main").getByText(/Members .* everybody from/).first().waitFor();
    await mia.getByLabel("Access code", { exact: true }).fill("kitchen-27");
    await mia.getByRole("button", { name: "Use this code" }).click();
    await mia.locator("#code-error").waitFor();
    assert.equal(await mia.getByLabel("Access code", { exact: true }).inputValue(), "kitchen-27", "what was typed stays");
    await mia.getByLabel("Access code", { exact: true }).fill("kitchen-26");
    await mia.getByRole("button", { name: "Use this code" }).click();
    await mia.locator('main[data-outcome="member"]').waitFor();
  });

  await t.test("the code lets in one shopper, and no other", async () => {
    await noa.getByLabel("Access code", { exact: true }).fill("KITCHEN26");
    await noa.getByRole("button", { name: "Use this code" }).click();
    await noa.locator("#code-error", { hasText: "as often as it may" }).waitFor();
  });

  await t.test("with a script the page counts down to members, then to everybody", async () => {
    leos.expect(`409 /items/${items[0]}/orders`);
    await arrive(leo, `/en/items/${items[0]}`);
    await inState(leo, "early");
    await leo.getByRole("button", { name: "Buy as a member" }).click();
    await leo.locator('main[data-outcome="members_only"]').waitFor();
    await leo.getByLabel("Access code", { exact: true }).waitFor();
    await leo.goto(`/en/items/${items[0]}`);
  });

  await t.test("a member buys, who is none is told why not", async () => {
    await untilState(items[0], "early");
    await mia.goto(`/en/items/${items[0]}/code`);
    await mia.getByRole("button", { name: "Buy as a member" }).click();
    await inState(mia, "held");
    await noa.goto(`/en/items/${items[0]}`);
    await noa.getByRole("button", { name: "Buy as a member" }).click();
    await noa.locator('main[data-outcome="members_only"]').waitFor();
    await noa.getByText(/Members buy now, everybody from/).waitFor();
  });

  await t.test("from the opening on everybody buys", async () => {
    await inState(leo, "live");
    await leo.getByRole("button", { name: "Buy", exact: true }).click();
    await inState(leo, "held");
    await noa.goto(`/en/items/${items[0]}`);
    await noa.getByRole("button", { name: "Buy", exact: true }).click();
    await inState(noa, "held");
    assert.equal(await leo.locator(".code").count(), 0);
  });
});

test("what shoppers see while members buy can be read by everybody", async t => {
  const long = await draft("Members of the kitchen, for as long as it takes to look");
  await schedule(long, 20, 3600);
  await told("updated");
  await page.goto(`/en/sales/${long}/codes`);
  await page.locator("summary", { hasText: "Make one shared code" }).click();
  await code("KITCHEN26", 1);
  await told("made");
  await publish(long);
  const { page: shopper } = await visitor({ viewport: small });
  const { page: member } = await visitor({ viewport: small });
  await arrive(shopper, `/en/sales/${long}`);
  const item = await firstItem(shopper);
  await untilState(item, "early");
  await arrive(member, `/en/items/${item}/code`);
  await member.getByLabel("Access code", { exact: true }).fill("kitchen26");
  await member.getByRole("button", { name: "Use this code" }).click();
  await member.locator('main[data-outcome="member"]').waitFor();
  const at = (name, who, path) => ({ name, page: who, open: lang => who.goto(`/${lang}${path}`) });
  for (const scene of [
    at("item-early", shopper, `/items/${item}`), at("sale-early", shopper, `/sales/${long}`), at("code", shopper, `/items/${item}/code`), at("code-member", member, `/items/${item}/code`),
    at("console-members-room", (await staff("merchant", { viewport: small })).page, `/sales/${long}/live`),
  ]) await t.test(scene.name, () => readable(scene));
});
