// The control tower's page: signs in, asks, shows, and lets a person decide.
import { ask, Problem, token } from "./api.js";
import { count, lasting, make, plot, share, show, table, when, words } from "./draw.js";

const TOWER = "/experience/control-tower/v1";
const EXCEPTIONS = "/process/exceptions/v1/exceptions";
const EVERY = 5000;
const element = (id) => document.getElementById(id);
const total = (counts, ...states) => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);

async function overview() {
  const { body } = await ask(`${TOWER}/overview`);
  const all = (kind, ...states) => body.regions.reduce((sum, region) => sum + total(region[kind], ...states), 0);
  const late = body.regions.reduce((sum, region) => sum + region.late_shipments, 0);
  const open = all("exceptions", "open", "acknowledged");
  const tile = (number, text, tone) => make("div", { class: "tile" }, make("b", { class: tone }, count(number)), make("span", {}, text));
  show("headline",
    tile(all("shipments", "out_for_delivery"), "out for delivery"),
    tile(all("shipments", "delivered", "partially_delivered"), "delivered today", "good"),
    tile(late, "late", late ? "bad" : "good"),
    tile(open, "open exceptions", open ? "warn" : "good"),
    tile(all("orders", "held"), "orders held", all("orders", "held") ? "warn" : null),
    tile(body.dead_letters, "dead letters", body.dead_letters ? "bad" : "good"));
  show("regions", body.regions.map(region));
  show("connectors", body.connectors.map(connector));
  const waiting = body.backlog.filter((kind) => kind.waiting + kind.under_way + kind.dead > 0);
  const rows = waiting.map((kind) => make("tr", {}, make("td", {}, words(kind.kind)), make("td", {}, count(kind.waiting)),
    make("td", {}, count(kind.under_way)), make("td", { class: kind.dead ? "bad" : null }, count(kind.dead)), make("td", {}, lasting(kind.oldest_seconds))));
  show("backlog", make("h3", {}, "On the way to them"), table(["effect", "waiting", "under way", "dead", "oldest"], rows, "Nothing is waiting."));
}

function region(one) {
  const line = (name, counts) => {
    const told = Object.entries(counts).map(([state, number]) => `${count(number)} ${words(state)}`).join(" · ");
    return [make("dt", {}, name), make("dd", {}, told || "none")];
  };
  const late = make("small", { class: one.late_shipments ? "bad" : "soft" }, one.late_shipments ? `${count(one.late_shipments)} late` : "in time");
  return make("article", { class: "card" }, make("h4", {}, one.region || "everywhere", late),
    make("dl", {}, line("orders", one.orders), line("shipments", one.shipments), line("routes", one.routes), line("exceptions", one.exceptions)));
}

function connector(one) {
  const tone = { closed: "good", half_open: "warn", open: "bad" }[one.breaker] ?? "soft";
  const failed = one.failures ? `${count(one.failures)} of ${count(one.calls)} failed` : `${count(one.calls)} calls`;
  return make("span", { class: `chip ${tone}`, title: `breaker ${words(one.breaker)}` }, make("span", {}, one.by === "relay" ? `${one.name} (relay)` : one.name), make("small", {}, failed));
}

async function figures() {
  const { body } = await ask(`${TOWER}/sla?hours=${element("hours").value}`);
  show("plots", body.figures.map(figure));
}

function figure(one) {
  const { total: cases, target } = one;
  const worded = { duration: lasting, share, count }[one.kind];
  const main = { duration: cases.p95_seconds, share: cases.share, count: cases.count }[one.kind];
  const aim = { duration: target?.within_seconds, share: target?.share, count: null }[one.kind];
  const verdict = cases.met === null ? ["soft", "no cases"] : cases.met ? ["good", "met"] : ["bad", "missed"];
  const unit = one.kind === "duration" ? "95th percentile" : one.kind === "share" ? "made it" : "cases";
  const split = Object.entries(one.by_region).map(([name, group]) => `${name} ${worded(one.kind === "duration" ? group.p95_seconds : one.kind === "share" ? group.share : group.count)}`);
  return make("article", { class: "card" },
    make("h4", {}, words(one.figure), make("small", { class: verdict[0] }, verdict[1])),
    make("div", {}, make("span", { class: "big" }, main === null ? "–" : worded(main)), make("span", { class: "soft" }, ` ${unit} · ${count(cases.count)} cases`)),
    make("div", { class: "split" }, one.kind === "duration" && target ? `${share(cases.share)} within ${lasting(target.within_seconds)}, target ${share(target.share)}` : target?.share ? `target ${share(target.share)}` : target?.at_most ? `at most ${target.at_most} a day` : "no target"),
    plot(one.series, aim ?? null, worded),
    make("div", { class: "split" }, split.join(" · ")));
}

