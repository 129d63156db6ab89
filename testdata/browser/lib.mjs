// What the tests share: one browser per file, a watch on everything a page does wrong, and the merchant's hands.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);

/** What the running demo left: addresses, the link secret, the merchant's account. */
export const demo = JSON.parse(await readFile(process.env.DEMO, "utf8"));
export const shopURL = demo.shop_url;
export const account = { email: "shopper@example.com", password: "doorbuster-demo" };

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };

// Patience for a condition, in ms. Nothing takes that long; a busy machine may.
export const patience = 30_000;

// Playwright gives each launch an empty profile folder of its own and removes it.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

const faults = [];

after(async () => {
  await browser.close();
  // Console errors, refusals by the content security policy and failed requests of all pages of the file.
  assert.deepEqual(faults, [], "pages did something wrong while they were tested");
});

/**
 * A new visitor with an own cookie jar. JSON answers that a test provokes are named in `expect` as "409 /items/1/orders"; documents
 * may have any status, because tests look at those themselves.
 */
export async function visitor({ expect = [], ...options } = {}) {
  const context = await browser.newContext({
    baseURL: shopURL, locale: "en-GB", timezoneId: "Asia/Shanghai", viewport: phone, reducedMotion: "reduce", ...options,
  });
  context.setDefaultTimeout(patience);
  context.setDefaultNavigationTimeout(patience);
  const wrong = (page, text) => faults.push(`${page?.url() ?? "?"}: ${text}`);
  context.on("weberror", event => wrong(event.page(), `uncaught ${event.error()?.stack ?? event.error()}`));
  context.on("console", message => {
    // Chromium repeats each failed answer on the console; those are judged below.
    if (["error", "warning"].includes(message.type()) && !message.text().startsWith("Failed to load resource")) {
      wrong(message.page(), `console: ${message.text()}`);
    }
  });
  const pageOf = request => request.serviceWorker() ? null : request.frame()?.page();
  context.on("requestfailed", request => {
    // Leaving a page ends what it was asking for.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") wrong(pageOf(request), `${request.url()} ${request.failure()?.errorText}`);
  });
  context.on("response", response => {
    if (response.status() < 400 || response.request().isNavigationRequest()) return;
    const what = `${response.status()} ${new URL(response.url()).pathname}`;
    if (!expect.includes(what)) wrong(pageOf(response.request()), what);
  });
  context.expect = what => expect.push(what);
  const page = await context.newPage();
  return { context, page };
}

/** Runs a command of the program as the merchant. */
export async function merchant(...args) {
  const { stdout } = await run(process.env.DOORBUSTER, args, { env: { ...process.env, ADMIN_DATABASE_URL: demo.admin_dsn } });
  return stdout;
}

let sales = 0;
const columns = "Handle,Title,Body (HTML),Vendor,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Status";

/**
 * Publishes a sale and returns its number and its items' numbers. opensIn and lasts are in seconds, hold and extension in minutes; opensIn may be negative. Each
 * item is {title, units, price, list, image}.
 */
export async function sell(items, { title, opensIn = -60, lasts = 7200, limit = 1, hold = 10, extension = 0, zone = "Asia/Shanghai" } = {}) {
  const name = title ?? `Browser sale ${process.pid}.${++sales}`;
  const rows = items.map(({ title: item = "Stovetop Kettle, 1.8 l", units = 3, price = "39.90", list = "64.90", image = "stovetop-kettle" }, i) =>
    [`item-${i}`, item, "<p>Enamelled steel on a thick base that heats evenly.</p><p>The handle stays cool.</p>", "Ostwick",
      `SKU-${i}`, units, price, list, `images/${image}.svg`, "active"]
      .map(cell => `"${String(cell).replaceAll('"', '""')}"`).join(","));
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-browser-"));
  try {
    const file = join(folder, "products.csv");
    await writeFile(file, [columns, ...rows, ""].join("\n"));
    const opens = new Date(Date.now() + opensIn * 1000).toISOString();
    const said = await merchant(
      "import", file, "--title", name, "--description", "A sale of a test.", "--opens", opens, "--lasts", `${lasts}s`,
      "--zone", zone, "--limit", String(limit), "--hold", String(hold), "--extension", String(extension), "--publish",
    );
    const sale = Number(/Sale (\d+)/.exec(said)[1]);
    return { sale, items: await itemsOf(sale, rows.length) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

// itemsOf reads a new sale's items from its page, as a shopper would, and waits until the shop sells them from memory.
async function itemsOf(sale, count) {
  const html = await (await fetch(`${shopURL}/en/sales/${sale}`)).text();
  const items = [...html.matchAll(/data-item="(\d+)"/g)].map(match => Number(match[1]));
  assert.equal(items.length, count, `items on the page of sale ${sale}`);
  return items;
}

/** Waits until ask() gives something true, and returns it. */
export async function until(what, ask, time = patience) {
  const end = Date.now() + time;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) assert.fail(`waited in vain until ${what}`);
    await new Promise(done => setTimeout(done, 100));
  }
}

/** The item as the shop's memory has it. */
export const stateOf = async item => (await fetch(`${shopURL}/items/${item}/state`)).json();

/** Waits until the shop knows an item to be in a state. */
export const untilState = (item, state) => until(`item ${item} is ${state}`, async () => (await stateOf(item)).s === state);

/** The address of a signed sign-in link, as the merchant's own shop makes it. Claims may be changed. */
export function signInLink({ to = "/en/", secret = Buffer.from(demo.link_secret, "base64"), ...claims } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const payload = Buffer.from(JSON.stringify({
    p: "sign-in", sub: `C-${randomUUID()}`, email: "mei@example.com", name: "Mei", iat: now - 1, exp: now + 300, jti: randomUUID(), ...claims,
  })).toString("base64url");
  const signature = createHmac("sha256", secret).update(payload).digest("base64url");
  return `/sign-in/link?token=${payload}.${signature}&to=${encodeURIComponent(to)}`;
}

/** Signs a new customer in and leads to a page. */
export const arrive = (page, to, claims) => page.goto(signInLink({ to, ...claims }));

/** Waits for the main element in a state, without loading the page again. */
export const inState = (page, state) => page.locator(`main[data-state="${state}"]`).waitFor();

/** Presses the button of an item page. */
export const press = page => page.locator("[data-go]").click();

/** Sends a form to the shop as the page would, with fields of the test's choice. */
export async function post(page, action, fields = {}) {
  await Promise.all([
    page.waitForEvent("load"),
    page.evaluate(([action, fields]) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", action, hidden: true });
      for (const [name, value] of fields) {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value });
        form.append(input);
      }
      document.body.append(form);
      form.submit();
    }, [action, Array.isArray(fields) ? fields : Object.entries(fields)]),
  ]);
}
