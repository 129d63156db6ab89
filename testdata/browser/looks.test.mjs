// Every page of the shop in every state can be read by everybody (readable.mjs).
import test from "node:test";
import { readable, small } from "./readable.mjs";
import { prepare } from "./scenes.mjs";

for (const scene of await prepare({ viewport: small })) {
  test(`${scene.name} can be read by everybody`, () => readable(scene));
}
