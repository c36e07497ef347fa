/** The depth explorer: what becomes of signals and gradients, layer by layer. */

import {
  box,
  choice,
  drawing,
  element,
  group,
  keeper,
  mount,
  number,
  summary,
  tick,
} from "./controls.js";
import {
  ACTIVATIONS,
  FIRST,
  SAMPLES,
  SCHEMES,
  atEnds,
  draws,
  histogram,
  pass,
  spread,
} from "./networks.js";
import { chart, color, curve, picture, sample, short, svg, ticks, words } from "./plot.js";

const BINS = 31;

const NUMBERS = {
  layers: { label: "Layers", low: 1, high: 50, whole: true },
  width: { label: "Units in a layer", low: 10, high: 200, whole: true },
  std: { label: "σ of your own", low: 0.001, high: 3, log: true },
  seed: { label: "Seed", low: 0, high: 999999, whole: true, slider: false },
};

/** @param {HTMLElement} body */
function build(body) {
  const state = { ...FIRST, same: true };
  const forward = box("pg-plot");
  const back = box("pg-plot");
  const depth = box("pg-plot");
  const stage = box("pg-stage", depth, forward, back);
  const { node: spoken, say } = summary();
  const drawn = remember();
  const draw = drawing(stage, (width) => {
    own.node.hidden = state.scheme !== "constant";
    const { h, dz } = pass(state, drawn(state));
    const [up, down] = [h.map(spread), dz.map(spread)];
    const shown = some(state.layers, Math.max(4, Math.min(6, Math.floor(width / 85))));
    depth.replaceChildren(title(1, "activations h", 2, "gradients of z"), spreads(width, up, down));
    forward.replaceChildren(
      title(1, "Activations h"),
      panels(width, 1, h, shown, ends(state), "Histograms of the activations"),
    );
    back.replaceChildren(
      title(2, "Gradients with respect to z"),
      panels(width, 2, dz, shown, state.same ? [-3, 3] : null, "Histograms of the gradients"),
    );
    say(verdict(state, up, down, h.at(-1)));
  });

  const keep = keeper(state, draw);
  const field = (key) => number({ ...NUMBERS[key], value: state[key] }, keep(key));
  const pick = (key, label, table) => choice(label, table, state[key], keep(key));
  const own = field("std");
  const same = tick(["The same scale for all layers"], state.same, keep("same"));
  const panel = box(
    "pg-panel",
    group(
      "The network",
      pick("activation", "Activation", ACTIVATIONS),
      field("layers").node,
      field("width").node,
    ),
    group("Its weights", pick("scheme", "Initialization", SCHEMES), own.node, field("seed").node),
    group("The histograms", same),
  );
  body.append(box("pg-columns", stage, panel), spoken);
  draw();
}

/** Draw random numbers anew only when others are needed: most of the time goes there. */
function remember() {
  let key = "";
  let last = null;
  return (state) => {
    const { law } = SCHEMES[state.scheme];
    const now = [state.layers, state.width, state.seed, law.name].join();
    if (now !== key) [key, last] = [now, draws(state)];
    return last;
  };
}

/** At most `count` layers, evenly spread, with the first and the last. */
function some(layers, count) {
  if (layers <= count) return Array.from({ length: layers }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (layers - 1)) / (count - 1)));
}

/** The scale that all histograms of activations share. The input's spread is 1. */
function ends({ activation, same }) {
  if (!same) return null;
  return ACTIVATIONS[activation].ends.map((end) => Math.max(-3, Math.min(3, end)));
}

/** Pieces of curves with their names. */
const title = (...parts) =>
  element(
    "p",
    { className: "pg-title" },
    ...parts.map((part) => (typeof part === "number" ? sample(part) : part)),
  );

/** A row of small histograms, one for each layer shown. */
function panels(width, kind, values, shown, range, label) {
  const [height, gap] = [74, 10];
  const wide = (width - gap * (shown.length - 1)) / shown.length;
  const small = shown.map((layer, i) => {
    const [low, high] = range ?? around(values[layer]);
    const counts = histogram(values[layer], low, high, BINS);
    const most = Math.max(...counts);
    const bars = Array.from(
      counts,
      (n) => `V${(height * (1 - n / most)).toFixed(1)}h${wide / BINS}`,
    );
    return svg(
      "g",
      { transform: `translate(${i * (wide + gap)} 20)` },
      words(wide / 2, -6, "middle", `layer ${layer + 1}`),
      svg("path", {
        d: `M0 ${height}${bars.join("")}V${height}z`,
        class: `pg-bars ${color(kind)}`,
      }),
      svg("path", { d: `M0 ${height}H${wide}`, class: "pg-axis" }),
      words(0, height + 15, "start", short(low, 2), "pg-small"),
      words(wide, height + 15, "end", short(high, 2), "pg-small"),
    );
  });
  const layers = shown.map((i) => i + 1).join(", ");
  return picture(width, height + 36, `${label} of layers ${layers}`, ...small);
}

/** From the smallest value to the largest, or around the only one. */
function around(values) {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** The standard deviation of each layer, on a logarithmic scale. */
function spreads(width, forward, back) {
  const all = [...forward, ...back].filter((each) => each > 0);
  const decade = (value, round) => 10 ** round(Math.log10(value));
  const low = decade(Math.min(0.1, ...all) / 1.2, Math.floor);
  const high = decade(Math.max(1, ...all) * 1.2, Math.ceil);
  const n = forward.length;
  const layers = some(n, n).map((i) => i + 1);
  const area = chart({
    width,
    height: 240,
    label: "Standard deviation of activations and gradients in each layer",
    x: {
      low: 1 - 0.04 * n,
      high: n + 0.04 * n,
      label: "layer",
      ticks: [1, ...ticks(0, n, 6).filter((i) => i > 1 && Number.isInteger(i))],
    },
    y: { low, high, log: true, label: "standard deviation" },
  });
  curve(area, 1, layers, forward, { marks: 25 });
  curve(area, 2, layers, back, { marks: 25 });
  return area.node;
}

function verdict({ activation }, up, down, h) {
  const last = up.length - 1;
  const from = (values, ...at) =>
    [...new Set(at)].map((i) => `${short(values[i], 2)} in layer ${i + 1}`).join(", ");
  const share = Math.round(100 * atEnds(h, activation));
  const what = { relu: "zero", sigmoid: "saturated", tanh: "saturated" }[activation];
  const cut = what ? ` Of the last layer’s activations, ${share} % are ${what}.` : "";
  const both = `activations ${from(up, 0, last)}; gradients ${from(down, last, 0)}`;
  const zero = Math.min(...up, ...down) > 0 ? "" : " A 0 is drawn on the lower edge.";
  return `Standard deviations, over ${SAMPLES} random inputs: ${both}.${zero}${cut}`;
}

mount("depth-explorer", build);
