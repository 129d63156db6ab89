// The pictures of the README and of docs/console.md, from a running demo: those of the item while it is sold, so before `make rush`, the others after it. DEMO=../../.data/demo.json DOORBUSTER=… node --test pictures.mjs
import { dirname } from "node:path";
import test from "node:test";
import { arrive, demo, desktop, inState, merchant, phone, press, until, visitor } from "./lib.mjs";
import { consoleURL, staff } from "./staff.mjs";

const folder = new URL("../../docs/", import.meta.url).pathname;
const item = `/en/items/${demo.hot_item}`;

/** The same member on a phone, in the dark. */
async function pocket(context) {
  const { context: other, page } = await visitor({ baseURL: consoleURL, viewport: phone, colorScheme: "dark" });
  await other.addCookies(await context.cookies());
  return page;
}

const take = (page, name) => page.screenshot({ path: `${folder}${name}.png` });

test("the pictures of the README", async () => {
  const light = await visitor({ viewport: phone, deviceScaleFactor: 2 });
  const dark = await visitor({ viewport: phone, deviceScaleFactor: 2, colorScheme: "dark" });
  for (const { page } of [light, dark]) {
    await arrive(page, item, { name: "Lena Okafor" });
    await inState(page, "live");
    await page.locator('[data-go][aria-disabled="false"]').waitFor();
    await page.locator(".photo img").evaluate(image => image.decode());
  }
  await take(light.page, "item");
  await take(dark.page, "item-dark");
  await press(light.page);
  await inState(light.page, "held");
  await light.page.locator(".photo img").evaluate(image => image.decode());
  await until("the clock runs", async () => /^09:/.test((await light.page.locator("[data-clock]").textContent()).trim()));
  await take(light.page, "order");
});

test("the pictures of the console", async () => {
  const { page } = await staff("owner", { viewport: desktop });
  await page.goto(`/en/sales/${demo.sale}`);
  await page.locator('[data-balanced="true"]').waitFor();
  await take(page, "console-sale");
  await page.goto(`/en/orders?sale=${demo.sale}&state=paid`);
  await take(page, "console-orders");
  await page.locator("tbody tr a").first().click();
  await page.locator("main[data-order]").waitFor();
  await take(page, "console-order");
  await page.goto(`/en/sales/${demo.sale}/report`);
  await page.locator("main[data-verdict]").waitFor();
  await take(page, "console-report");
});

test("the pictures of a draft: its schedule, its check, and both on a phone", async () => {
  const { context, page } = await staff("owner", { viewport: desktop });
  await page.goto("/en/sales/new");
  await page.getByLabel("Title", { exact: true }).fill("Winter drop");
  await page.getByRole("button", { name: "Make a draft" }).click();
  await page.locator('main[data-outcome="created"]').waitFor();
  const draft = `/en/sales/${await page.locator("main").getAttribute("data-sale")}`;
  await page.goto(`${draft}/check`);
  await take(page, "console-check");
  await page.goto(`${draft}/schedule`);
  await take(page, "console-schedule");
  const small = await pocket(context);
  await small.goto(`${draft}/schedule`);
  await take(small, "console-schedule-phone");
});

// Shoppers come by their own pages while the room is watched: the rush of the pictures is started here.
test("the pictures of the live room", async () => {
  const { context, page } = await staff("owner", { viewport: desktop });
  const small = await pocket(context);
  const rush = merchant("rush", "--data", dirname(process.env.DEMO), "--shoppers", "4000", "--units", "1500", "--duration", "30s", "--curve", "even");
  let sale;
  await until("the rush has a sale", async () => {
    await page.goto("/en/sales?search=Rush+at");
    sale = await page.locator("tbody tr").first().getAttribute("data-sale", { timeout: 1000 }).catch(() => null);
    return Boolean(sale);
  });
  await page.goto(`/en/sales/${sale}/live`);
  await until("it runs", async () => Number((await page.locator(".sum strong").nth(1).innerText()).replace(/\D/g, "")) > 300);
  await small.goto(`/en/sales/${sale}/live`);
  await small.locator('[data-balanced="true"]').waitFor();
  await take(page, "console-room");
  await take(small, "console-room-phone");
  await rush.catch(() => {}); // its verdict is not what the picture is about
});
