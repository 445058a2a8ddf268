/** The live part: what to listen to, what is heard, and what it costs. */

import { useEffect, useRef, useState } from "preact/hooks";
import sampleUrl from "../../../examples/voice/sample.wav?url";
import { rate } from "../../../examples/voice/sound.js";
import { useText } from "../language.js";
import { draw } from "./draw.js";
import { fetched, listen } from "./session.js";
import { text } from "./text.js";
import { Playhead, Timeline } from "./timeline.js";
import { Trouble } from "./trouble.js";

/** Seconds that are seen while a sound runs. */
const view = 10;
const seconds = (samples: number) => (samples / rate).toFixed(2);

type Phase = "idle" | "starting" | "waiting" | "running" | "ended" | "stopped";

/** What changes while a sound runs; what is drawn from frame to frame is in the timeline. */
interface Shown {
  readonly phase: Phase;
  readonly source: string | null;
  readonly resampled: number | null;
  readonly trouble: unknown;
}

function useListening() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const timeline = useRef(new Timeline());
  const stopSound = useRef<() => void>(() => {});
  const [shown, show] = useState<Shown>({ phase: "idle", source: null, resampled: null, trouble: null });
  const [, showMore] = useState(0);
  const change = (part: Partial<Shown>) => show((before) => ({ ...before, ...part }));
  const running = shown.phase === "running";

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const playhead = new Playhead();
    let frame = 0;
    const paint = () => {
      const heard = timeline.current.seconds;
      const end = running ? playhead.at(performance.now(), heard) : Math.max(heard, view);
      draw(element, timeline.current, running ? Math.max(0, end - view) : 0, running ? Math.max(end, view) : end);
      if (running) frame = requestAnimationFrame(paint);
    };
    const again = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(paint);
    };
    const sized = new ResizeObserver(again);
    sized.observe(element);
    document.addEventListener("elman-theme", again);
    // The costs are read, not watched: twice a second will do.
    const reading = running ? setInterval(() => showMore((count) => count + 1), 500) : undefined;
    return () => {
      cancelAnimationFrame(frame);
      sized.disconnect();
      document.removeEventListener("elman-theme", again);
      clearInterval(reading);
    };
  }, [shown.phase]);

  const start = (source: string | null, bytes: (() => Promise<ArrayBuffer>) | null) => {
    stopSound.current();
    timeline.current = new Timeline();
    show({ phase: "starting", source, resampled: null, trouble: null });
    stopSound.current = listen(bytes, {
      started: () => change({ phase: "running" }),
      waiting: () => change({ phase: "waiting" }),
      heard: (heard) => {
        if (timeline.current.add(heard)) showMore((count) => count + 1);
      },
      ended: (samples) => {
        timeline.current.finish(samples);
        change({ phase: "ended" });
      },
      resampled: (resampled) => change({ resampled }),
      failed: (trouble) => {
        timeline.current.finish();
        change({ phase: "idle", trouble });
      },
    });
  };
  const stop = () => {
    stopSound.current();
    timeline.current.finish();
    change({ phase: "stopped" });
  };
  return { canvas, timeline: timeline.current, shown, start, stop };
}

export function Live() {
  const say = useText(text);
  const { canvas, timeline, shown, start, stop } = useListening();
  const [dragged, drag] = useState(false);
  const { phase, source, resampled, trouble } = shown;
  const busy = ["starting", "waiting", "running"].includes(phase);
  const play = (file: File | undefined) => file && start(file.name, () => file.arrayBuffer());
  const sentence =
    trouble === null
      ? say.phases[phase](source)
      : trouble instanceof Trouble
        ? say.troubles[trouble.kind]
        : say.failed(String(trouble));
  const heard = timeline.probabilities.length > 0;
  return (
    <section
      class={`card listen${dragged ? " dragged" : ""}`}
      aria-label={say.live}
      onDragOver={(event) => {
        event.preventDefault();
        drag(true);
      }}
      onDragLeave={() => drag(false)}
      onDrop={(event) => {
        event.preventDefault();
        drag(false);
        play(event.dataTransfer?.files[0]);
      }}
    >
      <div class="row">
        <button type="button" onClick={() => start(null, null)}>
          {say.microphone}
        </button>
        <button type="button" class="quiet" onClick={() => start("sample.wav", () => fetched(sampleUrl))}>
          {say.sample}
        </button>
        <label class="file">
          <span>{say.file}</span>
          <input
            type="file"
            accept="audio/*,.wav"
            onChange={(event) => {
              play(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
        </label>
        <button type="button" class="quiet" disabled={!busy} onClick={stop}>
          {say.stop}
        </button>
      </div>
      <p role="status" class={trouble === null ? "soft" : "error"}>
        {sentence} {resampled !== null && say.resampled(resampled, rate)}
      </p>
      <dl class="costs">
        <div>
          <dt>{say.share}</dt>
          <dd data-cost="share">{heard ? `${(timeline.share * 100).toFixed(1)} %` : "–"}</dd>
        </div>
        <div>
          <dt>{say.slowest}</dt>
          <dd data-cost="slowest">{heard ? `${timeline.slowest.toFixed(1)} ms` : "–"}</dd>
        </div>
      </dl>
      <canvas ref={canvas} class="sound" role="img" aria-label={say.picture} />
      <h2>{say.segments}</h2>
      <ol class="segments" aria-live="polite" aria-relevant="additions">
        {timeline.segments.map(({ start, end }) => (
          <li key={start}>{say.segment(seconds(start), seconds(end))}</li>
        ))}
      </ol>
      {timeline.segments.length === 0 && <p class="soft">{say.none}</p>}
    </section>
  );
}
