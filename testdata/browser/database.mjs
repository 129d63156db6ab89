// The private database of the demo, for tests of what happens when it is away.
import { readFile } from "node:fs/promises";

const database = Number(await readFile(process.env.DATABASE_PID, "utf8"));

/** Stops its process, the worst kind of away: nothing is refused, nothing is answered. Gives what lets it go on, which may be called twice. */
export function standStill() {
  process.kill(database, "SIGSTOP");
  let going = false;
  return () => {
    if (!going) process.kill(database, "SIGCONT");
    going = true;
  };
}
