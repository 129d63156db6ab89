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
  of("new-sale", page, "/sales/new"), of("draft", page, draft, true), of("draft-details", page, `${draft}/details?told=changed_meanwhile`), of("draft-items", page, `${draft}/items`, true),
  of("draft-item", page, item), of("draft-pick", page, `${draft}/pick`), of("draft-pick-from", page, `${draft}/pick?from=${sale.sale}`), of("draft-import", page, `${draft}/import`),
  of("draft-schedule", page, `${draft}/schedule`), of("draft-rules", page, `${draft}/rules`), of("draft-check", page, `${draft}/check`), of("draft-preview", page, `${draft}/preview`),
  of("duplicate", page, `/sales/${sale.sale}/duplicate`), of("archived", page, "/sales?tab=archived"),
  of("notice", page, "/nowhere"), of("sign-in", stranger.page, "/sign-in"), of("enrol", enrolling.page, "/enrol"),
  of("invitation", stranger.page, new URL(invited.link).pathname.replace(/^\/en/, "") + new URL(invited.link).search),
  of("no-invitation", stranger.page, "/invitation?token=x"),
];

for (const scene of scenes) test(`${scene.name} can be read by everybody`, () => readable(scene));
