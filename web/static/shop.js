// Makes the item page and the stub tick. Both work without it, and the server decides.
// States are the server's bytes; the words come with the page (data-words).
const main = document.querySelector("main"), d = main.dataset, words = JSON.parse(d.words || "{}");
const part = name => main.querySelector(`[data-${name}]`);
const put = (name, text, n) => {
  const at = part(name);
  text = text?.replace("{n}", n);
  if (at && text && at.textContent !== text) at.textContent = text;
};
const show = (state, lines, n) => {
  for (const line of lines) put(line, words[state + "_" + line], n);
};
const wait = ms => new Promise(done => setTimeout(done, ms));
const spread = ms => ms * (0.7 + Math.random() * 0.6);
const ask = async (url, body) => {
  const r = await fetch(url, {
    method: body && "POST",
    headers: {Accept: "application/json", "Content-Type": "application/json"},
    body: body && JSON.stringify(body),
    cache: "no-store",
    signal: AbortSignal.timeout(9e3),
  });
  return {retry_after: +r.headers.get("Retry-After"), ...await r.json().catch(() => 0), status: r.status};
};

// lead is how far the shop's clock is ahead of ours.
let lead = 0, best = 1e9;
const now = () => Date.now() + lead;
const clock = ms => {
  const s = Math.max(0, Math.ceil(ms / 1e3)), two = n => String(Math.floor(n)).padStart(2, "0");
  return (s < 86400 ? "" : Math.floor(s / 86400) + " " + words.day + " ") +
    (s < 3600 ? "" : two(s / 3600 % 24) + ":") + two(s / 60 % 60) + ":" + two(s % 60);
};

let known = d.state, shown = known, spoken = 0, left = -1, busy;
const go = part("go");
const draw = () => {
  const state = !/soon|early/.test(known) ? known : now() < d.soon ? "soon" : now() < d.early ? "early" : "live", rest = d[state] - now();
  show(state, ["word", "where", "clock"]);
  if (rest) put("clock", clock(rest));
  if (left >= 0) {
    const many = left > 100, told = many ? Math.floor((left - 1) / 100) * 100 : left;
    part("bar").value = left;
    put("left", words["left_" + state] || words[many ? "left_more" : told ? "left_some" : "left_none"], told);
  }
  if (go && !busy) {
    go.disabled = 0;
    go.ariaDisabled = !/live|early/.test(state);
    show(state, ["go", "hint"]);
  }
  if (state !== shown) show(state, ["say"]);
  for (const mark of [600, 300, 180, 60, 30, 10]) {
    if (spoken > mark && rest / 1e3 <= mark) put("say", words[state + mark]);
  }
  spoken = rest / 1e3;
  d.state = shown = state;
};

const base = "/items/" + d.item, page = `/${d.lang}/orders/`;
let turn = 0, failed = 0, ticking;
const poll = async () => {
  const mine = ++turn, sent = Date.now();
  let pause;
  try {
    const a = await ask(base + "/state"), far = a.opens - a.now - 15e3;
    if (!a.now) throw a;
    // A relayed answer may be old but never young, so among quick round trips the
    // greatest lead is the truest.
    const trip = Date.now() - sent, guess = a.now - sent - trip / 2;
    if (trip < best / 2 || (trip < best * 2 + 20 && guess > lead)) lead = guess;
    best = Math.min(best, trip);
    [known, left, failed] = [a.s, a.left, 0];
    ticking ||= setInterval(draw, 200);
    pause = document.hidden ? 3e4 : /live|early/.test(known) ? 1e3 : known === "soon" ? Math.max(1e3, Math.min(far, 45e3)) : 5e3;
  } catch {
    pause = Math.min(3e4, 1e3 * 2 ** failed++);
  }
  setTimeout(() => mine === turn && known !== "over" && poll(), spread(pause));
};

// One key from the first press to the last retry: pressing twice cannot order twice.
// Whatever is not plain goes to the form, and the server's page explains it.
const buy = async form => {
  const units = +form.units.value;
  let pass, a;
  for (let tries = 0; tries < 8; tries++) {
    show("asking", ["go", "hint"]);
    try {
      if (!pass) pass = (a = await ask(base + "/pass")).pass;
      if (pass) a = await ask(base + "/orders", {pass, units});
    } catch {
      a = {outcome: "unknown"};
    }
    const {outcome, order, status} = a;
    if (order && (status < 300 || outcome === "already_ordered")) {
      location = page + order;
      return localStorage[base] = order;
    }
    if (words[outcome + "_clock"]) {
      known = outcome;
      return go.ariaBusy = busy = false;
    }
    let n = a.retry_after || 2 ** tries;
    if (status === 410) pass = n = 0;
    else if (outcome === "not_open") n = Math.min(n, 1);
    else if (!/busy|unknown|too_late/.test(outcome) || n > 60) break;
    const name = outcome === "unknown" ? outcome : "busy";
    put("say", words[name + "_hint"]);
    for (; n > 0; n--) {
      show(name, ["go", "hint"], n);
      await wait(spread(1e3));
    }
  }
  form.pass.value = pass;
  form.pass.disabled = !pass;
  form.submit();
};

if (go && known !== "over") {
  poll();
  document.onvisibilitychange = () => {
    best = 1e9;
    if (!document.hidden) poll();
  };
  go.form.onsubmit = event => {
    event.preventDefault();
    if (busy || go.ariaDisabled === "true") return;
    go.ariaBusy = busy = true;
    buy(go.form);
  };
  const order = localStorage[base], yours = part("yours");
  if (order) ask("/orders/" + order).then(a => {
    if (!/held|paid/.test(a.state)) return;
    yours.href = page + order;
    yours.hidden = 0;
    go.form.hidden = busy = true;
    show("yours", ["hint"]);
  });
}
if (d.held) {
  lead = d.now - performance.timeOrigin - performance.getEntriesByType("navigation")[0].responseStart;
  setInterval(draw, 200);
  setTimeout(() => location.reload(), d.held - now() + spread(2e3));
}
onpageshow = event => event.persisted && location.reload();
