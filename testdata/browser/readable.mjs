// Whether a page can be read by everybody: accessible in light, dark and forced colours, on a phone and on a desk, in both languages; never scrolling
// sideways; nothing cut off. SHOTS=1 leaves pictures in the folder shots, for people to look at.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { violations } from "./axe.mjs";
import { desktop } from "./lib.mjs";

export const small = { width: 360, height: 740 };
const variants = [
  ["light", "en", small, {}],
  ["dark", "en", small, { colorScheme: "dark" }],
  ["forced", "en", small, { forcedColors: "active" }],
  ["desk", "en", desktop, {}],
];
const plain = { colorScheme: "light", forcedColors: "none" };
const shots = process.env.SHOTS && new URL("shots/", import.meta.url).pathname;

// What a reader loses: content beyond the edge, and text that is cut off.
const lost = page => page.evaluate(() => {
  const out = [], root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(at => at.getBoundingClientRect().right > innerWidth + 1 && !at.closest(".sr"));
    out.push(`scrolls sideways to ${root.scrollWidth}px: ${wide.slice(0, 3).map(at => at.outerHTML.slice(0, 80))}`);
  }
  for (const at of document.querySelectorAll("body *")) {
    if (!at.matches(".sr, .sr *, svg *, img, progress, input") && getComputedStyle(at).overflowX === "hidden" && getComputedStyle(at).clipPath === "none" && at.scrollWidth > at.clientWidth + 1) {
      out.push(`cut off: ${at.outerHTML.slice(0, 160)}`);
    }
  }
  return out;
});

// WCAG 1.4.12: readers may space text like this, and lose nothing.
const spaced = (page, on) => page.evaluate(on => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
  document.adoptedStyleSheets = on ? [sheet] : [];
}, on);

if (shots) await mkdir(shots, { recursive: true });

/** Looks at a page in every variant; open(lang) shows it. */
export async function readable({ name, page, open }) {
  const wrong = [];
  const look = async (variant, check) => {
    for (const line of await check(page)) wrong.push(`${variant}: ${line}`);
    if (shots) await page.screenshot({ path: `${shots}${name}-${variant}.png`, fullPage: !name.startsWith("item") });
  };
  await page.setViewportSize(small);
  await open("en");
  for (const [variant, , viewport, media] of variants) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ ...plain, ...media });
    await look(variant, violations);
  }
  await page.emulateMedia(plain);
  await page.setViewportSize({ width: 320, height: 640 });
  await look("320", lost);
  await spaced(page, true);
  await look("spaced", lost);
  await spaced(page, false);
  await page.setViewportSize(small);
  await open("zh");
  await look("zh", async page => [...await violations(page), ...await lost(page)]);
  assert.deepEqual(wrong, [], page.url());
}
