// Draws: elements, words and small plots. Text goes in as text, so nothing a system wrote can run here.
export function make(name, attributes = {}, ...children) {
  const svg = ["svg", "rect", "line", "title"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const show = (id, ...children) => document.getElementById(id).replaceChildren(...children.flat());
export const words = (text) => String(text ?? "").replaceAll("_", " ");
export const count = (number) => new Intl.NumberFormat().format(number ?? 0);
export const share = (part) => (part === null || part === undefined ? "–" : `${(part * 100).toFixed(part > 0.995 && part < 1 ? 2 : 1)} %`);

export function when(text) {
  if (!text) return "–";
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "short" });
}

export function lasting(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 86400)} d`;
}

export function table(heads, rows, none) {
  if (!rows.length) return make("p", { class: "empty" }, none);
  const head = make("tr", {}, heads.map((text) => make("th", { scope: "col" }, text)));
  return make("div", { class: "table", tabindex: "0" }, make("table", {}, make("thead", {}, head), make("tbody", {}, rows)));
}

// Bars of a series, with the target as a dashed line where one fits the scale.
export function plot(series, target, worded) {
  const values = series.map((point) => point.value);
  const highest = Math.max(...values.filter((value) => value !== null), target ?? 0, 1e-9);
  const width = 100 / series.length;
  const bars = series.map((point, index) => {
    const tall = point.value === null ? 1.5 : Math.max((point.value / highest) * 58, 1.5);
    const bar = { x: index * width + width * 0.12, y: 60 - tall, width: width * 0.76, height: tall, rx: 0.4, class: point.value === null ? "none" : null };
    return make("rect", bar, make("title", {}, `${when(point.at)}: ${point.value === null ? "none" : worded(point.value)} (${count(point.count)})`));
  });
  const height = target === null || target === undefined ? null : 60 - (target / highest) * 58;
  const line = height === null ? null : make("line", { x1: 0, x2: 100, y1: height, y2: height }, make("title", {}, `target: ${worded(target)}`));
  return make("svg", { class: "plot", viewBox: "0 0 100 60", preserveAspectRatio: "none", role: "img", "aria-label": "over the window" }, bars, line);
}
