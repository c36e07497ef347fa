/** The lines of PyTorch that make a schedule. The tests run them. */

/**
 * What goes behind `optimizer` in a scheduler's call, by the kind of schedule.
 * @type {Record<string, (p: any) => [string, string]>}
 */
const CALLS = {
  fixed: () => ["ConstantLR", "factor=1.0"],
  step: ({ s, gamma }) => ["StepLR", `step_size=${s}, gamma=${gamma}`],
  multistep: ({ milestones, gamma }) => [
    "MultiStepLR",
    `milestones=[${milestones.join(", ")}], gamma=${gamma}`,
  ],
  exponential: ({ gamma }) => ["ExponentialLR", `gamma=${gamma}`],
  polynomial: ({ T, p }) => ["PolynomialLR", `total_iters=${T}, power=${p}`],
  linear: ({ T }) => ["LinearLR", `start_factor=1.0, end_factor=0.0, total_iters=${T}`],
  cosine: ({ T }) => ["CosineAnnealingLR", `T_max=${T}`],
  // PyTorch has no class for these three.
  inverse: ({ gamma, p }) => ["LambdaLR", `lambda t: (1 + ${gamma} * t) ** -${p}`],
  inverseSqrt: () => ["LambdaLR", "lambda t: (t + 1) ** -0.5"],
  // 1/(1 + e⁻ᶻ) = ½(1 + tanh(z/2)), and tanh does not overflow
  sigmoid: ({ gamma, s }) => [
    "LambdaLR",
    `lambda t: 0.5 + 0.5 * math.tanh(${gamma} * (t - ${s}) / 2)`,
  ],
};

/**
 * Python code that makes `scheduler`, from `model`.
 * @param {import("./schedules.js").Plan} plan
 */
export function torchCode({ kind, rate, warmup, total, values }) {
  const call = CALLS[kind]({ ...values, T: total - warmup });
  return [
    ...(kind === "sigmoid" ? ["import math", ""] : []),
    "from torch.optim import SGD, lr_scheduler",
    "",
    `optimizer = SGD(model.parameters(), lr=${rate})`,
    ...(warmup ? withWarmup(call, warmup) : [assign("scheduler", call)]),
    "",
    "# scheduler.step() after every optimizer.step()",
  ].join("\n");
}

/** A line of Python, or three where one would be long. */
function assign(target, [name, settings]) {
  const line = `${target} = lr_scheduler.${name}(optimizer, ${settings})`;
  return line.length < 80 ? line : line.replace("(", "(\n    ").replace(/\)$/, "\n)");
}

/** The warm-up, the schedule, and one after the other. */
function withWarmup(call, warmup) {
  // At step t the factor is 1/W + (1 − 1/W) · t/(W − 1) = (t + 1)/W.
  const growth = `start_factor=1 / ${warmup}, total_iters=${warmup - 1}`;
  return [
    assign("warmup", ["LinearLR", growth]),
    assign("after", call),
    "scheduler = lr_scheduler.SequentialLR(",
    `    optimizer, [warmup, after], milestones=[${warmup}]`,
    ")",
  ];
}
