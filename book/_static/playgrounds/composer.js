/** The schedule composer: warm-up and a schedule; its curve, formula and PyTorch code. */

import {
  box,
  button,
  choice,
  drawing,
  element,
  entry,
  group,
  keeper,
  mount,
  number,
  scrubber,
  summary,
  tick,
} from "./controls.js";
import { formula } from "./formulas.js";
import { chart, curve, mark, short, svg, words } from "./plot.js";
import { torchCode } from "./pytorch.js";
import { FIRST, SCHEDULES, rates, readMilestones } from "./schedules.js";

const NUMBERS = {
  rate: { label: "Rate η₀", low: 1e-6, high: 10, log: true },
  warmup: { label: "Warm-up steps W", low: 0, high: 9999, whole: true, slider: false },
  total: { label: "Steps in all", low: 1, high: 10000, whole: true, slider: false },
};

/** @param {HTMLElement} body */
function build(body) {
  const state = { ...FIRST, log: false, shown: 40, values: defaults() };
  const plot = box("pg-plot");
  const text = box("pg-formula");
  const code = element("code");
  const { node: spoken, say } = summary();
  const tooLong = element("p", { className: "pg-error", role: "alert" });
  const draw = drawing(plot, (width) => {
    // One of the two may just be too large for the other: the picture waits.
    const fits = state.warmup < state.total;
    tooLong.textContent = fits ? "" : "The warm-up must be shorter than the steps in all.";
    if (!fits) return;
    const plan = { ...state, values: state.values[state.kind] };
    const curveOf = rates(plan);
    state.shown = Math.min(state.shown, state.total - 1);
    look.set(state.shown, state.total - 1);
    plot.replaceChildren(drawn(width, curveOf, state));
    text.replaceChildren(
      ...formula(plan).map(([math, where]) =>
        element("div", {}, element("span", { innerHTML: math }), where),
      ),
      element("p", {}, meaning(plan)),
    );
    code.textContent = torchCode(plan);
    say(verdict(curveOf, state.shown));
  });

  const keep = keeper(state, draw);
  const field = (key) => number({ ...NUMBERS[key], value: state[key] }, keep(key)).node;
  const own = element("div");
  const fill = () => own.replaceChildren(...parameters(state, draw));
  const kind = choice("Schedule", SCHEDULES, state.kind, (value) => {
    keep("kind")(value);
    fill();
  });
  fill();
  const look = scrubber("Look at step", keep("shown"));
  const panel = box(
    "pg-panel",
    group("The schedule", kind, own),
    group("The training", field("rate"), field("warmup"), field("total"), tooLong),
    tick(["Logarithmic scale"], state.log, keep("log")),
  );
  const stage = box("pg-stage", plot, look.node, text);
  body.append(box("pg-columns", stage, panel), spoken, listing(code));
  draw();
}

/** Every schedule's parameters at their first values. */
function defaults() {
  const first = ({ parameters: all }) =>
    Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value]));
  return Object.fromEntries(Object.entries(SCHEDULES).map(([kind, each]) => [kind, first(each)]));
}

/** The controls of the chosen schedule. */
function parameters(state, draw) {
  const values = state.values[state.kind];
  const keep = keeper(values, draw);
  return Object.entries(SCHEDULES[state.kind].parameters).map(([key, parameter]) =>
    key === "milestones"
      ? milestones(values[key], keep(key))
      : number({ ...parameter, value: values[key] }, keep(key)).node,
  );
}

/** A list of steps, to type. */
function milestones(value, changed) {
  const properties = { value: value.join(", "), autocomplete: "off" };
  const { input, wrong } = entry(properties, readMilestones, changed);
  const label = element("label", { htmlFor: input.id }, "Milestones, after the warm-up");
  return box("pg-choice", label, input, wrong);
}

/** The curve, the end of the warm-up, and the step that is looked at. */
function drawn(width, values, { kind, warmup, total, log, shown }) {
  // A sigmoid that has not begun to rise may be 0 throughout.
  const top = Math.max(1e-100, ...values);
  const low = log
    ? Math.max(top * 1e-6, Math.min(top, ...values.filter((each) => each > 0))) / 1.5
    : 0;
  const area = chart({
    width,
    height: 280,
    label: `Learning rate at each of ${total} steps: ${SCHEDULES[kind].name}`,
    x: { low: 0, high: Math.max(1, total - 1), label: "step t" },
    y: { low, high: top * (log ? 1.5 : 1.06), log, label: "learning rate" },
  });
  if (warmup) {
    const at = area.x.at(warmup);
    area.plane.append(
      svg("rect", { x: 0, y: 0, width: at, height: area.height, class: "pg-shade" }),
      words(at + 6, area.height - 8, "start", "← warm-up", "pg-small"),
    );
  }
  const stairs = kind === "step" || kind === "multistep";
  const steps = [...values.keys()];
  // A staircase holds its rate; the growth before it is drawn as a line.
  const joint = stairs ? warmup : total;
  curve(area, 1, steps.slice(0, joint + 1), values.slice(0, joint + 1));
  if (stairs) curve(area, 1, steps.slice(joint), values.slice(joint), { stairs });
  const [x, y] = [area.x.at(shown), area.y.at(Math.max(values[shown], low))];
  area.plane.append(
    svg("path", { d: `M${x} 0V${area.height}`, class: "pg-look" }),
    mark(2, x, y, 5),
  );
  return area.node;
}

/** The symbols of the formula and their values. */
function meaning({ kind, rate, warmup, total, values }) {
  const said = [`η₀ = ${short(rate, 6)}`];
  if (warmup) said.push(`W = ${warmup}`);
  if (["cosine", "linear", "polynomial"].includes(kind)) said.push(`T = ${total - warmup}`);
  const clock = warmup ? "u" : "t";
  for (const [key, value] of Object.entries(values)) {
    if (key === "milestones")
      said.push(`k(${clock}) milestones m ≤ ${clock} of ${value.join(", ") || "none"}`);
    else said.push(`${key === "gamma" ? "γ" : key} = ${short(value, 6)}`);
  }
  return said.join("; ");
}

function verdict(values, shown) {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const now = `The rate is ${short(values[shown], 4)} at step ${shown}`;
  return `${now}; first ${short(values[0])}, last ${short(values.at(-1))}, on average ${short(mean)}.`;
}

/** The code with a button that copies it. */
function listing(code) {
  const said = element("span", { role: "status" });
  const copy = button("Copy", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(code.textContent);
      said.textContent = "Copied.";
    } catch {
      // Without leave, or without https: mark it, so that two keys do the rest.
      getSelection().selectAllChildren(code);
      said.textContent = "Marked: copy it with Ctrl+C or ⌘C.";
    }
  });
  // No <pre>: the theme decides whether the tabulator stops at one.
  const region = { className: "pg-lines", tabIndex: 0, role: "region" };
  const lines = element("div", { ...region, "aria-label": "PyTorch code" }, code);
  return box(
    "pg-code",
    box("pg-buttons", element("p", { className: "pg-title" }, "In PyTorch"), said, copy),
    lines,
  );
}

mount("schedule-composer", build);
