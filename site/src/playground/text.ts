/** What this page says, in both languages. */

import { type Fault, type How, mostSteps } from "./inputs.js";

const en = {
  title: "Watch a recurrent layer think",
  lead: "Drop a checkpoint of PyTorch here, or take one of ours. Give it text, a series or a sound, and see every state and gate of every unit at every step. Nothing leaves this page.",
  net: "Net",
  ours: "Ours:",
  names: "a GRU trained on first names",
  fresh: "an untrained LSTM, in both directions",
  open: "Open a file (.pt, .safetensors, .onnx)",
  drop: "or drop it anywhere on this page",
  reading: "Reading …",
  layer: "Recurrent layer",
  loaded: (file: string, layer: string) => `${file}: ${layer}`,
  nothing: (file: string, found: readonly string[]) =>
    `${file} has no RNN, LSTM or GRU. It has: ${found.slice(0, 6).join(", ") || "no layer that is known here"}.`,
  noSound: (file: string) => `${file} is not a sound that this browser can read.`,
  input: "Input",
  kinds: { text: "Text", series: "Series", sound: "Sound" },
  textLabel: "Text to read",
  alphabet: "Alphabet, from number 0 on",
  alphabetHint: "empty: by the code of each letter",
  table: "Embedding",
  noTable: "none: one-hot",
  draw: "Draw with the pointer. The numbers stand below.",
  drawing: (count: number) => `A series of ${count} values`,
  values: "Values of the series",
  wave: "Sine",
  pulse: "Pulse",
  soundFile: "Open a sound",
  tone: "a rising tone",
  speech: "speech",
  soundNow: (name: string, seconds: number) => `${name}, ${seconds.toFixed(1)} s`,
  how: (how: How, steps: number, features: number) => {
    const shape = `The layer reads [${steps}, ${features}]`;
    if (how.kind === "lags") {
      return features === 1
        ? `${shape}: one value a step.`
        : `${shape}: at each step the value and the ${features - 1} values before it, 0 before the first.`;
    }
    if (how.kind === "bands") {
      return `${shape}: at each step the logarithm of the energy at ${features} frequencies (mel scale), in frames of ${how.frame} samples every ${how.hop} at ${how.rate} Hz, shifted and scaled to mean 0 and deviation 1.`;
    }
    const number =
      how.numbering === "alphabet" ? "its place in the alphabet" : "the remainder of its code (no alphabet is given)";
    return how.kind === "embedding"
      ? `${shape}: for each letter a row of '${how.table}', which has ${how.rows}. The row's number is ${number}.`
      : `${shape}: for each letter one feature is 1 and the others are 0. The feature's number is ${number}.`;
  },
  zeros: "Initial states are zeros.",
  fault: (fault: Fault) => {
    if (fault.kind === "empty") return "There is nothing to read yet.";
    if (fault.kind === "letter") return `'${fault.letter}' is not in the alphabet.`;
    if (fault.kind === "number") return `'${fault.word}' is not a number.`;
    if (fault.kind === "long") return `At most ${mostSteps} steps are shown, and these are ${fault.count}.`;
    return `An alphabet of ${fault.size} letters does not fit: there are ${fault.rows} numbers.`;
  },
  activity: "Activity",
  stack: "Layer",
  direction: "Direction",
  forward: "forward",
  reverse: "reverse",
  step: "Step",
  unit: "Unit",
  play: "Play",
  pause: "Pause",
  hint: "Units go down, steps go to the right. Point at a unit, or use the arrow keys on a picture.",
  maps: {
    h: "Hidden state h",
    c: "Cell state c",
    i: "Input gate i",
    f: "Forget gate f",
    g: "Candidate g",
    o: "Output gate o",
    r: "Reset gate r",
    z: "Update gate z",
    n: "Candidate n",
  } as Readonly<Record<string, string>>,
  shows: (what: string, units: number, steps: number) => `${what}: ${units} units over ${steps} steps`,
  at: (step: number, letter: string | undefined, unit: number) =>
    `Step ${step}${letter === undefined ? "" : ` (${letter})`}, unit ${unit}`,
  trace: "The unit over time",
  traceTable: "The same in numbers",
  equation: "The unit's equation at this step",
  projected: (outputs: number) => `The hidden state is a projection to ${outputs} numbers of all units' o·tanh c.`,
};

