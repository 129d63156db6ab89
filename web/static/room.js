// What the live room does beside htmx, which receives the frames and puts them in place: it stops and goes on, fills the screen, and says when no news has come.
const main = document.querySelector("main.room"), live = main.querySelector("[data-live]");
const cut = main.querySelector("[data-cut] span"), pause = main.querySelector("[data-pause]"), full = main.querySelector("[data-full]");
let stopped = false, heard = Date.now();

live.addEventListener("htmx:sse:before:message", event => {
  heard = Date.now();
  if (stopped && !event.detail.message.event) event.preventDefault();
});
live.addEventListener("htmx:sse:after:message", () => main.dataset.tab = live.querySelector("[data-tab]").dataset.tab);
// Who may not watch any more is led to where they can sign in: they are told so, or refused when they come again.
live.addEventListener("end", () => location.reload());
live.addEventListener("htmx:sse:error", ({ detail: { status } }) => status >= 400 && status < 500 && location.reload());
// The stream is let go while the page is not to be seen.
document.addEventListener("visibilitychange", () => heard = Date.now());

pause.hidden = false;
pause.onclick = () => {
  stopped = !stopped;
  heard = Date.now();
  pause.textContent = stopped ? pause.dataset.goWord : pause.dataset.pauseWord;
};
if (document.fullscreenEnabled) {
  full.hidden = false;
  full.onclick = () => document.fullscreenElement ? document.exitFullscreen() : main.requestFullscreen();
}
setInterval(() => {
  const old = !stopped && Date.now() - heard > 6000;
  if (cut.hidden === old) cut.hidden = !old;
}, 1000);
