/** The formulas of the schedules, as MathML that needs no font of its own. */

const id = (text) => `<mi>${text}</mi>`;
const op = (text) => `<mo>${text}</mo>`;
const num = (text) => `<mn>${text}</mn>`;
const row = (...parts) => `<mrow>${parts.join("")}</mrow>`;
const fenced = (...parts) => row(op("("), ...parts, op(")"));
const over = (above, below) => `<mfrac>${above}${below}</mfrac>`;
const power = (base, exponent) => `<msup>${base}${exponent}</msup>`;
const ETA = `<msub>${id("η")}${num(0)}</msub>`;
const minus = op("−");

/** Each schedule at its own step u, which is t where no warm-up is. */
const BODIES = {
  fixed: () => ETA,
  step: (u) => row(ETA, power(id("γ"), row(op("⌊"), u, op("/"), id("s"), op("⌋")))),
  multistep: (u) => row(ETA, power(id("γ"), row(id("k"), fenced(u)))),
  exponential: (u) => row(ETA, power(id("γ"), u)),
  inverse: (u) => row(ETA, power(fenced(num(1), op("+"), id("γ"), u), row(minus, id("p")))),
  inverseSqrt: (u) => over(ETA, `<msqrt>${row(u, op("+"), num(1))}</msqrt>`),
  polynomial: (u) => row(ETA, power(fenced(num(1), minus, u, op("/"), id("T")), id("p"))),
  linear: (u) => row(ETA, fenced(num(1), minus, u, op("/"), id("T"))),
  cosine: (u) =>
    row(
      over(ETA, num(2)),
      fenced(num(1), op("+"), id("cos"), fenced(id("π"), u, op("/"), id("T"))),
    ),
  sigmoid: (u) =>
    over(ETA, row(num(1), op("+"), power(id("e"), row(minus, id("γ"), fenced(u, minus, id("s")))))),
};

/** η(t) = … */
const line = (body) =>
  `<math display="block">${row(id("η"), fenced(id("t")), op("="), body)}</math>`;

/**
 * η(t) of a plan.
 * @param {{kind: string, warmup: number}} plan
 * @returns {[string, string][]} each a `<math>` element, and where it holds
 */
export function formula({ kind, warmup }) {
  if (!warmup) return [[line(BODIES[kind](id("t"))), ""]];
  const growth = row(ETA, over(row(id("t"), op("+"), num(1)), id("W")));
  return [
    [line(growth), "in the warm-up, t < W"],
    [line(BODIES[kind](id("u"))), "after it, with u = t − W"],
  ];
}
