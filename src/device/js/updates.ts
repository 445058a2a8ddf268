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

const adam: Update = (parameter, gradient, running, { pace, spread, eps, weightDecay, beta1, beta2 }) => {
  const [p, d, m, v] = [parameter, gradient, ...running].map(elements);
  const greatest: Value | undefined = running[2];
  const top = greatest && elements(greatest);
  for (let i = 0; i < p.length; i++) {
    const g = d[i] + weightDecay * p[i];
    m[i] += (1 - beta1) * (g - m[i]);
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    if (top) top[i] = Math.max(top[i], v[i]);
    p[i] -= (pace * m[i]) / (Math.sqrt(top ? top[i] : v[i]) / spread + eps);
  }
};

export const updates: Readonly<Record<string, Update>> = { sgd, adam };