async function exceptions() {
  const { body } = await ask(`${EXCEPTIONS}?limit=50&state=open`);
  const rows = body.items.map((one) => make("tr", {},
    make("td", {}, make("strong", { class: { critical: "bad", major: "warn" }[one.severity] ?? null }, words(one.code)), make("div", { class: "soft" }, one.severity)),
    make("td", {}, make("code", {}, one.shipment ?? one.order ?? one.route ?? "–"), make("div", { class: "soft" }, one.note ?? "")),
    make("td", {}, one.region), make("td", {}, when(one.raised?.occurred_at)), make("td", {}, words(one.disposition)),
    make("td", { class: "act" }, decide("Acknowledge", () => acknowledge(one.id)))));
  show("exception-list", table(["what", "about", "region", "since", "proposed", ""], rows, "Nothing is open."));
}

async function acknowledge(id) {
  await ask(`${EXCEPTIONS}/${encodeURIComponent(id)}/acknowledgement`, { method: "POST" });
  await exceptions();
}

async function letters() {
  const { body } = await ask(`${TOWER}/dead-letters?limit=50`);
  const rows = body.items.map((one) => make("tr", {},
    make("td", {}, make("strong", {}, words(one.kind)), make("div", { class: "soft" }, one.blocks_later_ones ? "later ones wait for it" : "")),
    make("td", {}, make("code", {}, one.subject)), make("td", {}, one.story.at(-1)?.why ?? "–"), make("td", {}, count(one.attempts)), make("td", {}, when(one.updated_at)),
    make("td", { class: "act" }, decide("Replay", () => replay(one.task)), decide("Discard", () => discard(one.task)))));
  show("letter-list", table(["effect", "about", "why", "tries", "since", ""], rows, "Nothing has failed for good."));
}

async function replay(task) {
  await ask(`${TOWER}/dead-letters/${encodeURIComponent(task)}/replay`, { method: "POST" });
  await letters();
}

async function discard(task) {
  const reason = prompt("Why is it given up?");
  if (!reason) return;
  await ask(`${TOWER}/dead-letters/${encodeURIComponent(task)}/discard`, { method: "POST", body: { reason } });
  await letters();
}

function decide(text, act) {
  const button = make("button", { class: "quiet", type: "button", onclick: async () => {
    button.disabled = true;
    await guarded(act);
    button.disabled = false;
  } }, text);
  return button;
}

const STAGES = ["release", "planning", "dispatch", "confirmation", "proof", "posting", "invoice"];

async function trace(named) {
  const { body } = await ask(`${TOWER}/traces/${encodeURIComponent(named)}`);
  const here = body.complete ? STAGES.length : STAGES.indexOf(body.stops_at.stage);
  const way = make("ol", { class: "way" }, STAGES.map((stage, index) =>
    make("li", { class: index < here ? "done" : index === here ? "here" : null }, make("strong", {}, stage), index === here ? make("div", { class: "soft" }, body.stops_at.detail) : null)));
  const told = [
    ...body.events.map((one) => [one.recorded_at, one.name, one.subject, `${one.operation} by ${one.actor}`]),
    ...body.tasks.map((one) => [one.updated_at, words(one.kind), one.subject, `${one.status} after ${count(one.attempts)} tries`]),
  ].sort((one, other) => one[0].localeCompare(other[0]));
  const rows = told.map(([at, what, subject, by]) => make("tr", {}, make("td", {}, when(at)), make("td", {}, what), make("td", {}, make("code", {}, subject)), make("td", {}, by)));
  show("way", make("p", {}, make("strong", {}, body.order.number), ` is ${words(body.order.state)}, of ${body.order.party} in ${body.order.region}. `,
    make("span", { class: body.complete ? "good" : "warn" }, body.complete ? "Its whole way can be told." : "")), way,
    table(["when", "what", "about", "how"], rows, "Nothing was recorded."));
}

async function guarded(act) {
  const trouble = element("trouble");
  try {
    await act();
    trouble.hidden = true;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return leave("The token is not valid any more.");
    trouble.textContent = error instanceof Problem ? error.message : "The gateway cannot be reached.";
    trouble.hidden = false;
    return false;
  }
}

let turn = 0;
async function look() {
  if (document.hidden || element("tower").hidden) return;
  const slow = turn++ % 3 === 0;
  const parts = slow ? [overview, figures, exceptions, letters] : [overview, exceptions, letters];
  for (const part of parts) if (!(await guarded(part))) return;
  element("fresh").textContent = `as of ${new Date().toLocaleTimeString()}`;
}

function enter() {
  element("entry").hidden = true;
  element("tower").hidden = false;
  element("leave").hidden = false;
  turn = 0;
  return look();
}

function leave(why = "") {
  token.forget();
  element("tower").hidden = true;
  element("leave").hidden = true;
  element("entry").hidden = false;
  element("fresh").textContent = "";
  element("refused").textContent = why;
  return false;
}

element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  token.keep(element("token").value);
  element("token").value = "";
  enter();
});
element("search").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(() => trace(element("number").value.trim()));
});
element("hours").addEventListener("change", () => guarded(figures));
element("leave").addEventListener("click", () => leave());
document.addEventListener("visibilitychange", look);
setInterval(look, EVERY);
if (token.receive()) enter(); else leave();
