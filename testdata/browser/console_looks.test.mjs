// Every page of the console can be read by everybody (readable.mjs).
import test from "node:test";
import { arrive, inState, press, sell, until, visitor } from "./lib.mjs";
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

// of is a scene; opened: with everything that can be opened.
const of = (name, page, path, opened) => ({
  name: `console-${name}`, page,
  open: async lang => {
    await page.goto(`/${lang}${path}`);
    if (opened) await page.evaluate(() => document.querySelectorAll("details").forEach(at => { at.open = true; }));
  },
});
const scenes = [
  of("home", page, "/"), of("sales", page, "/sales?tab=live"), of("no-sales", page, "/sales?search=nothing+like+this"), of("mails", page, "/mails"),
  of("no-mails", page, "/mails?state=dropped"), of("sale", page, `/sales/${sale.sale}`), of("sale-open", page, `/sales/${sale.sale}`, true), of("mail", page, mail), of("told", page, `${mail}?told=due`), of("account", page, "/account"),
  of("products", page, "/products"), of("no-products", page, "/products?search=nothing+like+this"), of("product", page, product), of("product-new", page, "/products/new"),
  of("import", page, "/products/import"), of("import-report", page, imported),
  of("notice", page, "/nowhere"), of("sign-in", stranger.page, "/sign-in"), of("enrol", enrolling.page, "/enrol"),
  of("invitation", stranger.page, new URL(invited.link).pathname.replace(/^\/en/, "") + new URL(invited.link).search),
  of("no-invitation", stranger.page, "/invitation?token=x"),
];

for (const scene of scenes) test(`${scene.name} can be read by everybody`, () => readable(scene));
