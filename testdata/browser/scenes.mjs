// Every page of the shop in every state that can be brought about, for the tests that look at all of them.
import { randomBytes, randomUUID } from "node:crypto";
import { arrive, inState, merchant, post, press, sell, signInLink, until, untilState, visitor } from "./lib.mjs";

const outcome = (page, name) => page.locator(`main[data-outcome="${name}"]`).waitFor();

// order buys an item as whoever the page belongs to and returns the order's number.
async function order(page, item, then) {
  await page.goto(`/en/items/${item}`);
  await press(page);
  await inState(page, "held");
  await then?.();
  return page.url().split("/").pop();
}

// payWith pays with a card of the sandbox and waits for what becomes of the payment.
const payWith = (page, card, payment) => async () => {
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByRole("button", { name: card }).click();
  await page.locator(`main[data-payment="${payment}"]`).waitFor();
};

const pay = page => payWith(page, "4242 4242 4242 4242", "captured");

// begin stops at the sandbox's page and returns its path without the language.
const begin = async (page, number) => {
  await page.goto(`/en/orders/${number}`);
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByRole("heading", { name: "No money moves here" }).waitFor();
  return new URL(page.url()).pathname.replace(/^\/en/, "");
};

const cancel = page => async () => {
  await page.getByText("Cancel this order").click();
  await page.getByRole("button", { name: "Yes, cancel it" }).click();
  await inState(page, "cancelled");
};

const long = "A Very Long Name for a Small Thing, Hand Made, with Lid, Strap and Spare Parts, Large";

async function stock() {
  const live = await sell([
    { units: 320 }, { title: "Over-ear Headphones", units: 12, price: "129.00", list: "", image: "over-ear-headphones" },
    { title: long, units: 9, price: "1249.00", list: "1899.00", image: "two-person-tent" },
    { title: "Wall Clock", units: 5, image: "wall-clock" }, { title: "Camp Lantern", units: 2, image: "camp-lantern" },
    { title: "Fountain Pen", units: 5, image: "fountain-pen" }, { title: "Wool Throw", units: 5, image: "wool-throw" },
    { title: "Tea Caddy", units: 5 }, { title: "Salt Mill", units: 5 },
  ], { title: "Friday doors" });
  const several = await sell([{ units: 2 }], { limit: 4, title: "Four each" });
  const soon = await sell([{ units: 40 }], { opensIn: 90_000, title: "Tomorrow at noon" });
  const paused = await sell([{}], { title: "Stopped for now" });
  const over = await sell([{}], { title: "Gone by" });
  const brief = await sell([{ units: 4 }], { title: "One minute to pay", hold: 1 });
  const short = await sell([{ units: 4 }], { title: "Three minutes, and five more", hold: 3, extension: 5 });
  await merchant("sale", "pause", String(paused.sale), "--reason", "a browser test");
  await merchant("sale", "end", String(over.sale), "--reason", "a browser test");
  await merchant("sale", "withdraw", String(live.items[4]), "2", "--reason", "a browser test");
  await untilState(live.items[4], "sold_out");
  await untilState(paused.items[0], "paused");
  await untilState(over.items[0], "over");
  return { live, several, soon, paused, over, brief, short };
}

/**
 * Brings the shop into all states and returns the scenes: [name, open], where open(who, lang) shows the page and `who` holds the
 * pages of a stranger, of a customer with orders and of a new customer.
 */
