/**
 * Labelled native inputs, and what the playgrounds share around them: starting, drawing
 * once a frame, saying things aloud now and then.
 */

/**
 * An HTML element with properties and children.
 * @param {string} tag
 * @param {Record<string, unknown>} properties names with a dash become attributes
 * @param {...(Node | string)} children
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** A division with a class. @param {string} className @param {...Node} children */
export const box = (className, ...children) => element("div", { className }, ...children);

/** What a control does that only keeps its value: `keeper(state, draw)(key)(value)`. */
export const keeper = (state, draw) => (key) => (value) => {
  state[key] = value;
  draw();
};

/**
 * Replace the fallback picture of each figure of this name by what `build` makes, and a
 * button that makes it anew.
 * @param {string} name @param {(body: HTMLElement) => void} build
 */
export function mount(name, build) {
  for (const figure of document.querySelectorAll(`[data-playground="${name}"]`)) {
    const body = box("pg-body");
    const start = () => {
      body.replaceChildren();
      build(body);
      const reset = button("Start over", () => start().focus());
      body.append(box("pg-foot", reset));
      return reset;
    };
    figure.querySelector(".playground-fallback").replaceWith(body);
    start();
    figure.classList.add("playground-ready");
  }
}

let count = 0;
/** An id that nobody else on the page has. */
export const freshId = () => `pg-${++count}`;

/**
 * Draw at most once a frame, and again when the width changes.
 * @param {HTMLElement} node its width decides
 * @param {(width: number) => void} draw
 * @returns {() => void} ask for a drawing
 */
export function drawing(node, draw) {
  let asked = false;
  let width = 0;
  const ask = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (node.clientWidth > 0) draw((width = node.clientWidth));
    });
  };
  new ResizeObserver(() => node.clientWidth !== width && ask()).observe(node);
  return ask;
}

/**
 * A sentence for the eyes and, once it has stood still for a while, for the ears.
 * @returns {{node: HTMLElement, say: (text: string) => void}}
 */
export function summary(pause = 800) {
  const seen = element("p", { className: "pg-summary", "aria-hidden": "true" });
  const heard = element("p", { className: "pg-heard", role: "status" });
  let timer = 0;
  const say = (text) => {
    if (seen.textContent === text) return;
    seen.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => (heard.textContent = text), pause);
  };
  return { node: element("div", {}, seen, heard), say };
}

/**
 * @typedef {{label: string, low: number, high: number, whole?: boolean, log?: boolean,
 *   step?: number}} Kind what a number must be; the slider of `log` runs
 *   over its logarithm
 */

/**
 * The number that a text means, or what is wrong with it.
 * @param {string} text @param {Kind} kind
 * @returns {{value: number} | {error: string}}
 */
export function read(text, { label, low, high, whole = false }) {
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return { value };
  const sort = whole ? "a whole number" : "a number";
  return { error: `${label}: please enter ${sort} from ${low} to ${high}.` };
}

/**
 * An input to type in. What cannot be used is marked and explained below it, and changes
 * nothing else.
 * @template T
 * @param {Record<string, unknown>} properties
 * @param {(text: string) => {value: T} | {error: string}} parse
 * @param {(value: T) => void} changed
 */
export function entry(properties, parse, changed) {
  const id = freshId();
  const wrong = element("p", { className: "pg-error", id: `${id}-error`, role: "alert" });
  const input = element("input", { id, "aria-describedby": wrong.id, ...properties });
  const complain = (text) => {
    wrong.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => {
    const { value, error = "" } = parse(input.value);
    complain(error);
    if (!error) changed(value);
  });
  return { input, wrong, complain };
}

/**
 * A number to type, with a slider beside it unless `slider` is false.
 * @param {Kind & {value: number, slider?: boolean, head?: Node}} options
 *   `head` stands in place of the visible label
 * @param {(value: number) => void} changed
 * @returns {{node: HTMLElement, set: (value: number) => void}}
 */
export function number(options, changed) {
  const { label, low, high, whole, log, step = whole ? 1 : 0.01, slider = true } = options;
  const to = log ? Math.log10 : (value) => value;
  const back = log ? (raw) => 10 ** raw : (raw) => raw;
  const round = whole ? Math.round : (value) => Number(value.toPrecision(3));
  const bar = element("input", {
    type: "range",
    min: to(low),
    max: to(high),
    step: log ? 0.01 : step,
    "aria-label": `${label}, slider`,
  });
  const set = (value) => {
    if (Number(input.value) !== value) input.value = value;
    bar.value = to(value);
    bar.setAttribute("aria-valuetext", String(value));
    complain("");
  };
  const take = (value) => {
    set(value);
    changed(value);
  };
  const properties = { type: "number", step, inputMode: whole ? "numeric" : "decimal" };
  const { input, wrong, complain } = entry(properties, (text) => read(text, options), take);
  bar.addEventListener("input", () => take(round(back(Number(bar.value)))));
  set(options.value);
  const head = options.head ?? element("label", { htmlFor: input.id }, label);
  if (options.head) input.setAttribute("aria-label", label);
  const node = box("pg-number", head, ...(slider ? [bar] : []), input, wrong);
  node.classList.toggle("pg-bare", !slider);
  return { node, set };
}

/**
 * A slider over the steps of something, with the step beside it.
 * @param {string} label @param {(step: number) => void} changed
 * @returns {{node: HTMLElement, set: (step: number, last: number) => void}}
 */
export function scrubber(label, changed) {
  const id = freshId();
  const bar = element("input", { type: "range", id, min: 0, step: 1 });
  const now = element("span", { "aria-hidden": "true" });
  bar.addEventListener("input", () => changed(Number(bar.value)));
  const set = (step, last) => {
    bar.max = last;
    bar.value = step;
    now.textContent = `${step} of ${last}`;
    bar.setAttribute("aria-valuetext", now.textContent);
  };
  const head = element("label", { htmlFor: id }, label);
  return { node: box("pg-number", head, bar, now), set };
}

/**
 * One of several, each with a name.
 * @param {string} label
 * @param {Record<string, {name: string}>} choices @param {string} value
 * @param {(value: string) => void} changed
 */
export function choice(label, choices, value, changed) {
  const id = freshId();
  const options = Object.entries(choices).map(([key, { name }]) =>
    element("option", { value: key }, name),
  );
  const input = element("select", { id }, ...options);
  input.value = value;
  input.addEventListener("change", () => changed(input.value));
  return box("pg-choice", element("label", { htmlFor: id }, label), input);
}

/**
 * @param {(string | Node)[]} label @param {boolean} checked
 * @param {(checked: boolean) => void} changed
 */
export function tick(label, checked, changed) {
  const input = element("input", { type: "checkbox", checked });
  input.addEventListener("change", () => changed(input.checked));
  return element("label", { className: "pg-tick" }, input, ...label);
}

/** @param {string} label @param {() => void} pressed */
export function button(label, pressed) {
  const node = element("button", { type: "button", className: "pg-button" }, label);
  node.addEventListener("click", pressed);
  return node;
}

/** Controls that belong together. @param {string} legend @param {...Node} children */
export function group(legend, ...children) {
  return element("fieldset", {}, element("legend", {}, legend), ...children);
}
