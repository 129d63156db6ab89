// The words of the pages, so that a test finds a button by what it says in the language that is shown.
import { readFile, readdir } from "node:fs/promises";

const folder = new URL("../../web/ui/", import.meta.url);
const files = (await readdir(folder)).filter(name => name.endsWith(".toml"));

/** Gives the words of a language by their names; of a message with a plural, the one for many. What stands in braces is a field of fields. */
export async function wordsOf(lang) {
  const words = new Map();
  for (const name of files.filter(name => name.endsWith(`.${lang}.toml`))) {
    for (const [, key, text] of (await readFile(new URL(name, folder), "utf8")).matchAll(/^(\w+) = (?:\{.*other = )?(".*?[^\\]")(?: \})?$/gm)) {
      words.set(key, JSON.parse(text));
    }
  }
  return (key, fields = {}) => {
    if (!words.has(key)) throw new Error(`${lang} has no words for ${key}`);
    return words.get(key).replace(/\{\{\.(\w+)\}\}/g, (_, field) => fields[field]);
  };
}
