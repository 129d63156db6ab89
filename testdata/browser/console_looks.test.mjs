// Every page of the console can be read by everybody (readable.mjs).
import test, { after } from "node:test";
import { arrive, inState, merchant, press, sell, until, visitor } from "./lib.mjs";
import { readable, small } from "./readable.mjs";
import { invite, staff } from "./staff.mjs";

const sale = await sell([{ units: 5 }], { title: "A sale with a long name, so that somebody sees how it breaks on a small telephone" });
await sell([{ units: 5 }], { title: "Tomorrow at noon", opensIn: 90_000 });
const shopper = await visitor({ viewport: small });
await arrive(shopper.page, `/en/items/${sale.items[0]}`, { name: "Lena Okafor", email: "lena.okafor.with.a.long.address@mail.example.com" });
await press(shopper.page);
await inState(shopper.page, "held");

const { page } = await staff("owner", { viewport: small });
const stranger = await visitor({ baseURL: new URL(page.url()).origin, viewport: small });
const enrolling = await visitor({ baseURL: new URL(page.url()).origin, viewport: small });
const invited = await invite("viewer"), half = await invite("viewer");
await enrolling.page.goto(half.link);
await enrolling.page.getByLabel("Password").fill("three small boats");
await enrolling.page.locator("main form button").click();
await enrolling.page.locator("main img").waitFor();
await until("there is a mail", async () => {
  await page.goto("/en/mails?state=sent");
  return await page.getByText("lena.okafor").count() > 0;
});
const mail = new URL(await page.locator("tr a").first().getAttribute("href"), page.url()).pathname.replace(/^\/en/, "");

