/**
 * Learning-rate schedules by the formulas of the chapter, and warm-up before them: `t`
 * counts steps from 0; after W of them the schedule begins, with a clock of its own,
 * u = t − W, and it ends after T = total − W steps. Pure mathematics.
 */

/**
 * @typedef {{label: string, low: number, high: number, whole?: boolean, log?: boolean,
 *   step?: number, value: number}} Parameter
 * @typedef {Record<string, number | number[]>} Values a schedule's parameters, with T
 * @typedef {{kind: string, rate: number, warmup: number, total: number,
 *   values: Values}} Plan
 */

const GAMMA = { label: "Factor γ", low: 0.001, high: 1, value: 0.5 };

/**
 * Each schedule as its share of the first rate η₀ at its step u.
 * @type {Record<string, {name: string, parameters: Record<string, Parameter>,
 *   share: (u: number, p: any) => number}>}
 */
export const SCHEDULES = {
  cosine: {
    name: "Cosine",
    parameters: {},
    // ½(1 + cos(πu/T))
    share: (u, { T }) => (1 + Math.cos((Math.PI * u) / T)) / 2,
  },
  linear: {
    name: "Linear",
    parameters: {},
    // 1 − u/T
    share: (u, { T }) => 1 - u / T,
  },
  polynomial: {
    name: "Polynomial",
    parameters: { p: { label: "Power p", low: 0.1, high: 10, step: 0.1, value: 2 } },
    // (1 − u/T)ᵖ
    share: (u, { T, p }) => (1 - u / T) ** p,
  },
  step: {
    name: "Step",
    parameters: {
      gamma: GAMMA,
      s: {
        label: "Step size s",
        low: 1,
        high: 10000,
        whole: true,
        log: true,
        value: 25,
      },
    },
    // γ^⌊u/s⌋
    share: (u, { gamma, s }) => gamma ** Math.floor(u / s),
  },
  multistep: {
    name: "Multistep",
    parameters: {
      gamma: GAMMA,
      milestones: { label: "Milestones", value: [30, 60, 80] },
    },
    // γ^k, where k is the number of milestones m ≤ u
    share: (u, { gamma, milestones }) => gamma ** milestones.filter((m) => m <= u).length,
  },
  exponential: {
    name: "Exponential",
    parameters: { gamma: { ...GAMMA, low: 0.5, step: 0.001, value: 0.96 } },
    // γᵘ
    share: (u, { gamma }) => gamma ** u,
  },
  inverse: {
    name: "Inverse",
    parameters: {
      gamma: { label: "Growth γ", low: 0.0001, high: 10, log: true, value: 0.1 },
      p: { label: "Power p", low: 0.1, high: 10, step: 0.05, value: 0.75 },
    },
    // (1 + γu)⁻ᵖ
    share: (u, { gamma, p }) => (1 + gamma * u) ** -p,
  },
  inverseSqrt: {
    name: "Inverse square root",
    parameters: {},
    // 1/√(u + 1)
    share: (u) => 1 / Math.sqrt(u + 1),
  },
  sigmoid: {
    name: "Sigmoid",
    parameters: {
      gamma: { label: "Steepness γ", low: -5, high: 5, value: -0.15 },
      s: { label: "Middle s", low: 0, high: 10000, whole: true, step: 5, value: 45 },
    },
    // 1/(1 + e^(−γ(u − s)))
    share: (u, { gamma, s }) => 1 / (1 + Math.exp(-gamma * (u - s))),
  },
  fixed: {
    name: "Fixed",
    parameters: {},
    share: () => 1,
  },
};

/** What the composer shows first. */
export const FIRST = { kind: "cosine", rate: 0.1, warmup: 10, total: 100 };

/**
 * The rate of every step.
 * @param {Plan} plan
 */
export function rates({ kind, rate, warmup, total, values }) {
  const { share } = SCHEDULES[kind];
  const given = { ...values, T: total - warmup };
  return Float64Array.from(
    { length: total },
    (_, t) =>
      // η₀(t + 1)/W while t < W, and after(t − W) from there on
      rate * (t < warmup ? (t + 1) / warmup : share(t - warmup, given)),
  );
}

/**
 * The milestones that a text means, or what is wrong with it.
 * @param {string} text
 * @returns {{value: number[]} | {error: string}}
 */
export function readMilestones(text) {
  const value =
    text.trim() === ""
      ? []
      : text
          .split(/[\s,;]+/)
          .filter(Boolean)
          .map(Number);
  const rising = value.every((m, i) => Number.isInteger(m) && m > (value[i - 1] ?? 0));
  if (rising) return { value };
  return {
    error:
      "Milestones: please enter whole numbers above 0, each larger than the one before, such as 30, 60, 80.",
  };
}
