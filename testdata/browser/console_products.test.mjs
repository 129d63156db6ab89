// Products: made with a picture, imported with a report first, exported, and put into a draft. None of it needs a script.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { desktop, merchant } from "./lib.mjs";
import { staff } from "./staff.mjs";

const folder = await mkdtemp(join(tmpdir(), "doorbuster-products-"));
after(() => rm(folder, { recursive: true }));
const head = "Handle,Title,Vendor,Variant SKU,Variant Inventory Qty,Variant Price,Status";
const tag = `B${process.pid}`;

// A draft is what an import without --publish leaves.
await writeFile(join(folder, "draft.csv"), `${head}\nfirst,First of the draft,,${tag}-FIRST,5,10.00,\n`);
const draft = Number(/Sale (\d+)/.exec(await merchant("import", join(folder, "draft.csv"), "--title", `Draft ${tag}`, "--opens", "2035-01-01T10:00:00Z"))[1]);

// The smallest picture there is: one red pixel.
const pixel = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC", "base64");

for (const javaScriptEnabled of [true, false]) {
  const sku = `${tag}-${javaScriptEnabled ? "script" : "plain"}`;
  const { page } = await staff("merchant", { viewport: desktop, javaScriptEnabled });
  const told = what => page.locator(`main[data-outcome="${what}"]`).waitFor();

  test(`a product is made, gets a picture and is changed (script: ${javaScriptEnabled})`, async () => {
    await page.goto("/en/products");
    await page.locator("main").getByRole("link", { name: "New product" }).click();
    await page.getByLabel("Title", { exact: true }).fill(`Kettle ${sku}`);
    await page.getByLabel("SKU", { exact: true }).fill(sku);
    await page.getByLabel("Price", { exact: true }).fill("cheap");
    await page.getByRole("button", { name: "Create product" }).click();
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByLabel("SKU", { exact: true }).inputValue(), sku, "what was typed stays");
    await page.getByLabel("Price", { exact: true }).fill("39.90");
    await page.getByRole("button", { name: "Create product" }).click();
    await told("created");
    await page.locator("#picture").setInputFiles({ name: "kettle.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
    await page.getByRole("button", { name: "Upload picture" }).click();
    await page.getByRole("alert").getByText("no JPEG").waitFor();
    await page.locator("#picture").setInputFiles({ name: "kettle.png", mimeType: "image/png", buffer: pixel });
    await page.getByRole("button", { name: "Upload picture" }).click();
    await told("picture_set");
    const shown = page.getByRole("img", { name: `Kettle ${sku}` });
    await shown.waitFor();
    if (javaScriptEnabled) assert.equal(await shown.evaluate(node => node.decode().then(() => node.naturalWidth)), 1);
    await page.getByLabel("Price", { exact: true }).fill("35.00");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await told("saved");
  });

  test(`a file with one bad row is reported, imported and exported (script: ${javaScriptEnabled})`, async () => {
    await writeFile(join(folder, "products.csv"), `${head}\na,'=Cup ${sku},Acme,${sku}-A,0,5.00,\nb,Lamp ${sku},Acme,${sku}-B,0,"1,234.50",\n`);
    await page.goto("/en/products/import");
    await page.locator("#file").setInputFiles(join(folder, "products.csv"));
    await page.getByRole("button", { name: "Check the file" }).click();
    await page.locator('main[data-state="ready"]').waitFor();
    await page.locator('tr[data-line="3"]').getByText("has a comma; write 1234.50").waitFor();
    await page.getByRole("button", { name: "Import 1 row" }).click();
    await page.locator('main[data-state="done"]').waitFor(); // the page looks again by itself
    await page.goto(`/en/products?search=${sku}-A`);
    await page.getByRole("link", { name: `=Cup ${sku}` }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export as CSV" }).click();
    const file = await (await download).path();
    const text = await readFile(file, "utf8");
    assert.ok(text.includes(`,'=Cup ${sku},`), "the formula is guarded");
    await page.goto("/en/products/import");
    await page.locator("#file").setInputFiles({ name: "again.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await page.getByRole("button", { name: "Check the file" }).click();
    await page.locator('main[data-state="ready"]').waitFor();
    assert.match(await page.locator("dl.facts").innerText(), /New\s+0\s+Changed\s+0\s/);
  });

  test(`picked products go into a draft (script: ${javaScriptEnabled})`, async () => {
    await page.goto(`/en/products?search=${sku}`);
    await page.getByLabel(`Pick Kettle ${sku}`).check();
    await page.getByLabel("Draft", { exact: true }).selectOption(String(draft));
    await page.getByLabel("Units of each").fill("12");
    await page.getByLabel("Price in the sale").fill("20%");
    await page.getByRole("button", { name: "Add to the draft" }).click();
    await told("added");
    assert.match(page.url(), new RegExp(`/en/sales/${draft}/items\\?told=added$`));
    const row = page.locator("tr[data-item]", { hasText: `Kettle ${sku}` });
    assert.match(await row.innerText(), /€28\.00[\s\S]*12/);
  });
}