export async function prepare(options) {
  const { live, several, soon, paused, over, brief, short } = await stock();
  const stranger = await visitor(options), customer = await visitor(options), fresh = await visitor(options);
  const payer = await visitor(options), beginner = await visitor(options); // more customers: one alone would press faster than the shop lets anybody
  await arrive(customer.page, "/en/", { name: "Lena Okafor" });
  await arrive(fresh.page, "/en/", { name: "Mei" });
  await arrive(payer.page, "/en/", { name: "Jo" });
  await arrive(beginner.page, "/en/", { name: "Ade" });
  const page = customer.page;
  const unpaid = await order(beginner.page, brief.items[0]);
  const paid = await order(page, live.items[1], pay(page));
  const cancelled = await order(page, live.items[2], cancel(page));
  const refunded = await order(page, live.items[3], pay(page));
  await merchant("sale", "refund", refunded, "--reason", "a browser test");
  const held = await order(page, live.items[0]);
  const begun = await order(beginner.page, live.items[6]);
  const sandbox = await begin(beginner.page, begun);
  const declined = await order(payer.page, live.items[7], payWith(payer.page, "4000 0000 0000 0002", "failed"));
  const returned = await order(payer.page, live.items[8], payWith(payer.page, "4000 0000 0000 0143", "refunded"));
  const extendable = await order(payer.page, short.items[0]); // last: its scene is the first
  const buy = (item, fields = { units: 1 }) => (page, lang) => post(page, `/${lang}/items/${item}/orders`, fields);

  const at = (path, state) => async (page, lang) => {
    await page.goto(`/${lang}${path}`);
    if (state) await inState(page, state);
  };
  const refusal = (name, act) => [`notice-${name}`, customer, async (page, lang) => {
    await page.goto(`/${lang}/orders`);
    await act(page, lang);
    await outcome(page, name);
  }];
  const signUp = async (page, lang, button) => {
    await page.goto(`/${lang}/sign-up`);
    await page.locator("main button").click();
    await page.locator(".summary").waitFor();
  };
  const told = async (page, lang) => {
    await page.goto(`/${lang}/items/${live.items[0]}`);
    await page.locator("[data-yours]").waitFor();
  };
  const justBought = async (page, lang) => {
    // The form without its script: the outcome is told above the stub.
    await page.goto(`/${lang}/items/${live.items[0]}`);
    await buy(live.items[0])(page, lang);
    await page.locator(".told").waitFor();
  };
  const cancelOpen = async (page, lang) => {
    await page.goto(`/${lang}/orders/${held}`);
    await page.locator("summary").click();
  };
  const readOnly = async (page, lang) => {
    await merchant("sale", "switch", "read_only", "on", "--reason", "a browser test");
    try {
      await until("the shop is read-only", async () => {
        await page.goto(`/${lang}/orders/${cancelled}`);
        await post(page, `/${lang}/orders/${cancelled}/pay`);
        return await page.locator('main[data-outcome="busy"]').count();
      });
    } finally {
      await merchant("sale", "switch", "read_only", "off", "--reason", "a browser test");
    }
  };
  const expired = async (page, lang) => {
    await until("the hold has ended", async () => {
      await page.goto(`/${lang}/orders/${unpaid}`);
      return await page.locator('main[data-state="expired"]').count();
    }, 120_000);
  };

  return [
    ["order-extendable", payer, at(`/orders/${extendable}`, "held")],
    ["sales", stranger, at("/")],
    ["sale", stranger, at(`/sales/${live.sale}`, "live")],
    ["sale-soon", stranger, at(`/sales/${soon.sale}`, "soon")],
    ["item-live", stranger, at(`/items/${live.items[5]}`, "live")],
    ["item-long", stranger, at(`/items/${live.items[2]}`, "live")],
    ["item-several", stranger, at(`/items/${several.items[0]}`, "live")],
    ["item-soon", stranger, at(`/items/${soon.items[0]}`, "soon")],
    ["item-sold-out", stranger, at(`/items/${live.items[4]}`, "sold_out")],
    ["item-paused", stranger, at(`/items/${paused.items[0]}`, "paused")],
    ["item-over", stranger, at(`/items/${over.items[0]}`, "over")],
    ["item-yours", customer, told],
    ["sign-in", stranger, at("/sign-in?to=/en/orders")],
    ["sign-up", stranger, at("/sign-up")],
    ["sign-up-errors", stranger, signUp],
    ["orders-empty", fresh, at("/orders")],
    ["orders", customer, at("/orders")],
    ["order-held", customer, at(`/orders/${held}`, "held")],
    ["order-just-bought", customer, justBought],
    ["order-cancelling", customer, cancelOpen],
    ["order-payment-begun", beginner, at(`/orders/${begun}`, "held")],
    ["sandbox", beginner, at(sandbox)],
    ["order-declined", payer, at(`/orders/${declined}`, "held")],
    ["order-money-back", payer, at(`/orders/${returned}`, "held")],
    ["order-paid", customer, at(`/orders/${paid}`, "paid")],
    ["order-cancelled", customer, at(`/orders/${cancelled}`, "cancelled")],
    ["order-refunded", customer, at(`/orders/${refunded}`, "refunded")],
    refusal("not_open", buy(soon.items[0])),
    refusal("sold_out", buy(live.items[4])),
    refusal("not_enough", buy(several.items[0], { units: 4 })),
    refusal("over_limit", buy(live.items[5], { units: 5 })),
    refusal("paused", buy(paused.items[0])),
    refusal("over", buy(over.items[0])),
    refusal("bad_units", buy(live.items[5], { units: 0 })),
    refusal("bad_pass", buy(live.items[5], { units: 1, pass: "made up" })),
    refusal("bad_request", buy(live.items[5], [["units", 1], ["units", 2]])),
    refusal("too_large", buy(live.items[5], { units: "9".repeat(80_000) })),
    refusal("not_payable", (page, lang) => post(page, `/${lang}/orders/${cancelled}/pay`)),
    refusal("not_cancellable", (page, lang) => post(page, `/${lang}/orders/${paid}/cancel`)),
    refusal("not_found", (page, lang) => page.goto(`/${lang}/nowhere`)),
    refusal("no_such_item", (page, lang) => page.goto(`/${lang}/items/999999999`)),
    refusal("no_such_order", (page, lang) => page.goto(`/${lang}/orders/${randomUUID()}`)),
    refusal("wrong_method", (page, lang) => page.goto(`/${lang}/items/${live.items[5]}/orders`)),
    refusal("bad_link", page => page.goto(signInLink({ secret: randomBytes(32) }))),
    ["notice-busy", customer, readOnly],
    ["order-expired", beginner, expired],
  ].map(([name, who, open]) => ({ name, page: who.page, open: lang => open(who.page, lang) }));
}
