// The accessibility rules that a machine can check.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const source = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe finds wrong with a page, in one line each. */
export async function violations(page) {
  // Put in by the debugger: the content security policy lets no page load what is not the shop's own.
  await page.evaluate(source);
  const found = await page.evaluate(async tags => (await globalThis.axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], preload: false,
  })).violations, tags);
  return found.flatMap(({ id, help, nodes }) => nodes.map(node => `${id}: ${help}: ${node.html} (${node.any.map(any => any.message)})`));
}
