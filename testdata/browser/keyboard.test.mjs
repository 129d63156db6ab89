// The keyboard alone: what has the focus is always seen, and Enter buys.
import assert from "node:assert/strict";
import test from "node:test";
import { arrive, desktop, inState, sell, visitor } from "./lib.mjs";

// What has the focus, where it is, its ring, and what lies above it.
const focused = page => page.evaluate(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const { left, top, right, bottom, width, height } = at.getBoundingClientRect(), style = getComputedStyle(at);
  const spots = [[left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2], [right - 2, bottom - 2], [left + width / 2, top + height / 2]];
  const inside = ([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  const seen = spot => inside(spot) && [at, null].includes(document.elementFromPoint(...spot)?.closest("a, button, select, input, summary, main"));
  return {
    name: (at.getAttribute("aria-label") || at.textContent || at.name).trim().replace(/\s+/g, " ").slice(0, 40),
    tag: at.tagName, go: at.hasAttribute("data-go"), ring: parseFloat(style.outlineWidth) || 0, ringStyle: style.outlineStyle,
    hidden: !spots.some(seen), inMain: Boolean(at.closest("main")),
  };
});

for (const [where, viewport] of [["a phone", { width: 360, height: 560 }], ["a desk", desktop]]) {
  test(`buys by keyboard alone on ${where}`, async () => {
    const { items: [kettle] } = await sell([{}], { limit: 2 });
    const { page } = await visitor({ viewport });
    await arrive(page, `/en/items/${kettle}`);
    await inState(page, "live");

    await page.keyboard.press("Tab");
    const skip = await focused(page);
    assert.match(skip.name, /Skip to content/, "the first stop");
    assert.ok(!skip.hidden && skip.ring >= 2, "the skip link is seen");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.keyboard.press("Tab");
    assert.ok((await focused(page)).inMain, "the next stop after skipping is in the content");

    // Down and up again through all stops: the bar at the bottom must not cover any.
    await page.goto(`/en/items/${kettle}`);
    const stops = [];
    for (const key of ["Tab", "Shift+Tab"]) {
      for (let n = 0; n < 30; n++) {
        await page.keyboard.press(key);
        const stop = await focused(page);
        if (!stop) break;
        stops.push(stop);
        assert.ok(stop.ring >= 2 && stop.ringStyle !== "none", `${stop.name} has a ring: ${stop.ring}px ${stop.ringStyle}`);
        assert.ok(!stop.hidden, `${stop.name} is seen when it has the focus (${key})`);
      }
    }
    assert.ok(stops.some(stop => stop.go) && stops.some(stop => stop.tag === "SELECT"), "the form was reached");

    await page.locator("[data-go]").focus();
    await page.keyboard.press("Enter");
    await inState(page, "held");
    for (let n = 0; n < 30 && (await focused(page))?.tag !== "SUMMARY"; n++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Yes, cancel it" }).waitFor();
    await page.keyboard.press("Tab");
    const cancel = await focused(page);
    assert.match(cancel.name, /Yes, cancel it/);
    assert.ok(!cancel.hidden && cancel.ring >= 2);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    assert.match((await focused(page)).name, /^Pay/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "No money moves here" }).waitFor();
    for (let n = 0; n < 30 && (await focused(page))?.tag !== "INPUT"; n++) await page.keyboard.press("Tab");
    await page.keyboard.type("4242 4242 4242 4242");
    await page.keyboard.press("Enter");
    await inState(page, "paid");
  });
}
