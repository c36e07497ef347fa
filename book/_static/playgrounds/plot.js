/**
 * Charts in SVG, drawn at their size in pixels, so that text stays legible. Colors come
 * from playground.css; a curve is told apart by its class (`pg-1` … `pg-6`, the book's
 * order), its dashes and its marker, never by color alone.
 */

const NAMESPACE = "http://www.w3.org/2000/svg";
const COLORS = ["pg-1", "pg-2", "pg-3", "pg-4", "pg-5", "pg-6"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 3 4 3"];
const [TOP, RIGHT, BOTTOM, LEFT] = [30, 14, 40, 52];

/**
 * @typedef {{low: number, high: number, at: (value: number) => number,
 *   back: (pixel: number) => number, ticks: number[]}} Scale
 * @typedef {{node: SVGElement, plane: SVGElement, x: Scale, y: Scale,
 *   left: number, top: number, width: number, height: number}} Chart an inner size
 * @typedef {{low: number, high: number, log?: boolean, label: string,
 *   ticks?: number[]}} Axis
 */

/** The class that colors curve number `kind`, from 1. @param {number} kind */
export const color = (kind) => COLORS[kind - 1];

/**
 * An SVG element with attributes and children.
 * @param {string} tag @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Words in a picture; `anchor` says which of their ends is at x. */
export const words = (x, y, anchor, text, className = "") =>
  svg("text", { x, y, "text-anchor": anchor, class: className }, text);

/** A picture with a label for those who cannot see it. */
export const picture = (width, height, label, ...children) =>
  svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      class: "pg-chart",
      role: "img",
      "aria-label": label,
    },
    ...children,
  );

/**
 * Round numbers from `low` to `high`, about `count` of them.
 * @param {number} low @param {number} high @param {number} count
 */
export function ticks(low, high, count) {
  const raw = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * [1, 2, 5, 10].find((factor) => factor * unit >= raw * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Rounded, since 3 · 0.1 is 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/**
 * Powers of ten from `low` to `high`, at most `count` of them.
 * @param {number} low @param {number} high @param {number} count
 */
export function powers(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / count));
  const found = [];
  for (let e = first; e <= last; e += stride) found.push(10 ** e);
  return found;
}

/**
 * A number in few characters: 0.05, 12, 3.1e−7.
 * @param {number} value @param {number} [digits] significant ones
 */
export function short(value, digits = 3) {
  if (!Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(digits));
  const long = size !== 0 && (size < 1e-3 || size >= 1e5);
  const text = long ? rounded.toExponential().replace("+", "") : String(rounded);
  return text.replaceAll("-", "−");
}

/** From values to pixels `start` … `end`. */
function scale({ low, high, log = false, ticks: given }, start, end, count) {
  const to = log ? Math.log10 : (value) => value;
  const from = log ? (value) => 10 ** value : (value) => value;
  const unit = (end - start) / (to(high) - to(low));
  return {
    low,
    high,
    at: (value) => start + (to(value) - to(low)) * unit,
    back: (pixel) => from(to(low) + (pixel - start) / unit),
    ticks: given ?? (log ? powers : ticks)(low, high, count),
  };
}

/**
 * An empty chart: axes, grid, labels, and a plane that cuts off what lies outside.
 * @param {{width: number, height: number, x: Axis, y: Axis, label: string}} options
 *   `label` says what the picture shows
 */