const zh: typeof en = {
  title: "看循环层如何工作",
  lead: "把 PyTorch 的检查点拖到这里，或者用我们准备好的。给它一段文字、一条曲线或一段声音，就能看到每一步、每个单元的状态和门。所有数据都留在本页。",
  net: "网络",
  ours: "示例：",
  names: "用英文名训练的 GRU",
  fresh: "未训练的双向 LSTM",
  open: "打开文件（.pt、.safetensors、.onnx）",
  drop: "或拖放到本页任意位置",
  reading: "读取中……",
  layer: "循环层",
  loaded: (file, layer) => `${file}：${layer}`,
  nothing: (file, found) =>
    `${file} 里没有 RNN、LSTM 或 GRU，只有：${found.slice(0, 6).join("、") || "这里不认识的内容"}。`,
  noSound: (file) => `${file} 不是本浏览器能读取的声音文件。`,
  input: "输入",
  kinds: { text: "文字", series: "序列", sound: "声音" },
  textLabel: "要读的文字",
  alphabet: "字母表，从编号 0 开始",
  alphabetHint: "留空则按字符编码",
  table: "嵌入层",
  noTable: "不用：独热编码",
  draw: "用指针在图上画，数值列在下方。",
  drawing: (count) => `共 ${count} 个值的序列`,
  values: "序列的数值",
  wave: "正弦",
  pulse: "脉冲",
  soundFile: "打开声音文件",
  tone: "音高渐升的纯音",
  speech: "语音",
  soundNow: (name, seconds) => `${name}，${seconds.toFixed(1)} 秒`,
  how: (how, steps, features) => {
    const shape = `该层读取的输入是 [${steps}, ${features}]`;
    if (how.kind === "lags") {
      return features === 1
        ? `${shape}：每步一个值。`
        : `${shape}：每步是当前值和之前的 ${features - 1} 个值，序列开始之前按 0 计。`;
    }
    if (how.kind === "bands") {
      return `${shape}：每步是 ${features} 个频率（梅尔刻度）上能量的对数；帧长 ${how.frame} 个采样，帧移 ${how.hop}，采样率 ${how.rate} Hz；整体平移、缩放到均值 0、标准差 1。`;
    }
    const number = how.numbering === "alphabet" ? "它在字母表中的位置" : "字符编码除以行数的余数（未给出字母表）";
    return how.kind === "embedding"
      ? `${shape}：每个字符取 '${how.table}' 的一行（共 ${how.rows} 行），行号是${number}。`
      : `${shape}：每个字符对应一个为 1 的特征，其余为 0；特征编号是${number}。`;
  },
  zeros: "初始状态为零。",
  fault: (fault) => {
    if (fault.kind === "empty") return "还没有可读的内容。";
    if (fault.kind === "letter") return `字母表里没有“${fault.letter}”。`;
    if (fault.kind === "number") return `“${fault.word}”不是数字。`;
    if (fault.kind === "long") return `最多显示 ${mostSteps} 步，这里有 ${fault.count} 步。`;
    return `字母表有 ${fault.size} 个字符，而编号只有 ${fault.rows} 个，放不下。`;
  },
  activity: "活动",
  stack: "层",
  direction: "方向",
  forward: "正向",
  reverse: "反向",
  step: "步",
  unit: "单元",
  play: "播放",
  pause: "暂停",
  hint: "纵向是单元，横向是时间步。把指针移到某个单元上，或在图上使用方向键。",
  maps: {
    h: "隐藏状态 h",
    c: "细胞状态 c",
    i: "输入门 i",
    f: "遗忘门 f",
    g: "候选值 g",
    o: "输出门 o",
    r: "重置门 r",
    z: "更新门 z",
    n: "候选值 n",
  },
  shows: (what, units, steps) => `${what}：${units} 个单元，${steps} 步`,
  at: (step, letter, unit) => `第 ${step} 步${letter === undefined ? "" : `（${letter}）`}，单元 ${unit}`,
  trace: "该单元随时间的变化",
  traceTable: "对应的数值",
  equation: "该单元在这一步的方程",
  projected: (outputs) => `隐藏状态由所有单元的 o·tanh c 投影到 ${outputs} 个数得到。`,
};

export const text = { en, zh };
