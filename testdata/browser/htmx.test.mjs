// The scripts of others that the console serves are those of the package, in the version that the lock names and npm has checked.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const at = path => new URL(path, import.meta.url);

for (const [copy, original] of [["htmx.esm.min.js", "dist/htmx.esm.min.js"], ["hx-sse.min.js", "dist/ext/hx-sse.min.js"], ["LICENSE", "LICENSE"]]) {
  test(`${copy} is that of htmx.org`, async () => {
    assert.deepEqual(await readFile(at(`../../web/static/htmx/${copy}`)), await readFile(at(`node_modules/htmx.org/${original}`)));
  });
}
