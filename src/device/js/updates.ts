/**
 * The updates of optimisers, a loop each: what they compute, and what their numbers mean, the rules in optim/ say as
 * formulas. In double precision, rounded where a value is stored.
 */

import type { Update } from "../device.js";
import { elements, type Value } from "../value.js";

const sgd: Update = (parameter, gradient, running, { lr, weightDecay, momentum, taken, ahead }) => {
  const [p, d] = [elements(parameter), elements(gradient)];
  const b = running.length > 0 ? elements(running[0]) : null;
  for (let i = 0; i < p.length; i++) {
    const g = d[i] + weightDecay * p[i];
    if (b === null) {
      p[i] -= lr * g;
    } else {
      b[i] = momentum * b[i] + taken * g;
      p[i] -= lr * (ahead === 0 ? b[i] : g + momentum * b[i]);
    }
  }
};

const adam: Update = (parameter, gradient, running, { shrink, pace, spread, eps, weightDecay, beta1, beta2 }) => {
  const [p, d, m, v] = [parameter, gradient, ...running].map(elements);
  const greatest: Value | undefined = running[2];
  const top = greatest && elements(greatest);
  for (let i = 0; i < p.length; i++) {
    const g = d[i] + weightDecay * p[i];
    m[i] += (1 - beta1) * (g - m[i]);
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    if (top) top[i] = Math.max(top[i], v[i]);
    p[i] = shrink * p[i] - (pace * m[i]) / (Math.sqrt(top ? top[i] : v[i]) / spread + eps);
  }
};

const rmsprop: Update = (parameter, gradient, running, { lr, alpha, eps, weightDecay, momentum, centered }) => {
  const [p, d, v, ...rest] = [parameter, gradient, ...running].map(elements);
  const m = centered === 1 ? rest[0] : null;
  const b = momentum > 0 ? rest[centered] : null;
  for (let i = 0; i < p.length; i++) {
    const g = d[i] + weightDecay * p[i];
    v[i] = alpha * v[i] + (1 - alpha) * g * g;
    if (m) m[i] += (1 - alpha) * (g - m[i]);
    const s = g / (Math.sqrt(m ? v[i] - m[i] * m[i] : v[i]) + eps);
    if (b) b[i] = momentum * b[i] + s;
    p[i] -= lr * (b ? b[i] : s);
  }
};

export const updates: Readonly<Record<string, Update>> = { sgd, adam, rmsprop };
