/** Arrays and maps of another realm, as frames, Node's vm and Jest have them, wherever the library takes some. */

import { createContext, runInContext } from "node:vm";
import { expect, it } from "vitest";
import { isA } from "../../src/base/realm.js";
import { encodeSafetensors, encodeTorch, load } from "../../src/checkpoint/index.js";
import { exportOnnx, fromOnnx, fromStateDict } from "../../src/convert/index.js";
import { defaultCollate } from "../../src/data/index.js";
import { Generator, nn, optim, randn, tensor } from "../../src/index.js";
import { LSTM } from "../../src/stream/index.js";

const context = createContext({});
/** The value of an expression in the other realm, given one of this. */
const other = <T>(code: string, given?: unknown): T => runInContext(`(given) => (${code})`, context)(given) as T;
const floats = (...numbers: number[]) => other<Float32Array>("Float32Array.from(given)", numbers);

it("knows a class by its name, whatever realm made it", () => {
  const foreign = floats(1);
  expect(foreign).not.toBeInstanceOf(Float32Array);
  expect([isA(foreign, "Float32Array"), isA(foreign, "Float64Array")]).toEqual([true, false]);
  expect([isA(Buffer.of(1), "Uint8Array"), isA(null, "Map"), isA(undefined, "Map"), isA({}, "Map")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

it("takes numbers", () => {
  expect(tensor(floats(1, 2)).dtype).toBe("float32");
  expect(tensor(other("new Float64Array(2)")).dtype).toBe("float64");
  expect(tensor(other("Int32Array.of(1, 2)")).tolist()).toEqual([1, 2]);
  expect(tensor(other("[[1, 2], [3, 4]]")).tolist()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(tensor([floats(1, 2), floats(3, 4)]).tolist()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect([...tensor([1, 2]).copyTo(floats(0, 0))]).toEqual([1, 2]);
  expect(defaultCollate([floats(1), floats(2)]).tolist()).toEqual([[1], [2]]);
  const lengths = other<Int32Array>("Int32Array.of(2, 1)");
  expect(new nn.GRU(1, 2).forward(randn(2, 2, 1), null, { lengths })[0].shape).toEqual([2, 2, 2]);
});

it("streams", () => {
  const layer = new nn.LSTM(2, 3);
  const [here, there] = [new Float32Array(3), floats(0, 0, 0)];
  layer.stream().step(Float32Array.of(1, 2), here);
  layer.stream().step(floats(1, 2), there);
  expect([...there]).toEqual([...here]);
  const weights = [...layer.stateDict()].map(([name, one]) => {
    return [name, { shape: one.shape, data: other("Float32Array.from(given)", one.toArray()) }];
  });
  const streamed = new LSTM(other("new Map(given)", weights)).stream();
  streamed.step(floats(1, 2), there);
  expect([...there]).toEqual([...here]);
});

it("takes state dicts, states and files", async () => {
  const layer = new nn.GRU(2, 3);
  const map = other<Map<string, never>>("new Map(given)", [...layer.stateDict()]);
  expect(new nn.GRU(2, 3).loadStateDict(map).missingKeys).toEqual([]);
  expect(fromStateDict(map, "", { kind: "GRU" }).weight_hh_l0.tolist()).toEqual(layer.weight_hh_l0.tolist());
  const bytes = encodeSafetensors(map);
  for (const code of ["given.buffer", "Uint8Array.from(given).buffer", "Uint8Array.from(given)"]) {
    expect([...(await load(other<ArrayBuffer>(code, bytes))).keys()]).toEqual([...map.keys()]);
  }
  const shared = other<SharedArrayBuffer>("new SharedArrayBuffer(given.length)", bytes);
  new Uint8Array(shared).set(bytes);
  expect((await load(shared)).size).toBe(4);

  const [{ layer: read }] = fromOnnx(other("Uint8Array.from(given)", exportOnnx(layer)));
  expect(read.weight_ih_l0.tolist()).toEqual(layer.weight_ih_l0.tolist());

  const saved = await load(encodeTorch({ a: other("new Map([[1, new Set([2])]])"), b: other("Uint8Array.of(7)") }));
  expect(saved.get("a")).toEqual(new Map([[1, new Set([2])]]));
  expect(saved.get("b")).toEqual(Uint8Array.of(7));

  const adam = new optim.Adam(layer.parameters());
  adam.loadStateDict(other("({ ...given })", adam.stateDict()));
  const generator = new Generator(3);
  const { seed, words, ...rest } = generator.getState() as never as { seed: bigint; words: Uint32Array };
  generator.setState({ seed, words: other("Uint32Array.from(given)", words), ...rest } as never);
});
