/** Faults that the suite must notice: each replaces one piece of one source file, which must stand there exactly once. */

export interface Fault {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const cell = (file: string): string => `src/device/cells/${file}.ts`;
const kernel = (file: string): string => `src/device/wasm/kernels/beyond/${file}.ts`;
const recurrentWeight = "src/device/recurrent_weight.ts";
const recurrence = "src/device/recurrence.ts";
const layout = "src/nn/recurrent/layout.ts";
const directions = "src/nn/recurrent/directions.ts";
const rnnbase = "src/nn/recurrent/rnnbase.ts";
const forms = "src/nn/recurrent/forms.ts";
const beyond = (file: string): string => `src/nn/recurrent/beyond/${file}.ts`;
const dropout = "src/nn/functional/dropout.ts";
const batchnorm = "src/nn/functional/batchnorm.ts";
const activation = "src/tensor/ops/activation.ts";
const attention = "src/nn/layers/attention.ts";
const autograd = "src/tensor/autograd.ts";
const adam = "src/optim/adam.ts";
const sgd = "src/optim/sgd.ts";
const rmsprop = "src/optim/rmsprop.ts";
const optimizer = "src/optim/optimizer.ts";
const schedule = "src/optim/lr_scheduler/decay.ts";
const rule = "src/optim/rule.ts";
const loader = "src/data/loader.ts";
const randomState = "src/data/random_state.ts";
const fit = "src/train/fit.ts";
const updates = "src/device/js/updates.ts";
const rows = "src/device/js/rows.ts";
const layernorm = "src/device/js/layernorm.ts";
const crossentropy = "src/device/js/crossentropy.ts";
const packs = "src/device/wasm/packs.ts";
const convolution = "src/device/wasm/convolution.ts";
const memory = "src/device/wasm/memory.ts";
const stepper = "src/device/wasm/stepper.ts";
const stages = "src/device/wasm/stages.ts";
const state = "src/device/state.ts";
const streamStages = "src/stream/stages.ts";
const jsStepper = "src/device/js/stepper.ts";
const stream = "src/stream/stream.ts";
const containers = "src/nn/layers/containers.ts";

const checkpoint = (file: string): string => `src/checkpoint/${file}`;

const fault = (file: string, name: string, from: string, to: string): Fault => ({ name, file, from, to });

export const faults: readonly Fault[] = [
  fault(cell("lstm"), "LSTM: input and forget gate swapped", "F * c[s] + I * G", "I * c[s] + F * G"),
  fault(cell("lstm"), "LSTM: c's gradient not carried through f", "dc[s] = d * F;", "dc[s] = d;"),
  fault(cell("lstm"), "LSTM: the slope of tanh c", "(1 - tanhC * tanhC)", "(1 - tanhC)"),
  fault(cell("rnn"), "RNN: the sign in tanh's slope", "(1 - h[j] * h[j])", "(1 + h[j] * h[j])"),
  fault(cell("rnn"), "RNN: relu passes gradients at 0", "h[j] <= 0 ? 0 : dh[j]", "h[j] < 0 ? 0 : dh[j]"),
  fault(cell("gru"), "GRU: z the other way round", "N + Z * (h[s] - N)", "h[s] + Z * (N - h[s])"),
  fault(cell("gru"), "GRU: no reset gate", "Math.tanh(x[n] + R * r[n])", "Math.tanh(x[n] + r[n])"),
  fault(cell("gru"), "GRU: the recurrent half of n without r", "dr[n] = dn * R;", "dr[n] = dn;"),
  fault(cell("gru"), "GRU: the carry of h", "dh[s] *= Z;", "dh[s] *= 1 - Z;"),
  fault(kernel("layer_norm"), "LayerNorm: the square of the mean is left in", "count - left * left", "count"),
  fault(
    kernel("layer_norm"),
    "LayerNormLSTM: h's gradient is not that of c', too",
    "v128.load(dc + j), v128.load(dh + j)",
    "v128.load(dc + j), f32x4.splat(0)",
  ),
  fault(
    kernel("layer_norm"),
    "LayerNormGRU: the recurrent half of n without its shift",
    "v128.load(own + 11 * wide + j)",
    "f32x4.splat(0)",
  ),
  fault(
    kernel("gru_reset_before"),
    "GRU: what is multiplied is not reset",
    "f32x4.mul(v128.load(r + j), v128.load(run.h + row + j))",
    "v128.load(run.h + row + j)",
  ),
  fault(
    kernel("gru_reset_before"),
    "GRU: h's gradient through the reset is lost",
    "fma(d, R, v128.load(dh + row + j))",
    "v128.load(dh + row + j)",
  ),
  fault(
    kernel("peephole_lstm"),
    "LSTM: o sees c instead of c'",
    "v128.load(own + 2 * wide + j), v128.load(cNext + j)",
    "v128.load(own + 2 * wide + j), v128.load(c + j)",
  ),
  fault(
    kernel("peephole_lstm"),
    "LSTM: a peephole's gradient from another gate",
    "addProducts(to + 2 * wide, dF, old)",
    "addProducts(to + 2 * wide, dI, old)",
  ),
  fault(
    "src/device/wasm/recurrence.ts",
    "a second product's gradient from h",
    "memory.load(kept.multiplied[1], P)",
    "prevH",
  ),
  fault(recurrence, "reverse runs forward", "return reverse ? order.reverse() : order;", "return order;"),
  fault(recurrence, "backward walks in forward's order", "schedule(steps, !reverse)", "schedule(steps, reverse)"),
  fault(
    recurrence,
    "the initial state is ignored",
    "const state = initial.map((s) => wrap(dtype, floats(s).slice(), s.shape));",
    "const state = initial.map((s) => fresh(dtype, s.shape));",
  ),
  fault(
    recurrence,
    "the initial state is written into",
    "const state = initial.map((s) => wrap(dtype, floats(s).slice(), s.shape));",
    "const state = initial.map((s) => wrap(dtype, floats(s), s.shape));",
  ),
  fault(recurrence, "the output's gradient taken from the first step", "o = start * P", "o = 0"),
  fault(
    recurrence,
    "the recurrent bias gets the input gates",
    'device.reduce("sum", dr, [0])',
    'device.reduce("sum", dx, [0])',
  ),
  fault(
    recurrence,
    "W_hh's gradient from the states after the step",
    "kept.multiplied.map((m) => value(m, P))",
    "kept.next.map((m) => value(m, P))",
  ),
  fault(recurrence, "a projection lets h's gradient pass around it", "dhRows.fill(0);", ";"),
  fault(
    recurrentWeight,
    "the direct path of h is lost",
    "products.gemm(columns(dGates, part), weight, dh, true)",
    "products.gemm(columns(dGates, part), weight, dh, false)",
  ),
  fault(recurrence, "the gradient of h forgets its mask", "hide(floats(dOperand), mask);", ";"),
  fault(recurrentWeight, "a vector's gradient from one row", "sums[q] +=", "sums[q] ="),
  fault(layout, "the shortest sequence packed first", "lengths[b] - lengths[a]", "lengths[a] - lengths[b]"),
  fault(layout, "padding shows the first row", "fill(rows.size(0))", "fill(0)"),
  fault(
    "src/base/shape.ts",
    "the inverse of a permutation is itself",
    "result[order[i]] = i;",
    "result[i] = order[i];",
  ),
  fault(layout, "one step too many a sequence", "lengths[order[alive]] > t;", "lengths[order[alive]] >= t;"),
  fault(directions, "initial range 1/H", "1 / Math.sqrt(hiddenSize)", "1 / hiddenSize"),
  fault(
    directions,
    "states ordered by direction",
    "(parts) => parts[layer * D + d]",
    "(parts) => parts[d * numLayers + layer]",
  ),
  fault(rnnbase, "dropout behind the last layer", "layer < this.numLayers - 1", "layer < this.numLayers"),
  fault(beyond("recurrent"), "residual from the first layer", "settings.residual && layer > 0", "settings.residual"),
  fault(beyond("recurrent"), "a mask a row, not a sequence", "ones([N, size], { dtype })", "ones([N, 1], { dtype })"),
  fault(
    beyond("course"),
    "a reset goes on from the state given",
    "begins: N, length: 0 }",
    "begins: owner, length: 0 }",
  ),
  fault(
    beyond("course"),
    "backwards a sequence begins with its first piece",
    "last[owner] === i",
    "first[owner] === i",
  ),
  fault(beyond("scan"), "zoneout takes what it should keep", "p, defaultGenerator()", "1 - p, defaultGenerator()"),
  fault(beyond("members"), "the forget bias opens another gate", "cell.forget * H", "0 * H"),
  fault(beyond("states"), "states come in the packed order", "joined([part], form)", "part.unsqueeze(0)"),
  fault(cell("layer_norm"), "the mean's gradient is left out", "(d[at + i] - mean - ", "(d[at + i] - "),
  fault(cell("peephole_lstm"), "o sees the old cell state", "weight_co[j] * cNext[s]));", "weight_co[j] * c[s]));"),
  fault(cell("min_lstm"), "shares of logits, not of gates", "softplusOfMinus(F) - softplusOfMinus(I)", "I - F"),
  fault(
    "src/device/parameters.ts",
    "the bias blocks swapped",
    'parameter("biasIh", [GH]), parameter("biasHh", [GH])',
    'parameter("biasHh", [GH]), parameter("biasIh", [GH])',
  ),
  fault(forms, "final states left in packed order", "return order === null ? all", "return true ? all"),
  fault(forms, "initial states left in the caller's order", "order === null ? state :", "true ? state :"),
  fault(dropout, "dropout does not scale", "1 / (1 - p)", "1"),
  fault(dropout, "dropout keeps what it should drop", "fillBernoulli(kept, 1 - p,", "fillBernoulli(kept, p,"),
  fault(rows, "the padding row learns", "if (rows[r] !== skip)", ""),
  fault(rows, "a row of the source to each row, whatever its number", "rows[r] * D, from", "r * D, from"),
  fault(layernorm, "the mean of dn is left in", "dn - sum / C - (n", "dn - (n"),
  fault(layernorm, "n's part of dx is left in", " - (n * along) / C", ""),
  fault(layernorm, "eps outside the root", "Math.sqrt(squares / C + eps)", "(Math.sqrt(squares / C) + eps)"),
  fault(crossentropy, "the target's 1 is not taken off", "p - 1 : p", "p : p"),
  fault(crossentropy, "no greatest taken off", "Math.max(greatest, from[at + j])", "0"),
  fault(
    "src/device/wasm/pieces.ts",
    "every piece is stored at the first row",
    "count * width), first * width);",
    "count * width), 0);",
  ),
  fault("src/device/wasm/crossentropy.ts", "the target's 1 is not taken off", "-= arriving[r];", "-= 0;"),
  fault(
    "src/device/wasm/layernorm.ts",
    "the bias stands for the weight",
    "at(w), at(b), at(found)",
    "at(b), at(w), at(found)",
  ),
  fault("src/device/wasm/updates.ts", "the last elements are left out", "(count + 3) & ~3", "count & ~3"),
  fault(
    "src/tensor/ops/loss.ts",
    "the gradient's classes stay last",
    "last.at(permuteView(last, inverse(to)))",
    "reshape(last, x.shape)",
  ),
  fault(
    "src/nn/functional/class_loss.ts",
    "the ignored count in the mean",
    "weights?.sum() ?? counted",
    "weights?.sum() ?? target.numel()",
  ),
  fault(
    "src/tensor/kernels.ts",
    "a stretched gradient is not summed",
    "shape[i - lead] === 1 && x.shape[i] !== 1",
    "false",
  ),
  fault(
    autograd,
    "gradients do not accumulate",
    "device().accumulate(d, leaf.gradient)",
    "device().copy(d, leaf.gradient)",
  ),
  fault("src/device/value.ts", "a gradient's memory is taken twice", "times <= 1 &&", ""),
  fault(autograd, "two paths into one node: one is lost", "if (sum === null) return d;", "return d;"),
  fault(
    autograd,
    "a gradient that is another's is written",
    "return sum.own && isRowMajor(sum.value) ?",
    "return isRowMajor(sum.value) ?",
  ),
  fault("src/tensor/ops/write.ts", "a written part keeps its gradient", "device().copy(scalar(0, d.dtype), part);", ""),
  fault(autograd, "stale saved values pass", "value.storage.version === expected) return;", "true) return;"),
  fault(adam, "no correction of the first mean", "lr / (1 - beta1 ** (step + 1))", "lr"),
  fault(adam, "the formula: the wrong rate for g²", "g.mul(g).mul(1 - beta2)", "g.mul(g).mul(1 - beta1)"),
  fault(updates, "the wrong rate for g²", "(1 - beta2) * g * g", "(1 - beta1) * g * g"),
  fault(updates, "nesterov without its step ahead", "g + momentum * b[i]", "b[i]"),
  fault(adam, "AdamW without its decay", "decoupledWeightDecay ? 1 - lr * weightDecay : 1", "1"),
  fault(rmsprop, "the formula: the mean is not taken off", "square.sub(mean.mul(mean))", "square"),
  fault(optimizer, "maximize goes down", "group.maximize === true ? neg(along) : along", "along"),
  fault(schedule, "a linear warm-up one step behind", "(last_epoch - 1) * rise", "last_epoch * rise"),
  fault(loader, "no seed for workers is drawn", "    drawSeed(source);\n    if", "    if"),
  fault(loader, "a place in the data begins anew", ".slice(skipped)", ".slice(0)"),
  fault(loader, "a loop within another loses the place", "this.place = outer;", "this.place = between;"),
  fault("src/train/evaluate.ts", "padding weighs as classes do", 'target.dtype === "int32" ?', "false ?"),
  fault(
    fit,
    "gradients that nobody forgets are clipped with the others",
    "clipGradNorm_(trained,",
    "clipGradNorm_(model.parameters(),",
  ),
  fault(fit, "the optimiser takes no step", "    optimizer.step();\n", ""),
  fault(randomState, "the second normal number is lost", "state.cachedNormal ?? 0", "0"),
  fault(sgd, "dampening at the first step", "running.size === 0 ? 1 : 1 - dampening", "1 - dampening"),
  fault(sgd, "the formula: nesterov without its step ahead", "g.add(direction.mul(momentum))", "direction"),
  fault(rule, "a fused update of two dtypes", "&& running.every(({ dtype }) => dtype === parameter.dtype)", ""),
  fault("src/tensor/ops/shape.ts", "cat's gradients all from the start", "(start += length) - length", "0"),
  fault("src/tensor/tensor.ts", "the variance is biased", "count - correction", "count"),
  fault(
    "src/device/js/gemm.ts",
    "the fourth column reads the third",
    "left * y[yAt + 3 * bColumn]",
    "left * y[yAt + 2 * bColumn]",
  ),
  fault(
    "src/nn/functional/class_loss.ts",
    "the weighted mean forgets the weights",
    "weights?.sum() ?? counted",
    "counted",
  ),
  fault("src/nn/clip.ts", "clipping without torch's 1e-6", "total.add(1e-6)", "total"),
  fault(packs, "trained weights are not packed again", "found?.version !== storage.version", "found === undefined"),
  fault(packs, "both sides of a weight are one", "one.kind === form.kind &&", ""),
  fault(
    packs,
    "what was used last leaves first",
    "found.call = this.call;\n    this.all.delete(found);",
    "found.call = this.call;",
  ),
  fault(packs, "weights leave while they are in use", " || pack.call === this.call", ""),
  fault(packs, "what has left still counts", "this.held -= pack.count;", ";"),
  fault(
    convolution,
    "windows behind the first lot are sought among others",
    "(n - first) * places * wide",
    "n * places * wide",
  ),
  fault(memory, "what is held begins as it was", "this.floats.fill(0, at / 4, (at + bytes) / 4);", ";"),
  fault(memory, "gaps beside each other stay two", "if (last?.end === gap.at) last.end = gap.end;", "if (false);"),
  fault(memory, "the last gap is no scratch", "merged[merged.length - 1].end === this.floor", "false"),
  fault(memory, "the floats from before memory grew", "if (this.view.length === 0)", "if (false)"),
  fault(
    stages,
    "states of the cell from the highest layer down",
    "(states === 2 ? levels.map",
    "(states === 2 ? [...levels].reverse().map",
  ),
  fault(stages, "one bias of two", "ih + shared * hh", "ih"),
  fault(stages, "GRU: the recurrent bias twice", "cell.sharedGates ? 1 : 0", "1"),
  fault(stages, "an affine map without its bias", "taken.bias?.[j] ?? 0", "0"),
  fault(
    stages,
    "an affine map keeps a bias that has gone",
    "memory.floats[bias / 4 + j] = taken.bias?.[j] ?? 0;",
    "if (taken.bias !== null) memory.floats[bias / 4 + j] = taken.bias[j];",
  ),
  fault(stages, "sequences of a convolution lie as those of a linear layer", "taps === 1 ? Cp : past.pitch", "Cp"),
  fault(
    stages,
    "a function of the first sequence alone",
    "for (let n = 0, at = input / 4; n < N; n++, at += wide)",
    "for (let n = 0, at = input / 4; n < 1; n++, at += wide)",
  ),
  fault(stages, "tanh for sigmoid", 'rows.same === "sigmoid" ? 0 : 1', "1"),
  fault(stepper, "its memory is never given back", "close: () => memory.release(base, room, made)", "close: () => {}"),
  fault(stepper, "the scratch of loading is forgotten", "memory.take(room + scratch)", "memory.take(room)"),
  fault(state, "an input stands in its ring once", "memory[to + taps * C + i] = x[from + i];", ";"),
  fault(state, "time goes on where it was", "    this.ring = 0;\n    this.row = 0;\n    for", "    for"),
  fault(
    state,
    "the newest comes first",
    "let back = (taps - 1) * dilation; back > 0; back--) into[to++]",
    "let back = 1; back <= (taps - 1) * dilation; back++) into[to++]",
  ),
  fault(state, "dilation is one", "if (++this.ring === dilation)", "if (++this.ring >= 1)"),
  fault(
    streamStages,
    "the taps the other way round",
    "weight[(o * taps + k) * C + first + i]",
    "weight[(o * taps + taps - 1 - k) * C + first + i]",
  ),
  fault(streamStages, "groups read the first channels", "Math.floor(o / outputs) * own", "0"),
  fault(streamStages, "batch normalisation forgets eps", "Math.sqrt(v + eps)", "Math.sqrt(v)"),
  fault(streamStages, "batch normalisation forgets the mean", "- m * scale[i]", ""),
  fault(
    streamStages,
    "layer normalisation by the unbiased variance",
    "squares / size + eps",
    "squares / (size - 1) + eps",
  ),
  fault(containers, "a forward of one's own is not asked for", "if (forwardIsOther(step))", "if (false)"),
  fault(containers, "any function passes as relu", "streamed.get(step)", "(streamed.get(step) ?? stages.relu)"),
  fault("src/nn/layers/conv.ts", "half a padding passes as causal", "padding === span && ", "padding <= span && "),
  fault(stream, "sizes that do not fit pass", "stage.inputSize !== width", "false"),
  fault(
    stream,
    "memory stays with weights that cannot be taken",
    "      stepper.close();\n      throw error;",
    "      throw error;",
  ),
  fault(jsStepper, "LSTM: c stays", "state[s].set(next[s]);", ";"),
  fault(jsStepper, "weights are not copied", "ih: ih.slice()", "ih"),
  fault(stream, "refresh() takes nothing", 'this.open("refresh").load();', 'this.open("refresh");'),
  fault(stream, "a step allocates", "step(input, 0, output, 0);", "step(input.slice(), 0, output, 0);"),
  fault(stream, "a closed stream keeps its memory", "this.stepper?.close();", ";"),
  fault("src/stream/recurrent.ts", "weights of no such layer pass", "if (more !== undefined)", "if (false)"),
  fault(
    "src/stream/recurrent.ts",
    "a projection to all units passes",
    "projSize < hiddenSize)",
    "projSize <= hiddenSize)",
  ),
  fault(
    "src/nn/streams.ts",
    "views are read as they lie",
    "elements(rowMajor(tensor.value))",
    "tensor.value.storage.data",
  ),
  fault(
    checkpoint("load.ts"),
    "a header's length taken for a pickle",
    "if (looksLikeSafetensors(start)) {",
    "if (!isLegacy(start) && looksLikeSafetensors(start)) {",
  ),
  fault(checkpoint("torch/legacy.ts"), "a storage grows the second time", "count * width !== region.size", "false"),
  fault(checkpoint("safetensors/header.ts"), "half a pair of a character passes", "!isText(", "!("),
  fault(checkpoint("safetensors/header.ts"), "a key twice", "if (again !== undefined)", "if (false)"),
  fault(
    checkpoint("numbers/storages.ts"),
    "two dtypes over the same bytes",
    "claims.size === 1 ? bytes : bytes.slice()",
    "bytes",
  ),
  fault(checkpoint("numbers/encode.ts"), "a number becomes infinite", "=== infinity &&", "=== -1 &&"),
  fault(checkpoint("bytes/file.ts"), "a link is written over", "fs.realpathSync(path)", "path"),
  fault(checkpoint("pickle/values.ts"), "True and 1 are two keys", "keys.has(Number(key))", "false"),
  fault(
    checkpoint("pickle/unpickler.ts"),
    "opcodes across frames",
    "this.at < this.frameEnd && this.at + count",
    "this.at",
  ),
  fault(checkpoint("numbers/storages.ts"), "views beyond their storage", "last >= count ||", "false ||"),
  fault(checkpoint("bytes/unzip.ts"), "a checksum that is not compared", "|| crc !== member.crc", ""),
  fault("src/nn/skip.ts", "what is skipped once is skipped for ever", "skipping = before;", ";"),
  fault(
    "src/convert/build.ts",
    "a layer shares its memory with the file",
    "(whole.get(name) as Tensor).clone()",
    "whole.get(name) as Tensor",
  ),
  fault(
    "src/convert/infer.ts",
    "numbers of 64 bits are no numbers",
    "tensor instanceof Tensor || isWide(tensor)",
    "tensor instanceof Tensor",
  ),
  fault(
    "src/convert/onnx/node.ts",
    "an initial state is left out",
    "every((x) => x === 0) ? null",
    "every(() => true) ? null",
  ),
  fault("src/convert/onnx/operations.ts", "open sizes", "Number.isNaN(size) ? 1 : size", "size"),
  fault("src/convert/onnx/walk.ts", "a branch is no part of the model", "if (g !== undefined)", "if (false)"),
  fault(
    "src/checkpoint/state_dict.ts",
    "a key with a dot that is one key",
    "if (dict.has(key))",
    'if (!key.includes("."))',
  ),
  fault("src/checkpoint/fold.ts", "weights that are dropped may be the raw ones", "[...parts, whole]", "parts"),
  fault("src/checkpoint/pickle/verify.ts", "an object may not hold itself", "if (begun <= opaque) return 0;", ""),
  fault("src/convert/keras.ts", "every gate is a sigmoid", "!choices.includes(came as string)", "false"),
  fault("src/cli/inspect.ts", "headers are not enough", "(values ? readCheckpoint : readOutline)", "readCheckpoint"),
  fault("src/cli/convert.ts", "nothing is precious", "if (!options.force)", "if (false)"),
  fault("src/cli/files.ts", "a pipe is a file of that name", "path === pipe ? await", "false ? await"),
  fault("src/cli/terminal.ts", "machines hear no warnings", "this.warnings.push(sentence);", ";"),
  fault("src/device/wasm/memory.ts", "memory ends where 32 bits do", "if (end > limit)", "if (end > 2 ** 33)"),
  fault(stages, "floats counted in 32 bits", "Math.ceil(count / 16) * 16", "(count + 15) & ~15"),
  fault("src/device/wasm/pieces.ts", "a row is there once", "done < rows.length", "done < 0"),
  fault("src/device/wasm/elementwise.ts", "≥ is >", 'binary(ops, "le", b, a, dtype)', 'binary(ops, "lt", b, a, dtype)'),
  fault(
    "src/device/wasm/pieces.ts",
    "pieces of all sizes are whole",
    "stored[i].subarray(0, count * width)",
    "stored[i]",
  ),
  fault("src/device/wasm/reduce.ts", "folds of long lines are lost", "line.set(found);", ""),
  fault("src/device/wasm/ops.ts", "the module is linked anew each time", "made === undefined", "true"),
  fault("src/device/js/reduce.ts", "softmax's gradient without the sum", "(d[at] - sum)", "d[at]"),
  fault(dropout, "a channel's mask is that of elements", "shape.map((size, i) => (i < 2 ? size : 1))", "shape"),
  fault(batchnorm, "the running variance is biased", "mul(each / (each - 1))", "mul(1)"),
  fault(batchnorm, "momentum is the share of what was", "mul(1 - momentum)", "mul(momentum)"),
  fault(
    "src/tensor/ops/norm.ts",
    "batch normalisation's gradient is not scaled back",
    "unchannelled(mul(dx, scale), shape)",
    "unchannelled(dx, shape)",
  ),
  fault(activation, "gelu's slope without the density", "cumulated(a) + a * density(a)", "cumulated(a)"),
  fault(activation, "elu's slope at 0", 'compare("le", x, 0), below, 1', 'compare("lt", x, 0), below, 1'),
  fault(attention, "scores are not scaled", "Math.sqrt(heads / embedDim)", "1"),
  fault(
    "src/nn/functional/attention.ts",
    "a query that sees nothing gives no number",
    "maskedFill(none, 0).softmax(-1).maskedFill(none, 0)",
    "softmax(-1)",
  ),
  fault(
    "src/tensor/einsum.ts",
    "a letter that is needed later is summed",
    "needs(name) || other.names.includes(name)",
    "other.names.includes(name)",
  ),
  fault("src/base/random.ts", "sums of weights do not end in 1", "row[j] /= total", "row[j] /= 1"),
  fault(
    "src/nn/layers/batchnorm.ts",
    "the count of batches is not int64 in files",
    'storage.fileDType = "I64"',
    "storage.fileDType = null",
  ),
  fault(
    "src/nn/module.ts",
    "a copy forgets that a file has its buffer in 64 bits",
    "fileDType = original.value.storage.fileDType",
    "fileDType = null",
  ),
  fault(
    "src/nn/layers/containers.ts",
    "a slice of named steps begins its names anew",
    "part.stepNames = this.stepNames.slice(start, end)",
    "part.stepNames = this.stepNames.slice(0, end)",
  ),
  fault(
    "src/tensor/checks/writes.ts",
    "windows may be written on each other",
    "strides[i] <= reach",
    "strides[i] === 0",
  ),
  fault("src/nn/parametrize.ts", "−1 is the last dimension", "dim === null || dim === -1", "dim === null"),
  fault("src/nn/functional/activation.ts", "whole limits lose nothing", "Math.trunc(maxVal)", "maxVal"),
  fault("src/nn/functional/loss.ts", "logits decide the dtype", ".to(target.dtype), reduction", ", reduction"),
  fault(
    "src/nn/functional/attention.ts",
    "a mask may be larger than the scores",
    "if (seen !== null) checkKept(",
    "if (false) checkKept(",
  ),
  fault("src/nn/layers/dropout.ts", "an argument too many is lost", "super(...others)", "super()"),
  fault(
    "src/nn/module.ts",
    "buffers that are not persistent are saved",
    "item instanceof Buffer && item.persistent",
    "item instanceof Buffer",
  ),
  fault(
    "src/base/realm.ts",
    "arrays of another realm are strangers",
    "[Symbol.toStringTag] === kind",
    "constructor === globalThis[kind as never]",
  ),
  fault(
    "src/nn/module.ts",
    "a module of another copy is passed over",
    "else if (isForeign(field as object))",
    "else if (field === this)",
  ),
];
