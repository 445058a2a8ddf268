import { ElmanError } from "elman-nn";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import namesFile from "../../../examples/names/names.pt?url";
import speechFile from "../../../examples/voice/sample.wav?url";
import { mount } from "../frame.js";
import { useText } from "../language.js";
import { activity } from "./activity.js";
import { Chooser } from "./chooser.js";
import { type Given, InputPanel, type Sound, sine } from "./input_panel.js";
import { InputError, numbersOf, ofSeries, ofSound, ofText, sweep } from "./inputs.js";
import { freshNet, type Net, NothingFound, namesAlphabet, openNet } from "./models.js";
import "./playground.css";
import { text } from "./text.js";
import { Watch } from "./watch.js";

/** The rate at which sounds are heard, in Hz. */
const rate = 16000;

const tone = { name: null, samples: sweep(rate), rate };
const first: Given = {
  kind: "text",
  text: "wilhelmina",
  alphabet: "",
  table: -1,
  series: sine,
  sound: tone,
};

/** @throws NoSound for what the browser cannot decode */
async function heard(file: Blob, name: string): Promise<Sound> {
  const bytes = await file.arrayBuffer();
  const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes).catch(() => {
    throw new NoSound(name);
  });
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  const samples = channels[0].map((_, t) => channels.reduce((sum, channel) => sum + channel[t], 0) / channels.length);
  return { name, samples, rate };
}

const isSound = ({ name, type }: File) => type.startsWith("audio/") || /\.(wav|mp3|ogg|opus|flac|m4a)$/i.test(name);

/** Those of a net's embeddings whose rows the layer reads. */
const fitting = ({ embeddings, layers }: Net, index: number): number[] =>
  embeddings.flatMap(({ layer }, i) => (layer.embeddingDim === layers[index].layer.inputSize ? [i] : []));

function Page() {
  const say = useText(text);
  const [net, setNet] = useState<Net | null>(null);
  const [index, setIndex] = useState(0);
  const [given, setGiven] = useState(first);
  const [problem, setProblem] = useState<unknown>(null);
  /** How many files are being read. */
  const [reading, setReading] = useState(0);
  /** Which request of its kind is the newest: an older one that comes late counts no more. */
  const newest = useRef({ net: 0, sound: 0 });
  const change = (part: Partial<Given>) => setGiven((before) => ({ ...before, ...part }));

  const watchLayer = (next: Net, layer: number) => {
    setIndex(layer);
    // Only a table that says what it is is taken unasked.
    change({ table: fitting(next, layer).find((i) => next.embeddings[i].isLikely) ?? -1 });
  };
  const get = async <T,>(kind: keyof typeof newest.current, make: () => Promise<T>, use: (made: T) => void) => {
    const mine = ++newest.current[kind];
    const isNewest = () => mine === newest.current[kind];
    setReading((count) => count + 1);
    setProblem(null);
    try {
      const made = await make();
      if (isNewest()) use(made);
    } catch (error) {
      if (isNewest()) setProblem(error);
    }
    setReading((count) => count - 1);
  };
  const show = (make: () => Promise<Net>, kind?: Given["kind"]) =>
    get("net", make, (next) => {
      setNet(next);
      watchLayer(next, 0);
      change({ alphabet: next.alphabet, ...(kind && { kind }) });
    });
  const showOurs = (which: "names" | "fresh") => {
    if (which === "fresh") return show(async () => freshNet("LSTM"), "series");
    return show(async () => openNet(await (await fetch(namesFile)).blob(), "names.pt", namesAlphabet), "text");
  };
  const hear = (make: () => Promise<Sound>) => get("sound", make, (sound) => change({ kind: "sound", sound }));
  const hearOurs = (which: "tone" | "speech") =>
    hear(async () => (which === "tone" ? tone : heard(await (await fetch(speechFile)).blob(), "sample.wav")));
  const hearFile = (file: File) => hear(() => heard(file, file.name));
  const take = (file: File) => (isSound(file) ? hearFile(file) : show(() => openNet(file, file.name)));

  useEffect(() => {
    showOurs("names");
    // Files are ours; text that is dragged goes where it is dropped.
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      event.preventDefault();
      take(file);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", drop);
    };
  }, []);

  const read = useMemo(() => {
    if (net === null) return null;
    const { layer } = net.layers[index];
    const { kind, table, alphabet, series, sound } = given;
    try {
      const input =
        kind === "text"
          ? ofText(given.text, alphabet, table < 0 ? null : net.embeddings[table], layer)
          : kind === "series"
            ? ofSeries(numbersOf(series), layer)
            : ofSound(sound.samples, sound.rate, layer);
      return { input, all: activity(layer, input.values), problem: null };
    } catch (error) {
      if (!(error instanceof InputError || error instanceof ElmanError)) throw error;
      return { input: null, all: null, problem: error };
    }
  }, [net, index, given]);

  const said = (error: unknown): string | null => {
    if (error === null) return null;
    if (error instanceof NothingFound) return say.nothing(error.file, error.found);
    if (error instanceof NoSound) return say.noSound(error.message);
    if (error instanceof InputError) return say.fault(error.fault);
    return error instanceof Error ? error.message : String(error);
  };
  const [steps, features] = read?.input?.values.shape ?? [0, 0];
  return (
    <>
      <h1>{say.title}</h1>
      <p>{say.lead}</p>
      <Chooser
        net={net}
        layer={index}
        problem={said(problem)}
        isReading={reading > 0}
        onFile={take}
        onOurs={showOurs}
        onLayer={(layer) => net && watchLayer(net, layer)}
      />
      {net !== null && read !== null && (
        <InputPanel
          net={net}
          given={given}
          tables={fitting(net, index)}
          how={read.input === null ? "" : `${say.how(read.input.how, steps, features)} ${say.zeros}`}
          problem={said(read.problem)}
          change={change}
          onSound={hearFile}
          onOurs={hearOurs}
        />
      )}
      {read?.all && <Watch all={read.all} labels={read.input.labels} />}
    </>
  );
}

/** A file that is no sound; its message is the file's name. */
class NoSound extends Error {}

mount(Page, text);