export function chart({ width, height, x, y, label }) {
  const inner = { width: width - LEFT - RIGHT, height: height - TOP - BOTTOM };
  const across = scale(x, 0, inner.width, inner.width / 55);
  const up = scale(y, inner.height, 0, inner.height / 38);
  const frame = svg("g", { transform: `translate(${LEFT} ${TOP})` });
  for (const value of across.ticks) {
    const at = across.at(value);
    frame.append(
      svg("path", { d: `M${at} 0V${inner.height}`, class: "pg-grid" }),
      words(at, inner.height + 16, "middle", tick(value, x)),
    );
  }
  for (const value of up.ticks) {
    const at = up.at(value);
    frame.append(
      svg("path", { d: `M0 ${at}H${inner.width}`, class: "pg-grid" }),
      words(-7, at + 4, "end", tick(value, y)),
    );
  }
  frame.append(
    svg("path", { d: `M0 0V${inner.height}H${inner.width}`, class: "pg-axis" }),
    words(inner.width, inner.height + 33, "end", x.label, "pg-label"),
    words(8 - LEFT, -14, "start", y.label, "pg-label"),
  );
  // An inner <svg> clips: a curve that runs away leaves the plane, not the chart.
  const plane = svg("svg", { x: LEFT, y: TOP, ...inner });
  const node = picture(width, height, label, frame, plane);
  return { node, plane, x: across, y: up, left: LEFT, top: TOP, ...inner };
}

/** What stands at a tick: 0.01, or 10⁻⁴ on a logarithmic axis. */
function tick(value, { log }) {
  if (!log) return short(value);
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 3) return short(value);
  const raised = [...String(exponent)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻");
  return `10${raised.join("")}`;
}

/** The points of a curve in pixels; a value that is not finite ends it. */
function place(area, xs, ys) {
  const points = [];
  for (let i = 0; i < xs.length; i++) {
    const x = area.x.at(xs[i]);
    const y = area.y.at(Math.max(ys[i], area.y.low > 0 ? area.y.low : -Infinity));
    if (!Number.isFinite(x) || !Number.isFinite(y)) break;
    points.push([x, y].map((each) => Math.max(-1e4, Math.min(1e4, each))));
  }
  return points;
}

/** A path with the color and the dashes of a curve. */
const line = (kind, d) =>
  svg("path", { d, class: `pg-curve ${color(kind)}`, "stroke-dasharray": DASHES[kind - 1] });

/**
 * Draw a curve; `kind` 1 … 6 decides its color, its dashes and its marker.
 * @param {Chart} area @param {number} kind
 * @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys
 * @param {{marks?: number, size?: number, last?: number, stairs?: boolean}} [options]
 *   `marks`: at most how many markers, 0 for none; `size`: theirs; `last`: that of the
 *   last; `stairs`: hold each value until the next
 */
export function curve(area, kind, xs, ys, options = {}) {
  const { marks = 0, size = 3, last = size, stairs = false } = options;
  const points = place(area, xs, ys);
  if (points.length === 0) return;
  const to = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const join = stairs ? ([x, y]) => `H${x.toFixed(1)}V${y.toFixed(1)}` : (p) => `L${to(p)}`;
  area.plane.append(line(kind, `M${to(points[0])}${points.slice(1).map(join).join("")}`));
  if (!marks) return;
  const stride = Math.max(1, Math.ceil(points.length / marks));
  for (let i = points.length - 1; i >= 0; i -= stride) {
    area.plane.append(mark(kind, ...points[i], i === points.length - 1 ? last : size));
  }
}

/**
 * The marker of a curve: circle, square, triangle, diamond, cross, star.
 * @param {number} kind @param {number} x @param {number} y @param {number} r
 */
export function mark(kind, x, y, r) {
  const cross = `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`;
  const shapes = [
    `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    `M0 ${-1.2 * r}L${1.2 * r} ${r}H${-1.2 * r}z`,
    `M0 ${-1.4 * r}L${1.2 * r} 0L0 ${1.4 * r}L${-1.2 * r} 0z`,
    cross,
    `${cross}M0 ${-1.3 * r}v${2.6 * r}M${-1.3 * r} 0h${2.6 * r}`,
  ];
  return svg("path", {
    d: shapes[kind - 1],
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
    class: `pg-mark ${color(kind)}`,
  });
}

/** A short piece of a curve with its marker, for the label of a control. */
export function sample(kind) {
  return svg(
    "svg",
    { width: 26, height: 16, class: "pg-sample", "aria-hidden": "true" },
    line(kind, "M1 8H25"),
    mark(kind, 13, 8, 4),
  );
}
