// The palette of the console and its keys. Ctrl K opens it; g and then a letter goes to a place, / searches, ? opens the palette too. Keys without a modifier
// can be turned off on the page of one's access (data-no-keys).
const palette = document.querySelector("#palette"), text = palette.querySelector("input"), list = palette.querySelector("ul");

// The places stand in the rail already: the palette shows the same ones, each with its key.
for (const link of [...document.querySelectorAll(".places [data-key]")].reverse()) {
  const item = document.createElement("li"), go = document.createElement("a");
  go.href = link.href;
  go.dataset.key = link.dataset.key;
  go.textContent = link.textContent.trim();
  item.append(go);
  list.prepend(item);
}
const links = [...list.querySelectorAll("a")], byKey = new Map();
for (const link of links) {
  const { key } = link.dataset;
  if (!key) continue;
  byKey.set(key, link);
  if ("noKeys" in palette.dataset) continue;
  const shown = document.createElement("kbd");
  shown.textContent = "g " + key;
  link.append(" ", shown);
}

// What fits the typed words stays; anything typed can be searched for.
const sift = () => {
  const typed = text.value.trim(), wanted = typed.toLowerCase();
  for (const link of links) {
    const { search } = link.dataset;
    link.parentNode.hidden = search ? !typed : !link.textContent.toLowerCase().includes(wanted);
    if (search) {
      link.href = search + encodeURIComponent(typed);
      link.querySelector("q").textContent = typed;
    }
  }
};
const open = () => {
  if (palette.open) return;
  text.value = "";
  sift();
  palette.showModal();
  text.focus();
};
text.addEventListener("input", sift);
palette.querySelector("button").addEventListener("click", () => palette.close());
palette.addEventListener("click", event => event.target === palette && palette.close()); // beside it
palette.addEventListener("keydown", event => {
  const shown = links.filter(link => !link.parentNode.hidden), at = shown.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && shown.length) {
    event.preventDefault();
    (at + step < 0 ? text : shown[Math.min(at + step, shown.length - 1)]).focus();
  } else if (event.key === "Enter" && event.target === text && shown.length) {
    event.preventDefault();
    shown[0].click();
  }
});

for (const button of document.querySelectorAll("[data-palette]")) {
  button.hidden = false;
  button.addEventListener("click", open);
}

// After g the next letter counts for a second and a half.
let since = -Infinity;
document.addEventListener("keydown", event => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    return open();
  }
  if ("noKeys" in palette.dataset || palette.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const goes = event.timeStamp - since < 1500 && byKey.get(event.key);
  since = event.key === "g" && !goes ? event.timeStamp : -Infinity;
  if (goes) {
    event.preventDefault();
    goes.click();
  } else if (event.key === "/" || event.key === "?") {
    event.preventDefault();
    const search = event.key === "/" && document.querySelector("main input[type=search]");
    search ? search.focus() : open();
  }
});
