/** The optimizer race: walks through the valley x²/20 + y², and their losses. */

import {
  box,
  button,
  drawing,
  element,
  group,
  keeper,
  mount,
  number,
  scrubber,
  summary,
  tick,
} from "./controls.js";
import { OPTIMIZERS, SHARED, START, signChanges, walk } from "./optimizers.js";
import { chart, curve, sample, short, svg } from "./plot.js";

const PLANE = { x: { low: -9, high: 5 }, y: { low: -3.5, high: 3.5 } };
const LEVELS = [0.05, 0.3, 1, 2, 4, 7, 11];
const KINDS = Object.keys(OPTIMIZERS);
/** Which curve each one is: those that run at first in colors far from one another. */
const LOOKS = { sgd: 1, momentum: 2, nesterov: 6, adagrad: 4, rmsprop: 5, adam: 3 };

const NUMBERS = {
  x: { label: "Start x", ...PLANE.x, step: 0.5, slider: false },
  y: { label: "Start y", ...PLANE.y, step: 0.5, slider: false },
  steps: { label: "Steps", low: 1, high: 500, whole: true },
  momentum: { label: "Momentum α", low: 0, high: 0.999 },
  decay: { label: "RMSProp’s ρ", low: 0, high: 0.999 },
  beta1: { label: "Adam’s β₁", low: 0, high: 0.999 },
  beta2: { label: "Adam’s β₂", low: 0, high: 0.9999, step: 0.001 },
  epsilon: { label: "ε", low: 1e-12, high: 1, log: true },
};

/** @param {HTMLElement} body */
function build(body) {
  const state = begin();
  const view = element("div");
  const plot = box("pg-plot", view);
  const curves = box("pg-plot");
  const board = element("tbody");
  const { node: spoken, say } = summary();
  const stage = box("pg-stage", plot, curves);
  const draw = drawing(stage, (width) => {
    const walks = race(state);
    view.replaceChildren(valley(width, walks, state, handle));
    curves.replaceChildren(losses(width, walks, state));
    board.replaceChildren(...walks.map((each) => row(each, state.shown)));
    player.show();
    say(verdict(walks, state));
  });
  const player = playing(state, stage, draw);
  stage.append(player.node);

  const keep = keeper(state, draw);
  const field = (key, changed = keep(key)) =>
    number({ ...NUMBERS[key], value: state[key] }, changed);
  const start = { x: field("x"), y: field("y") };
  const move = (x, y) => {
    for (const [key, value] of Object.entries({ x, y })) {
      const { low, high } = PLANE[key];
      state[key] = Math.round(Math.max(low, Math.min(high, value)) * 100) / 100;
      start[key].set(state[key]);
    }
    draw();
  };
  const handle = grip(plot, state, move);
  plot.append(handle);
  const steps = field("steps", (value) => {
    state.shown = value;
    keep("steps")(value);
  });
  const panel = box(
    "pg-panel",
    group("Optimizers and their rates η", ...KINDS.map((kind) => entrant(kind, state, draw))),
    group("The race", start.x.node, start.y.node, steps.node, field("momentum").node),
    element(
      "details",
      {},
      element("summary", {}, "More settings"),
      ...["decay", "beta1", "beta2", "epsilon"].map((key) => field(key).node),
    ),
  );
  body.append(box("pg-columns", stage, panel), spoken, table(board));
  draw();
}

/** How the race begins. */
const begin = () => ({
  ...START,
  ...SHARED,
  shown: START.steps,
  playing: false,
  rates: Object.fromEntries(KINDS.map((kind) => [kind, OPTIMIZERS[kind].rate])),
  chosen: { sgd: true, momentum: true, adam: true },
});

/** Buttons to play the race or take a step of it, and a slider over its steps. */
function playing(state, stage, draw) {
  const play = button("Play", () => {
    if (state.playing) return pause();
    // Whoever wants no motion gets to the end at once.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return go(state.steps);
    state.playing = true;
    play.textContent = "Pause";
    return run(state, stage, draw, pause);
  });
  const pause = () => {
    state.playing = false;
    play.textContent = "Play";
  };
  const go = (step) => {
    pause();
    state.shown = step;
    draw();
  };
  const step = button("Step", () => go(state.shown < state.steps ? state.shown + 1 : 0));
  const seek = scrubber("Step shown", go);
  const show = () => seek.set(state.shown, state.steps);
  return { node: box("pg-buttons", play, step, seek.node), show };
}

/** The table around its rows. */
function table(board) {
  const head = ["Optimizer", "Loss", "Sign changes in y"];
  const cells = head.map((text) => element("th", { scope: "col" }, text));
  const first = element("thead", {}, element("tr", {}, ...cells));
  return element("table", { className: "pg-board" }, first, board);
}

/** One optimizer's control: take part, and at which rate. */
function entrant(kind, state, draw) {
  const { name } = OPTIMIZERS[kind];
  const inked = [sample(LOOKS[kind]), name];
  const head = tick(inked, Boolean(state.chosen[kind]), keeper(state.chosen, draw)(kind));
  const rate = { label: `Rate of ${name}`, low: 0.001, high: 10, log: true, head };
  const keep = keeper(state.rates, draw)(kind);
  return number({ ...rate, value: state.rates[kind] }, keep).node;
}

/** The walks of the chosen optimizers. */
function race(state) {
  return KINDS.filter((kind) => state.chosen[kind]).map((kind) => ({
    look: LOOKS[kind],
    name: OPTIMIZERS[kind].name,
    ...walk(kind, { ...state, rate: state.rates[kind] }, state),
  }));
}