// Products: one with a long name, and an import with a bad row.
await page.goto("/en/products/new");
await page.getByLabel("Title", { exact: true }).fill("Unterwassertaschenlampenbatteriefachdeckel, enamelled, with a lid");
await page.getByLabel("SKU", { exact: true }).fill(`LOOKS-${process.pid}`);
await page.getByLabel("Price", { exact: true }).fill("39.90");
await page.getByRole("button", { name: "Create product" }).click();
await page.locator('main[data-outcome="created"]').waitFor();
const product = new URL(page.url()).pathname.replace(/^\/en/, "");
await page.goto("/en/products/import");
const rows = `Handle,Title,Variant SKU,Variant Price\na,Cup,LOOKS-${process.pid}-A,5.00\nb,Lamp,LOOKS-B,"1,234.50"\n`;
await page.locator("#file").setInputFiles({ name: "products.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
await page.getByRole("button", { name: "Check the file" }).click();
await page.locator('main[data-state="ready"]').waitFor();
const imported = new URL(page.url()).pathname.replace(/^\/en/, "");

await page.goto(`/en/sales/${sale.sale}/rehearsals`);
await page.getByLabel("Shoppers").fill("20");
await page.getByLabel("Seconds").fill("1");
await page.getByRole("button", { name: "Rehearse now" }).click();
await page.locator('main[data-state="done"]').waitFor();
const rehearsal = new URL(page.url()).pathname.replace(/^\/en/, "");
await page.goto("/en/orders?search=lena.okafor.with.a.long.address%40mail.example.com");
const order = new URL(await page.locator("tbody tr a").first().getAttribute("href"), page.url()).pathname.replace(/^\/en/, "");
// Orders refused and orders left: a task that has ended, with its report.
await page.goto(`/en/exports/bulk?kind=resend&sale=${sale.sale}`);
await page.locator("[data-orders]").waitFor();
await page.getByLabel("Reason").fill("the mail server was away");
await page.getByLabel(/type how many/).fill("1");
await page.locator('form[method="post"] button').last().click();
await page.waitForURL(/\/exports\/\d+$/);
const task = new URL(page.url()).pathname.replace(/^\/en/, "");
const pathOf = async link => new URL(await link.getAttribute("href"), page.url()).pathname.replace(/^\/en/, "");
await page.goto("/en/team");
const colleague = await pathOf(page.locator("tr a").last());
await page.goto("/en/webhooks");
await page.locator("summary").click();
await page.getByLabel("Address").fill(`https://hooks.invalid/a-long-path-that-breaks/${process.pid}`);
await page.locator("details form button").click();
await page.locator('main[data-outcome="created"]').waitFor();
const hook = await pathOf(page.getByRole("link", { name: "I have kept it" }));
const other = await visitor({ viewport: small });
await arrive(other.page, `/en/items/${sale.items[0]}`, { name: "Mo Farah", email: "mo@example.com" });
await press(other.page);
await inState(other.page, "held");
await until("an event was sent", async () => {
  await page.goto(`/en${hook}`);
  return await page.locator("tr[data-event] a").count() > 0;
});
const delivery = await pathOf(page.locator("tr[data-event] a").first());
await merchant("sale", "switch", "sold_out_page", "on", "--item", String(sale.items[0]), "--reason", "a browser test of how the pages of the console look");
await merchant("sale", "switch", "admission_rate", "on", "--rate", "1000", "--item", String(sale.items[0]), "--reason", "a browser test");
// A sale that was paused by mistake: the page offers to undo it.
const mistake = await sell([{ units: 5 }], { title: "A sale that somebody paused by mistake" });
await page.goto(`/en/sales/${mistake.sale}`);
await page.locator("summary", { hasText: "Pause" }).first().click();
await page.locator("details[open] form").getByLabel("Reason").fill("the wrong sale");
await page.locator("details[open] form button").click();
await page.locator('main[data-outcome="paused"]').waitFor();
// A draft with an item, to look at its steps.
await page.goto("/en/sales/new");
await page.getByLabel("Title", { exact: true }).fill("A draft with a rather long name, so that somebody sees how it breaks");
await page.getByRole("button", { name: "Make a draft" }).click();
await page.locator('main[data-outcome="created"]').waitFor();
const draft = `/sales/${await page.locator("main").getAttribute("data-sale")}`;
await page.getByLabel("Title of the item").fill("A lamp of our own, with a shade, a cord, and a plug");
await page.getByLabel("SKU").fill("OWN-1");
await page.getByLabel("Price", { exact: true }).fill("49.00");
await page.getByLabel("List price").fill("69.00");
await page.getByLabel("Units", { exact: true }).fill("7");
await page.locator("details[open] form").getByRole("button", { name: "Add an item" }).click();
await page.locator('main[data-outcome="added"]').waitFor();
const item = new URL(await page.locator("tr a").first().getAttribute("href"), page.url()).pathname.replace(/^\/en/, "");

// A draft for members first, with two codes, one of them revoked.
await page.goto("/en/sales/new");
await page.getByRole("radio", { name: /Members first/ }).check();
await page.getByLabel("Title", { exact: true }).fill("A sale to which members come before everybody");
await page.getByRole("button", { name: "Make a draft" }).click();
await page.locator('main[data-outcome="created"]').waitFor();
const early = `/sales/${await page.locator("main").getAttribute("data-sale")}`;
for (const code of ["UNTERWASSERTASCHENLAMPE26", "KITCHEN26"]) {
  await page.goto(`/en${early}/codes`);
  await page.locator("summary", { hasText: "Make one shared code" }).click();
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByLabel("Shoppers it lets in").fill("1200");
  await page.locator("details[open] form").getByRole("button", { name: "Make" }).click();
  await page.locator('main[data-outcome="made"]').waitFor();
}

// of is a scene; opened: with everything that can be opened.
const of = (name, page, path, opened) => ({
  name: `console-${name}`, page,
  open: async lang => {
    await page.goto(`/${lang}${path}`);
    if (opened) await page.evaluate(() => document.querySelectorAll("details").forEach(at => { at.open = true; }));
  },
});
const scenes = [
  of("places", page, "/more"), of("rehearsals", page, `/sales/${sale.sale}/rehearsals`), of("rehearsal", page, rehearsal), of("report", page, `/sales/${sale.sale}/report`, true),
  of("home", page, "/"), of("sales", page, "/sales?tab=live"), of("no-sales", page, "/sales?search=nothing+like+this"), of("mails", page, "/mails"),
  of("no-mails", page, "/mails?state=dropped"), of("sale", page, `/sales/${sale.sale}`), of("sale-open", page, `/sales/${sale.sale}`, true), of("mail", page, mail), of("told", page, `${mail}?told=due`), of("account", page, "/account"),
  of("products", page, "/products"), of("no-products", page, "/products?search=nothing+like+this"), of("product", page, product), of("product-new", page, "/products/new"),
  of("import", page, "/products/import"), of("import-report", page, imported),
  of("item", page, `/sales/${sale.sale}/items/${sale.items[0]}`), of("item-open", page, `/sales/${sale.sale}/items/${sale.items[0]}`, true),
  of("item-no-line", page, `/sales/${sale.sale}/items/${sale.items[0]}?show=sold`), of("checks", page, "/checks"), of("findings", page, "/checks/findings"), of("runs", page, "/checks/runs"),
  of("switches", page, "/switches?search=kettle", true), of("switches-of", page, `/switches/items/${sale.items[0]}?told=set&name=sold_out_page`),
  of("orders", page, "/orders"), of("no-orders", page, "/orders?search=nobody"), of("orders-wrong", page, "/orders?from=2026-11-02&to=2026-11-01"),
  of("order", page, order), of("order-open", page, order, true), of("order-told", page, `${order}?told=paying`),
  of("exports", page, "/exports"), of("exports-open", page, `/exports?sale=${sale.sale}&from=tomorrow`), of("bulk", page, "/exports/bulk"),
  of("bulk-preview", page, `/exports/bulk?kind=refund&restock=1&sale=${sale.sale}`), of("bulk-counted", page, `/exports/bulk?kind=cancel&sale=${sale.sale}`), of("task", page, `${task}?told=already_ended`),
  of("room", page, `/sales/${sale.sale}/live`), of("room-open", page, `/sales/${sale.sale}/live`, true),
  of("new-sale", page, "/sales/new"), of("draft", page, draft, true), of("draft-details", page, `${draft}/details?told=changed_meanwhile`), of("draft-items", page, `${draft}/items`, true),
  of("draft-item", page, item), of("draft-pick", page, `${draft}/pick`), of("draft-pick-from", page, `${draft}/pick?from=${sale.sale}`), of("draft-import", page, `${draft}/import`),
  of("draft-schedule", page, `${draft}/schedule`), of("draft-rules", page, `${draft}/rules`), of("draft-check", page, `${draft}/check`), of("draft-preview", page, `${draft}/preview`),
  of("codes", page, `${early}/codes`), of("codes-open", page, `${early}/codes`, true), of("draft-members", page, `${early}/schedule`), of("draft-no-codes", page, `${draft}/codes`), of("duplicate", page, `/sales/${sale.sale}/duplicate`), of("archived", page, "/sales?tab=archived"),
  of("notice", page, "/nowhere"), of("sign-in", stranger.page, "/sign-in"), of("enrol", enrolling.page, "/enrol"),
  of("invitation", stranger.page, new URL(invited.link).pathname.replace(/^\/en/, "") + new URL(invited.link).search),
  of("undo", page, `/sales/${mistake.sale}?told=paused`), of("undo-late", page, `/sales/${mistake.sale}?undo=not_enough&line=1&left=2`), of("undo-log", page, `/log?sale=${mistake.sale}&undo=undone&line=1`),
  of("team", page, "/team", true), of("member", page, colleague, true), of("log", page, "/log"), of("log-wrong", page, "/log?sale=x"), of("payments", page, "/payments"),
  of("no-payments", page, "/payments?state=failed"), of("webhooks", page, "/webhooks", true), of("webhook", page, hook, true), of("deliveries", page, "/webhooks/deliveries"), of("delivery", page, delivery), of("worker", page, "/worker"),
  of("no-invitation", stranger.page, "/invitation?token=x"),
];

for (const scene of scenes) test(`${scene.name} can be read by everybody`, () => readable(scene));

after(async () => {
  for (const name of ["sold_out_page", "admission_rate"]) await merchant("sale", "switch", name, "off", "--item", String(sale.items[0]), "--reason", "a browser test");
});
