// Members of staff for the tests of the console.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { demo, merchant, visitor } from "./lib.mjs";

export const consoleURL = demo.console_url;
export const password = "three small boats";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// code is what an authenticator app shows; ahead is in half minutes, because each code counts once.
export function code(secret, ahead = 0) {
  const bits = [...secret.replaceAll(" ", "")].map(letter => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac("sha1", key).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

let members = 0;

/** Invites a member from the terminal and returns the link. */
export async function invite(role, name = `Member ${process.pid}.${++members}`) {
  const email = `member-${process.pid}-${++members}@example.com`;
  const link = (await merchant("staff", "invite", email, "--name", name, "--role", role, "--admin-url", consoleURL)).trim();
  assert.match(link, /\/en\/invitation\?token=[\w-]{43}$/);
  return { name, email, link };
}

/** A browser of the console, signed in as a new member of a role; the member has its secret and its recovery codes. */
export async function staff(role, options = {}) {
  const member = await invite(role);
  const { context, page } = await visitor({ baseURL: consoleURL, ...options });
  await page.goto(member.link);
  await page.getByLabel("Password").fill(password);
  await page.locator("main form button").click();
  await page.locator("main img").waitFor();
  member.secret = (/(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(await page.locator("main").innerText()))[0];
  await page.locator('input[name="code"]').fill(code(member.secret));
  await page.locator("main form button").click();
  await page.getByText(/[a-z2-7]{4}(-[a-z2-7]{4}){3}/).first().waitFor();
  member.codes = (await page.locator("main").innerText()).match(/[a-z2-7]{4}(-[a-z2-7]{4}){3}/g);
  return { context, page, member };
}
