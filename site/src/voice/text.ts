/** What this page says, in both languages. */

export const text = {
  en: {
    title: "Hear a voice",
    what: "elman is PyTorch's recurrent layers in TypeScript: the same names, numbers and gradients, in Node.js and in the browser.",
    here: "Below, Silero's net hears where somebody speaks: an LSTM behind a few convolutions, run by elman in the audio thread of this page. Nothing leaves your machine.",
    live: "Listen",
    microphone: "Use the microphone",
    sample: "Play a sample",
    file: "Or a sound file, here or dropped:",
    stop: "Stop",
    phases: {
      idle: () => "Nothing runs yet. The net is 1.3 MB and is loaded when you begin.",
      starting: (source: string | null) =>
        source === null ? "Waiting for the microphone; your browser may ask you." : `Loading ${source}.`,
      waiting: () => "Your browser wants a click or a key before it plays a sound.",
      running: (source: string | null) => (source === null ? "Listening. Say something." : `Playing ${source}.`),
      ended: (source: string | null) => `The end of ${source}.`,
      stopped: () => "Stopped.",
    },
    resampled: (from: number, to: number) =>
      `It has ${from} samples a second; the browser has made ${to} of them, as the net expects.`,
    troubles: {
      noMicrophone: "No microphone was found: plug one in, or play the sample.",
      refused:
        "This page may not use the microphone: allow it in the browser's settings for this page, or play the sample.",
      busy: "The microphone does not answer: another program may be using it. Close that, or play the sample.",
      insecure: "Browsers give sound to pages from https or localhost only: open this page from there.",
      otherRate:
        "This browser does not give the microphone at 16,000 samples a second, which the net expects: set it to that rate in your system, try another browser, or play the sample.",
      noSound: "This file is no sound that the browser can read: try a WAV, MP3, Ogg or FLAC file.",
      old: "This browser cannot run the net in its audio thread: it takes one with AudioWorklet and WebAssembly SIMD, from 2023 or later.",
      notLoaded: "A part of this page could not be loaded: check your connection, and try again.",
    },
    failed: (message: string) => `That did not work: ${message}`,
    picture:
      "The last seconds of the sound as a curve, the probability of speech below it, and the segments of speech marked.",
    share: "Share of one CPU core",
    slowest: "99 of 100 chunks of 32 ms take at most",
    segments: "Speech",
    segment: (start: string, end: string) => `${start} s to ${end} s`,
    none: "None yet.",
    how: "How it is done",
    lines:
      "The weights are those of Silero's own file, by the names that PyTorch gave them. This is all that happens to a chunk of 512 samples, with the 64 before it:",
    checked: "The probabilities are ONNX Runtime's within 1e-5; a test holds them to that.",
    guides: [
      ["pytorch", "From PyTorch in ten minutes"],
      ["streaming", "Streaming in an AudioWorklet"],
    ],
    playground: "See what happens inside a recurrent layer",
    credits:
      "The net is Silero VAD, © 2020–present Silero Team, MIT licence. The sample is a recording of LibriVox, in the public domain.",
  },
  zh: {
    title: "听见人声",
    what: "elman 是用 TypeScript 写的 PyTorch 循环层：名称、数值和梯度都一样，可用于 Node.js 和浏览器。",
    here: "下面由 Silero 的网络判断何处有人说话：几层卷积之后接一个 LSTM，由 elman 在本页的音频线程中运行。声音不会离开您的电脑。",
    live: "聆听",
    microphone: "使用麦克风",
    sample: "播放示例",
    file: "或选择声音文件，也可拖放到此处：",
    stop: "停止",
    phases: {
      idle: () => "尚未开始。网络大小为 1.3 MB，开始时才会加载。",
      starting: (source: string | null) =>
        source === null ? "正在等待麦克风；浏览器可能会征求您的同意。" : `正在加载 ${source}。`,
      waiting: () => "浏览器要求先点击或按键，才会播放声音。",
      running: (source: string | null) => (source === null ? "正在聆听，请说话。" : `正在播放 ${source}。`),
      ended: (source: string | null) => `${source} 已结束。`,
      stopped: () => "已停止。",
    },
    resampled: (from: number, to: number) => `该文件的采样率为 ${from} Hz；浏览器已将其转换为网络所需的 ${to} Hz。`,
    troubles: {
      noMicrophone: "没有找到麦克风：请接上麦克风，或播放示例。",
      refused: "本页无权使用麦克风：请在浏览器的网站设置中允许，或播放示例。",
      busy: "麦克风没有响应：可能正被其他程序占用。请关闭该程序，或播放示例。",
      insecure: "浏览器只允许来自 https 或 localhost 的页面使用声音：请从那里打开本页。",
      otherRate:
        "此浏览器无法以网络所需的 16,000 Hz 采样率提供麦克风的声音：请在系统中改用该采样率、换一个浏览器，或播放示例。",
      noSound: "浏览器无法将此文件作为声音读取：请换用 WAV、MP3、Ogg 或 FLAC 文件。",
      old: "此浏览器无法在音频线程中运行该网络：需要 2023 年及以后支持 AudioWorklet 和 WebAssembly SIMD 的浏览器。",
      notLoaded: "本页的一部分未能加载：请检查网络连接后重试。",
    },
    failed: (message: string) => `操作未成功：${message}`,
    picture: "最近几秒声音的波形，下方是有人说话的概率，说话的片段已标出。",
    share: "占用一个 CPU 核心的比例",
    slowest: "每 100 个 32 毫秒的片段中，有 99 个用时不超过",
    segments: "说话的片段",
    segment: (start: string, end: string) => `${start} 秒至 ${end} 秒`,
    none: "暂无。",
    how: "实现方法",
    lines: "权重取自 Silero 自己的文件，保留 PyTorch 中的名称。每 512 个采样点（加上之前的 64 个）只经过以下运算：",
    checked: "概率与 ONNX Runtime 的结果相差不超过 1e-5，有测试保证。",
    guides: [
      ["pytorch.zh-CN", "十分钟从 PyTorch 上手"],
      ["streaming.zh-CN", "在 AudioWorklet 中做流式推理"],
    ],
    playground: "看看循环层内部发生了什么",
    credits: "网络为 Silero VAD，© 2020–present Silero Team，MIT 许可证。示例为 LibriVox 的录音，属于公有领域。",
  },
};
