// Keeps a live room up to date. Each event is the whole state, drawn by the server; only what is different is touched, so a selection stays
// and nothing jumps. Nothing in it takes focus.
const main = document.querySelector("main[data-events]"), live = main.querySelector("[data-live]");
const cut = main.querySelector("[data-cut] span"), pause = main.querySelector("[data-pause]"), full = main.querySelector("[data-full]");
let source, heard = Date.now();

const morph = (old, fresh) => {
  if (old.nodeName !== fresh.nodeName || old.childNodes.length !== fresh.childNodes.length) return old.replaceWith(fresh.cloneNode(true));
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const {name} of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const {name, value} of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  [...old.childNodes].forEach((child, n) => morph(child, fresh.childNodes[n]));
};

const show = event => {
  heard = Date.now();
  const fresh = live.cloneNode(false);
  fresh.innerHTML = event.data;
  morph(live, fresh);
  main.dataset.tab = live.querySelector("[data-tab]").dataset.tab;
};

const open = () => {
  source = new EventSource(main.dataset.events);
  source.onmessage = show;
  // Who may not watch any more is led to where they can sign in.
  source.addEventListener("end", () => location.reload());
  // A lost connection is made again by the browser; a refusal (too many watch) is not.
  source.onerror = () => source.readyState === 2 && setTimeout(() => source?.readyState === 2 && open(), 9000);
};

pause.hidden = false;
pause.onclick = () => {
  if (source) {
    source.close();
    source = null;
  } else {
    heard = Date.now();
    open();
  }
  pause.textContent = source ? pause.dataset.pauseWord : pause.dataset.goWord;
};
if (document.fullscreenEnabled) {
  full.hidden = false;
  full.onclick = () => document.fullscreenElement ? document.exitFullscreen() : main.requestFullscreen();
}
setInterval(() => {
  const old = source && Date.now() - heard > 6000;
  if (cut.hidden === !!old) cut.hidden = !old;
}, 1000);
open();
