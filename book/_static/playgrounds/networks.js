/**
 * Signals and gradients in a deep network that has just been initialized: random input,
 * `layers` square layers without biases, h ← f(hW). Pure mathematics, repeatable.
 */

/** How many inputs pass through the network. */
export const SAMPLES = 100;

/**
 * Uniform numbers from [0, 1): the generator mulberry32. Its state is a counter, so that
 * number k of a seed can also be computed alone, which the tests do in Python.
 * @param {number} seed a whole number
 * @returns {() => number}
 */
export function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Numbers of the standard normal distribution, two from each pair of uniform ones by the
 * method of Box and Muller; of an odd number, the last pair's second is dropped.
 * @param {() => number} next @param {number} count
 */
export function normals(next, count) {
  const found = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    // r = √(−2 ln u),  θ = 2πu′;  1 − u instead of u, since ln 0 is infinite
    const r = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    found[i] = r * Math.cos(angle);
    if (i + 1 < count) found[i + 1] = r * Math.sin(angle);
  }
  return found;
}

/**
 * Numbers of mean 0 and standard deviation 1 that are uniform between −√3 and √3.
 * @param {() => number} next @param {number} count
 */
export const uniforms = (next, count) =>
  Float64Array.from({ length: count }, () => Math.sqrt(3) * (2 * next() - 1));

/** Each scheme's law, and its standard deviation from n_in, n_out and the one chosen. */
export const SCHEMES = {
  xavier: {
    name: "Xavier: normal, √(1/n_in)",
    law: normals,
    std: (n) => Math.sqrt(1 / n),
  },
  he: { name: "He: normal, √(2/n_in)", law: normals, std: (n) => Math.sqrt(2 / n) },
  // Uniform on ±√(6/(n_in + n_out)): σ² = a²/3 = 2/(n_in + n_out)
  glorot: {
    name: "Glorot: uniform, ±√(6/(n_in + n_out))",
    law: uniforms,
    std: (n, m) => Math.sqrt(2 / (n + m)),
  },
  constant: {
    name: "Normal with a σ of your own",
    law: normals,
    std: (n, m, own) => own,
  },
  zeros: { name: "All zeros", law: normals, std: () => 0 },
};

/** Each activation f(z), its slope f′(z) from h = f(z), and the ends of its range. */
export const ACTIVATIONS = {
  tanh: { name: "tanh", f: Math.tanh, slope: (h) => 1 - h * h, ends: [-1, 1] },
  sigmoid: {
    name: "sigmoid",
    f: (z) => 1 / (1 + Math.exp(-z)),
    slope: (h) => h * (1 - h),
    ends: [0, 1],
  },
  relu: {
    name: "ReLU",
    f: (z) => (z > 0 ? z : 0),
    slope: (h) => (h > 0 ? 1 : 0),
    ends: [0, Infinity],
  },
  identity: {
    name: "none (identity)",
    f: (z) => z,
    slope: () => 1,
    ends: [-Infinity, Infinity],
  },
};

/** What the explorer shows first. */
export const FIRST = {
  layers: 10,
  width: 100,
  activation: "tanh",
  scheme: "xavier",
  std: 0.01,
  seed: 1,
};

/**
 * @typedef {{layers: number, width: number, activation: string, scheme: string,
 *   std: number, seed: number}} Network
 * @typedef {{x: Float64Array, dout: Float64Array, weights: Float64Array[]}} Draws
 */

/**
 * All that is random, at standard deviation 1: the input (samples, width), the gradient
 * that arrives at the last layer's output, and the weights (n_in, n_out) of each layer.
 * @param {Network} network
 */
export function draws({ layers, width, scheme, seed }) {
  const next = generator(seed);
  const x = normals(next, SAMPLES * width);
  const dout = normals(next, SAMPLES * width);
  const { law } = SCHEMES[scheme];
  return {
    x,
    dout,
    weights: Array.from({ length: layers }, () => law(next, width * width)),
  };
}

/**
 * One pass forward and one back.
 * @param {Network} network
 * @param {Draws} [drawn] from `draws`, if they are at hand
 * @returns {{h: Float64Array[], dz: Float64Array[]}} of each layer, the first first: its
 *   output, and the gradient with respect to its z = hW
 */
export function pass(network, drawn = draws(network)) {
  const { layers, width, activation, scheme, std } = network;
  const { f, slope } = ACTIVATIONS[activation];
  const sigma = SCHEMES[scheme].std(width, width, std);
  const h = [];
  let signal = drawn.x;
  for (const w of drawn.weights) {
    // h = f(σ · hW), with W of standard deviation 1
    signal = product(signal, w, width).map((z) => f(sigma * z));
    h.push(signal);
  }
  const dz = new Array(layers);
  let dh = drawn.dout;
  for (let layer = layers - 1; layer >= 0; layer--) {
    // dz = dh ⊙ f′(z)
    const out = h[layer];
    dz[layer] = dh.map((each, i) => each * slope(out[i]));
    // dh of the layer below = σ · dz Wᵀ
    if (layer > 0)
      dh = productTransposed(dz[layer], drawn.weights[layer], width).map((each) => sigma * each);
  }
  return { h, dz };
}

/** (samples, width) · (width, width) → (samples, width) */
function product(a, w, width) {
  const result = new Float64Array(a.length);
  for (let row = 0; row < a.length; row += width) {
    for (let i = 0; i < width; i++) {
      const factor = a[row + i];
      if (factor === 0) continue; // what a ReLU has cut off
      const from = i * width;
      for (let j = 0; j < width; j++) result[row + j] += factor * w[from + j];
    }
  }
  return result;
}

/** (samples, width) · (width, width)ᵀ → (samples, width) */
function productTransposed(a, w, width) {
  const result = new Float64Array(a.length);
  for (let row = 0; row < a.length; row += width) {
    for (let i = 0; i < width; i++) {
      let sum = 0;
      const from = i * width;
      for (let j = 0; j < width; j++) sum += a[row + j] * w[from + j];
      result[row + i] = sum;
    }
  }
  return result;
}

/**
 * The standard deviation of all entries.
 * @param {Float64Array} values
 */
export function spread(values) {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  // σ = √(Σ(x − x̄)² / n)
  return Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
}

/**
 * How many values lie in each of `bins` equal parts of [low, high]; what lies outside
 * counts in the part at that end.
 * @param {Float64Array} values @param {number} low @param {number} high @param {number} bins
 */
export function histogram(values, low, high, bins) {
  const counts = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    counts[Math.max(0, Math.min(bins - 1, bin))] += 1;
  }
  return counts;
}

/**
 * The share of activations within a hundredth of the range from one of its ends
 * (saturated); for a ReLU, the share of zeros.
 * @param {Float64Array} values @param {string} activation
 */
export function atEnds(values, activation) {
  const [low, high] = ACTIVATIONS[activation].ends;
  const near = Number.isFinite(high) ? (high - low) / 100 : 0;
  return values.filter((h) => h <= low + near || h >= high - near).length / values.length;
}
