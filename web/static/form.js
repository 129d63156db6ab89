// Presses a form again by itself after the wait that the server named, with the same
// key and a few times only; then it is left to the shopper.
for (const form of document.querySelectorAll("form[data-retry]")) {
  const words = JSON.parse(form.dataset.words), hint = form.querySelector("[data-hint]");
  const key = "tried:" + form.elements[0].value, tried = +sessionStorage[key] || 0;
  let rest = +form.dataset.retry;
  const tick = () => {
    if (rest > 0) {
      // Spoken once, then silent: a counting voice helps nobody.
      hint.textContent = words.again.replace("{n}", rest--);
      hint.role = "none";
      return setTimeout(tick, 900 + Math.random() * 300);
    }
    hint.textContent = words.now;
    sessionStorage[key] = tried + 1;
    form.submit();
  };
  if (tried < 5) tick();
}

// Shows an order anew as soon as the payment that is being checked stands otherwise.
const order = document.querySelector("[data-stands]")?.dataset;
const look = async tries => {
  try {
    const r = await fetch("/orders/" + order.order, {
      headers: {Accept: "application/json"}, cache: "no-store", signal: AbortSignal.timeout(9000),
    });
    const a = await r.json();
    if (r.ok && a.state + " " + a.payment_state !== order.stands) return location.reload();
  } catch {
    // Asked again below.
  }
  if (tries < 60) setTimeout(look, Math.min(30000, 1500 * 1.15 ** tries), tries + 1);
};
if (order) setTimeout(look, 1500, 1);
