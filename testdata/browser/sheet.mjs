/** Takes a CSV file apart; quotes may stand around cells. */
export function cells(text, delimiter = ",") {
  const all = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const row = all.at(-1), c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') row[row.length - 1] += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === delimiter) row.push("");
    else if (!quoted && c === "\n") all.push([""]);
    else row[row.length - 1] += c;
  }
  return all.slice(0, -1);
}
