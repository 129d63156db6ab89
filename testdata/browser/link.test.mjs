// The merchant's own shop sends its customers in.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { inState, press, sell, signInLink, visitor } from "./lib.mjs";

test("a signed link lets a customer in and leads to the item", async () => {
  const { items: [kettle] } = await sell([{}]);
  const { page, context } = await visitor();
  await page.goto(signInLink({ to: `/en/items/${kettle}`, name: "梅" }));
  assert.match(page.url(), new RegExp(`/en/items/${kettle}$`), "the token is out of the address");
  await press(page);
  await inState(page, "held");
  await page.goto("/en/orders");
  await page.getByText("Signed in as 梅").waitFor();
  const [session] = await context.cookies();
  assert.ok(session.httpOnly && session.sameSite === "Lax", "scripts and other sites cannot use the session");
});

const now = Math.floor(Date.now() / 1000);
for (const [what, status, claims] of [
  ["a link signed with another secret", 403, { secret: randomBytes(32) }],
  ["a link for something else", 403, { p: "reset" }],
  ["a link that lives too long", 403, { exp: now + 3600 }],
  ["a link that has run out", 410, { iat: now - 500, exp: now - 1 }],
]) {
  test(`${what} is refused calmly`, async () => {
    const { page, context } = await visitor();
    const answer = await page.goto(signInLink(claims));
    assert.equal(answer.status(), status);
    await page.locator('main[data-outcome="bad_link"]').waitFor();
    assert.deepEqual(await context.cookies(), [], "nobody is signed in");
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
}

test("a link leads nowhere else", async () => {
  const { page } = await visitor();
  await page.goto(signInLink({ to: "//example.com/" }));
  assert.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/en\/$/);
});
