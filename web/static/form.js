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