/** The valley from above, every walk up to the step shown. */
function valley(width, walks, state, handle) {
  const height = 70 + Math.max(170, (width - 66) / 2);
  const area = chart({
    width,
    height,
    label: `Paths of ${names(walks)} over the contour lines of the valley`,
    x: { ...PLANE.x, label: "x", ticks: [-8, -6, -4, -2, 0, 2, 4] },
    y: { ...PLANE.y, label: "y" },
  });
  const unit = { x: area.x.at(1) - area.x.at(0), y: area.y.at(0) - area.y.at(1) };
  for (const level of LEVELS) {
    // x²/20 + y² = c is an ellipse with the half-axes √(20c) and √c.
    const [rx, ry] = [Math.sqrt(20 * level) * unit.x, Math.sqrt(level) * unit.y];
    const middle = { cx: area.x.at(0), cy: area.y.at(0) };
    area.plane.append(svg("ellipse", { ...middle, rx, ry, class: "pg-contour" }));
  }
  const seen = (values) => values.slice(0, state.shown + 1);
  for (const { look, xs, ys } of walks) {
    curve(area, look, seen(xs), seen(ys), { marks: 150, size: 2, last: 5 });
  }
  const cross = `M${area.x.at(0) - 6} ${area.y.at(0)}h12m-6 -6v12`;
  area.plane.append(svg("path", { class: "pg-minimum", d: cross }));
  handle.style.left = `${area.left + area.x.at(state.x)}px`;
  handle.style.top = `${area.top + area.y.at(state.y)}px`;
  const where = `x ${short(state.x)}, y ${short(state.y)}`;
  handle.ariaLabel = `Start point at ${where}: drag it, or move it with the arrow keys`;
  handle.area = area;
  return area.node;
}

/** The losses of all steps, on a logarithmic scale. */
function losses(width, walks, state) {
  const all = walks.flatMap((each) => [...each.losses]).filter((value) => value > 0);
  const low = Math.max(1e-12, Math.min(0.1, ...all) / 2);
  const high = Math.min(1e6, Math.max(10, ...all) * 2);
  const area = chart({
    width,
    height: 220,
    label: `Loss at each step of ${names(walks)}, on a logarithmic scale`,
    x: { low: 0, high: state.steps, label: "step" },
    y: { low, high, log: true, label: "loss" },
  });
  for (const { look, losses: values } of walks) {
    const seen = values.slice(0, state.shown + 1);
    curve(area, look, [...seen.keys()], seen, { marks: 12, last: 5 });
  }
  return area.node;
}

const names = (walks) => walks.map((each) => each.name).join(", ") || "no optimizer";

const isOver = ({ diverged }, step) => diverged !== null && step >= diverged;

/** A walk's row of the table. */
function row(each, step) {
  const { losses: values, diverged } = each;
  const note = values[step] > values[0] ? ", above its start" : "";
  const cells = [
    isOver(each, step) ? `diverged at step ${diverged}` : short(values[step]) + note,
    String(signChanges(each.ys, step)),
  ];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, sample(each.look), each.name),
    ...cells.map((text) => element("td", {}, text)),
  );
}

function verdict(walks, { shown, x, y }) {
  if (walks.length === 0) return "No optimizer is chosen: tick at least one.";
  const lost = walks.filter((each) => isOver(each, shown));
  const left = walks
    .filter((each) => !lost.includes(each))
    .sort((a, b) => a.losses[shown] - b.losses[shown]);
  const where = `After ${shown} ${shown === 1 ? "step" : "steps"} from (${short(x)}, ${short(y)}): `;
  const first = left.length
    ? `${left[0].name} is lowest with a loss of ${short(left[0].losses[shown])}`
    : "nobody is left";
  return `${where}${first}.${lost.length ? ` Diverged: ${names(lost)}.` : ""}`;
}

/** The start point: a button to drag, move by arrow keys, or call by a tap. */
function grip(plot, state, move) {
  const is = { type: "button", className: "pg-handle", ariaLabel: "Start point" };
  const handle = element("button", is);
  const to = (event) => {
    const { area } = handle;
    const box = area.node.getBoundingClientRect();
    move(
      area.x.back(event.clientX - box.left - area.left),
      area.y.back(event.clientY - box.top - area.top),
    );
  };
  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener(
    "pointermove",
    (event) => handle.hasPointerCapture(event.pointerId) && to(event),
  );
  plot.addEventListener("click", (event) => !handle.contains(event.target) && to(event));
  handle.addEventListener("keydown", (event) => {
    const unit = event.shiftKey ? 1 : 0.1;
    const by = {
      ArrowLeft: [-unit, 0],
      ArrowRight: [unit, 0],
      ArrowUp: [0, unit],
      ArrowDown: [0, -unit],
    }[event.key];
    if (!by) return;
    event.preventDefault();
    move(state.x + by[0], state.y + by[1]);
  });
  return handle;
}

/** Show one step after the other, all in about four seconds. */
function run(state, stage, draw, done) {
  const first = state.shown < state.steps ? state.shown : 0;
  const speed = Math.max(10, state.steps / 4);
  let began = null;
  const frame = (now) => {
    began ??= now;
    if (!state.playing || !stage.isConnected) return;
    state.shown = Math.min(state.steps, first + Math.floor(((now - began) / 1000) * speed));
    draw();
    if (state.shown === state.steps) done();
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

mount("optimizer-race", build);
