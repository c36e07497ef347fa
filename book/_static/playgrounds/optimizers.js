/**
 * Six optimizers in the valley f(x, y) = x²/20 + y², as the chapter defines them.
 * Pure mathematics.
 *
 * Every rule works weight by weight, so each is a function of one weight `w`, its
 * gradient `g`, what it remembers of this weight (`s`, which it renews), and settings.
 */

/**
 * @typedef {{v: number, c: number, m: number, t: number}} State
 * @typedef {{rate: number, momentum: number, decay: number, beta1: number,
 *   beta2: number, epsilon: number}} Settings
 * @typedef {(w: number, g: number, s: State, h: Settings) => number} Rule
 * @typedef {{xs: Float64Array, ys: Float64Array, losses: Float64Array,
 *   diverged: number | null}} Walk `diverged` is the first step beyond all bounds
 */

/** A loss that no start on the plane can have: from here on a walk has diverged. */
export const BOUND = 1e6;

/** @type {Record<string, {name: string, rate: number, next: Rule}>} */
export const OPTIMIZERS = {
  sgd: {
    name: "SGD",
    rate: 0.95,
    // w ← w − ηg
    next: (w, g, s, h) => w - h.rate * g,
  },
  momentum: {
    name: "Momentum",
    rate: 0.1,
    next(w, g, s, h) {
      // v ← αv − ηg
      s.v = h.momentum * s.v - h.rate * g;
      // w ← w + v
      return w + s.v;
    },
  },
  nesterov: {
    name: "Nesterov",
    rate: 0.1,
    next(w, g, s, h) {
      const old = s.v;
      // v ← αv − ηg
      s.v = h.momentum * old - h.rate * g;
      // w ← w − αv_old + (1 + α)v
      return w - h.momentum * old + (1 + h.momentum) * s.v;
    },
  },
  adagrad: {
    name: "AdaGrad",
    rate: 1.5,
    next(w, g, s, h) {
      // c ← c + g²
      s.c += g * g;
      // w ← w − ηg / (√c + ε)
      return w - (h.rate * g) / (Math.sqrt(s.c) + h.epsilon);
    },
  },
  rmsprop: {
    name: "RMSProp",
    rate: 0.3,
    next(w, g, s, h) {
      // c ← ρc + (1 − ρ)g²
      s.c = h.decay * s.c + (1 - h.decay) * g * g;
      // w ← w − ηg / (√c + ε)
      return w - (h.rate * g) / (Math.sqrt(s.c) + h.epsilon);
    },
  },
  adam: {
    name: "Adam",
    rate: 0.5,
    next(w, g, s, h) {
      s.t += 1;
      // m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²
      s.m = h.beta1 * s.m + (1 - h.beta1) * g;
      s.v = h.beta2 * s.v + (1 - h.beta2) * g * g;
      // m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
      const m = s.m / (1 - h.beta1 ** s.t);
      const v = s.v / (1 - h.beta2 ** s.t);
      // w ← w − ηm̂ / (√v̂ + ε)
      return w - (h.rate * m) / (Math.sqrt(v) + h.epsilon);
    },
  },
};

/** The settings that all optimizers share, as the race starts with them. */
export const SHARED = {
  momentum: 0.9,
  decay: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
};

/** What the race shows first. */
export const START = { x: -7, y: 2, steps: 60 };

/**
 * f(x, y) = x²/20 + y²
 * @param {number} x @param {number} y
 */
export const loss = (x, y) => (x * x) / 20 + y * y;

/**
 * Walk through the valley; from a step that diverges on, nothing is recorded.
 * @param {string} kind a key of OPTIMIZERS
 * @param {Settings} settings
 * @param {{x: number, y: number, steps: number}} start
 * @returns {Walk} with the start and at most `steps` points after it
 */
export function walk(kind, settings, { x, y, steps }) {
  const { next } = OPTIMIZERS[kind];
  const along = { v: 0, c: 0, m: 0, t: 0 };
  const across = { v: 0, c: 0, m: 0, t: 0 };
  const xs = [x];
  const ys = [y];
  let diverged = null;
  for (let step = 1; step <= steps; step++) {
    // ∂f/∂x = x/10,  ∂f/∂y = 2y
    const [gx, gy] = [x / 10, 2 * y];
    x = next(x, gx, along, settings);
    y = next(y, gy, across, settings);
    // Written so that a NaN, too, counts as beyond the bound.
    if (!(loss(x, y) <= BOUND)) {
      diverged = step;
      break;
    }
    xs.push(x);
    ys.push(y);
  }
  const losses = Float64Array.from(xs, (each, i) => loss(each, ys[i]));
  return { xs: Float64Array.from(xs), ys: Float64Array.from(ys), losses, diverged };
}

/**
 * How often a sequence changes its sign within its first `steps` steps; zeros between
 * do not count.
 * @param {ArrayLike<number>} values @param {number} steps
 */
export function signChanges(values, steps) {
  let changes = 0;
  let last = 0;
  for (let i = 0; i <= steps && i < values.length; i++) {
    const sign = Math.sign(values[i]);
    if (sign !== 0 && last !== 0 && sign !== last) changes += 1;
    if (sign !== 0) last = sign;
  }
  return changes;
}
