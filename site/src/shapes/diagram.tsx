/** The layer as a drawing: each tensor a box whose edges are its dimensions, the layers and directions between them. */

import { type Choice, type Dimension, isCell, lettersText, type Shaped, type Shapes, shapeText } from "./shapes.js";

const WIDTH = 340;
const MIDDLE = WIDTH / 2;
/** The room of a tensor: name, shape, box and labels; and where in it the middle of the box's front is. */
const TENSOR = { height: 122, middle: 80 };
const ROW = 46;
/** The layers, in their middle. */
const STACK = { x: MIDDLE - 58, width: 116 };

const label = ({ letter, size }: Dimension) => `${letter} = ${size}`;

interface BoxProps {
  tensor: Shaped;
  x: number;
  y: number;
  /** How many sequences are alive at each step, of packed rows. */
  steps: readonly number[] | undefined;
}

/** A tensor of up to three dimensions: the first is the width of its box, the last the height, one between them the depth. */
function Box({ tensor, x, y, steps }: BoxProps) {
  const { name, shape } = tensor;
  const last = shape[shape.length - 1] as Dimension;
  const across = shape.length > 1 ? shape[0] : undefined;
  const deep = shape.length > 2 ? shape[1] : undefined;
  const [w, h, d] = [across === undefined ? 40 : 68, 36, deep === undefined ? 0 : 14];
  const [left, top] = [x - (w + d) / 2, y + TENSOR.middle - h / 2];
  const bars = steps ?? [1];
  const bar = w / bars.length;
  return (
    <g>
      <text x={x} y={y + 12} class="name">
        {name}
      </text>
      <text x={x} y={y + 27} class="name">
        {shapeText(shape)}
      </text>
      {bars.map((alive, t) => {
        const height = (h * alive) / (bars[0] as number);
        return <path key={t} class="tensor" d={`M${left + t * bar} ${top}h${bar}v${height}h${-bar}z`} />;
      })}
      {deep && (
        <path
          class="tensor side"
          d={`M${left} ${top}l${d} ${-d}h${w}l${-d} ${d}zM${left + w} ${top}l${d} ${-d}v${h}l${-d} ${d}z`}
        />
      )}
      {deep && (
        <text x={left + w / 2 + d} y={top - d - 4}>
          {label(deep)}
        </text>
      )}
      {/* The height of packed steps says how many sequences there are: what a row holds stands above. */}
      <text x={left + w / 2} y={steps === undefined ? top + h / 2 + 4 : top - 5}>
        {steps === undefined ? "↕ " : ""}
        {label(last)}
      </text>
      {across && (
        <text x={left + w / 2} y={top + h + 14}>
          ↔ {label(across)}
        </text>
      )}
    </g>
  );
}

const Arrow = ({ d }: { d: string }) => <path class="arrow" d={d} marker-end="url(#tip)" />;

/** The boxes of the layers and directions, the first at the bottom. */
function Layers({ choice, directions, top }: { choice: Choice; directions: number; top: number }) {
  const { kind, numLayers, dropout } = choice;
  const width = (STACK.width - 16) / directions - (directions - 1) * 3;
  return (
    <>
      {Array.from({ length: numLayers * directions }, (_, s) => {
        const [layer, direction] = [Math.floor(s / directions), s % directions];
        const x = STACK.x + 8 + direction * (width + 6);
        const y = top + (numLayers - 1 - layer) * ROW;
        const name = directions === 1 ? `${kind} l${layer} →` : `l${layer} ${direction === 1 ? "←" : "→"}`;
        return (
          <g key={s}>
            <rect class="layer" x={x} y={y} width={width} height={28} rx={6} />
            <text x={x + width / 2} y={y + 18}>
              {isCell(kind) ? kind : name}
            </text>
            {layer > 0 && <Arrow d={`M${x + width / 2} ${y + ROW}V${y + 29}`} />}
          </g>
        );
      })}
      {dropout > 0 &&
        Array.from({ length: numLayers - 1 }, (_, layer) => (
          <text key={layer} class="small" x={MIDDLE} y={top + layer * ROW + 40}>
            dropout {dropout}
          </text>
        ))}
    </>
  );
}

export function Diagram({ choice, shapes, says }: { choice: Choice; shapes: Shapes; says: string }) {
  const { input, output, initial, final, directions, packed } = shapes;
  const steps = packed?.batchSizes;
  const top = output === null ? 8 : TENSOR.height + 16;
  const stack = Math.max(choice.numLayers * ROW + 8, initial.length * TENSOR.height);
  const bottom = top + stack;
  const states = (all: readonly Shaped[], x: number, from: number) =>
    all.map((tensor, i) => {
      const y = top + (stack - all.length * TENSOR.height) / 2 + i * TENSOR.height;
      return (
        <g key={tensor.name}>
          <Box tensor={tensor} x={x} y={y} steps={undefined} />
          <Arrow d={`M${from} ${y + TENSOR.middle}h22`} />
        </g>
      );
    });
  return (
    <svg class="diagram" viewBox={`0 0 ${WIDTH} ${bottom + TENSOR.height + 28}`} role="img" aria-label={says}>
      <defs>
        <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">
          <path d="M0 0L8 4L0 8z" class="tip" />
        </marker>
      </defs>
      {output && <Box tensor={output} x={MIDDLE} y={0} steps={steps} />}
      {output && <Arrow d={`M${MIDDLE} ${top}V${TENSOR.height - 6}`} />}
      <rect class="stack" x={STACK.x} y={top} width={STACK.width} height={stack} rx={8} />
      <Layers choice={choice} directions={directions} top={top + (stack - choice.numLayers * ROW + 18) / 2} />
      {states(initial, 44, STACK.x - 24)}
      {states(final, WIDTH - 44, STACK.x + STACK.width + 2)}
      <Arrow d={`M${MIDDLE} ${bottom + 24}V${bottom + 2}`} />
      <Box tensor={input} x={MIDDLE} y={bottom + 24} steps={steps} />
    </svg>
  );
}

/** The drawing in words. */
export const inWords = (tensors: readonly Shaped[]): string =>
  tensors.map(({ name, shape }) => `${name} ${lettersText(shape)} = ${shapeText(shape)}`).join("; ");
