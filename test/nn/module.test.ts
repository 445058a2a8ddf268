/** Modules: what is found in their fields and under which names, loading, copying, and how they print. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, setWarningHandler, Tensor, tensor, zeros } from "../../src/index.js";
import { Parameter } from "../../src/nn/module.js";
import { fixture as modules } from "../support/modules_fixture.js";
import { fixture, nonsense, numbers, type Raised, raised, refuses, refusesSomehow } from "../support/nn_fixture.js";

const recorded = fixture.modules as {
  stateDict: Record<string, number[]>;
  namedParameters: string[];
  namedModules: string[];
  namedChildren: string[];
  applied: string[];
  reprs: Record<string, string>;
  errors: Record<string, Raised>;
};

class Attention extends nn.Module {
  query = new nn.Linear(4, 4, { bias: false });
  scale = new Parameter(ones([2]));
}

/** The module of the same name in make_nn.py. */
class Tagger extends nn.Module {
  embedding = new nn.Embedding(7, 3, { paddingIdx: 0 });
  start = new Parameter(zeros([2]));
  lstm = new nn.LSTM(3, 2, { numLayers: 2, bidirectional: true, dropout: 0.5, projSize: 1 });
  norm = new nn.LayerNorm([2]);
  attention = new Attention();
  again = this.attention;
  blocks = new nn.ModuleList<nn.Module>([
    new nn.Linear(2, 2),
    new nn.Linear(2, 2),
    new nn.Sequential(new nn.Linear(2, 1), new nn.Dropout(0.25)),
  ]);
  out = new nn.Linear(2, 7);
  tied = this.out;
  cell = new nn.GRUCell(3, 2);
  note = { a: 1 };
}

class Empty extends nn.Module {}

const two = () => new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
const list = (x: Tensor | null) => x && Array.from(x.toArray());
const all = (module: nn.Module) => [...module.stateDict()].map(([name, x]) => [name, list(x)]);
const names = (pairs: Iterable<[string, unknown]>) => [...pairs].map(([name]) => name);

describe("names", () => {
  const model = new Tagger();

  it("are PyTorch's, in its order", () => {
    const shapes = [...model.stateDict()].map(([name, x]) => [name, x.shape]);
    expect(shapes).toEqual(Object.entries(recorded.stateDict));
    expect(names(model.namedParameters())).toEqual(recorded.namedParameters);
    expect(names(model.namedModules())).toEqual(recorded.namedModules);
    expect(names(model.namedChildren())).toEqual(recorded.namedChildren);
    expect(names(model.namedModules("net"))).toEqual(
      recorded.namedModules.map((name) => (name === "" ? "net" : `net.${name}`)),
    );
    expect(names(model.namedParameters("net"))).toEqual(recorded.namedParameters.map((name) => `net.${name}`));
  });

  it("give what stands in several places once, and both places in the state dict", () => {
    const parameters = model.parameters();
    expect(new Set(parameters).size).toBe(parameters.length);
    expect(parameters.length).toBe(recorded.namedParameters.length);
    expect(model.modules().filter((module) => module === model.out)).toEqual([model.out]);
    expect(model.children()).toContain(model.attention);
    const dict = model.stateDict();
    dict.get("tied.weight")?.fill_(3);
    expect(list(model.out.weight)).toEqual(Array(14).fill(3));
    expect(new Set(list(dict.get("out.weight") ?? null))).toEqual(new Set([3]));
  });

  it("follow fields that are set later, or taken away", () => {
    const module = two();
    const holder = new Empty() as Empty & { first?: nn.Module | null };
    holder.first = module;
    expect(holder.parameters().length).toBe(4);
    holder.first = null;
    expect(holder.parameters()).toEqual([]);
  });
});

describe("stateDict", () => {
  it("shares memory and no past", () => {
    const layer = new nn.Linear(2, 1);
    const dict = layer.stateDict();
    const weight = dict.get("weight") as Tensor;
    expect(weight.requiresGrad).toBe(false);
    weight.fill_(7);
    expect(list(layer.weight)).toEqual([7, 7]);
  });
});

describe("loadStateDict", () => {
  const dict = () => ({ "0.weight": numbers([3, 2], 1), "0.bias": ones([3]), "1.weight": ones([1, 3]) });

  it("copies a Map or an object, converting the dtype", () => {
    const full = { ...dict(), "1.bias": tensor(Int32Array.of(4)) };
    const bare = Object.assign(Object.create(null), full);
    for (const given of [full, bare, new Map<string, Tensor>(Object.entries(full))]) {
      const model = two();
      const before = model.parameters();
      expect(model.loadStateDict(given)).toEqual({ missingKeys: [], unexpectedKeys: [] });
      expect(model.parameters().map((p, i) => p === before[i])).toEqual(Array(4).fill(true));
      expect(all(model)).toEqual(Object.entries(full).map(([name, x]) => [name, list(x.to("float32"))]));
    }
    const source = two();
    const target = two();
    target.loadStateDict(source.stateDict());
    source.parameters()[0].requiresGrad_(false).zero_();
    expect(list(target.parameters()[0])).not.toContain(0);
  });

  it("tells what was missing and unexpected when not strict", () => {
    const model = two();
    const before = all(model);
    const result = model.loadStateDict({ ...dict(), q: ones([1]) }, { strict: false });
    expect(result).toEqual({ missingKeys: ["1.bias"], unexpectedKeys: ["q"] });
    expect(all(model)[3]).toEqual(before[3]);
    expect(all(model)[1]).toEqual(["0.bias", [1, 1, 1]]);
  });

  it("refuses what does not fit in PyTorch's words, and copies nothing then", () => {
    const model = two();
    const before = all(model);
    const hostile = JSON.parse('{"x": 1, "__proto__": 1}');
    const wrong = { "0.weight": ones([2, 3]), "1.bias": 5 as never, q: 1 as never };
    const { errors } = recorded;
    const withNumber = (error: Raised) => ({ ...error, message: error.message.replace("<class 'int'>", "number") });
    refuses(() => model.loadStateDict({}), errors.missing);
    refuses(
      () => model.loadStateDict(new Map([...model.stateDict(), ...Object.entries<never>(hostile)])),
      errors.unexpected,
    );
    refuses(
      () => model.loadStateDict(Object.assign(hostile, Object.fromEntries(model.stateDict()))),
      errors.unexpected,
    );
    refuses(() => model.loadStateDict(wrong), withNumber(errors.all));
    refuses(() => model.loadStateDict(wrong, { strict: false }), withNumber(errors["not strict"]));
    const partly = { "0.bias": zeros([3]), "1.bias": zeros([2]) };
    expect(raised(() => model.loadStateDict(partly, { strict: false })).message).toContain("size mismatch for 1.bias");
    expect(all(model)).toEqual(before);
  });

  it("refuses values and dictionaries that are none", () => {
    const model = two();
    for (const wrong of [undefined, null, 1, [1], "x"]) {
      const given = { "1.bias": wrong as never };
      expect(raised(() => model.loadStateDict(given, { strict: false })).message).toContain(
        'While copying the parameter named "1.bias", expected torch.Tensor',
      );
    }
    const isNoDict = (value: unknown) => typeof value !== "object" || value === null || Array.isArray(value);
    for (const wrong of [...nonsense.filter(isNoDict), ones([1]), two(), new Set(), Float32Array.of(1)]) {
      const error = raised(() => model.loadStateDict(wrong, { strict: false }));
      expect(error.kind).toBe("TypeError");
      expect(error.message).toMatch(/^Expected state_dict to be dict-like, got \w+\.$/);
    }
    expect(raised(() => model.loadStateDict({}, { assign: true } as never)).message).toContain("'assign'");
  });
});

describe("what reaches every module", () => {
  it("train and eval", () => {
    const model = new Tagger();
    expect(model.modules().every((module) => module.training)).toBe(true);
    expect(model.eval()).toBe(model);
    expect(model.modules().some((module) => module.training)).toBe(false);
    expect(model.blocks.train()).toBe(model.blocks);
    expect([model.training, model.blocks.at(-1).training]).toEqual([false, true]);
    refuses(() => model.train("x" as never), recorded.errors.train);
  });

  it("zeroGrad and requiresGrad_", () => {
    const model = two();
    model
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(model.parameters().some((p) => p.grad === null)).toBe(false);
    model.zeroGrad();
    expect(model.parameters().every((p) => p.grad === null)).toBe(true);
    expect(model.requiresGrad_(false)).toBe(model);
    expect(model.forward(ones([1, 2])).requiresGrad).toBe(false);
    expect(model.requiresGrad_().forward(ones([1, 2])).requiresGrad).toBe(true);
  });

  it("to converts parameters in place, and their gradients", () => {
    const model = two();
    const before = model.parameters();
    model
      .forward(ones([1, 2]))
      .sum()
      .backward();
    const data = before.map(list);
    expect(model.to("float64")).toBe(model);
    expect(model.parameters().map((p, i) => p === before[i])).toEqual(Array(4).fill(true));
    expect(before.map(list)).toEqual(data);
    expect(before.every((p) => p.dtype === "float64" && p.grad?.dtype === "float64")).toBe(true);
    expect(model.forward(ones([1, 2], { dtype: "float64" })).dtype).toBe("float64");
    refuses(() => model.to("int32"), recorded.errors.to);
    for (const wrong of nonsense) refusesSomehow(() => model.to(wrong));
  });

  it("apply goes from the inside out", () => {
    const order: string[] = [];
    const model = new Tagger();
    expect(model.apply((module) => order.push(module.constructor.name))).toBe(model);
    expect(order).toEqual(recorded.applied);
    for (const wrong of [undefined, null, {}]) refusesSomehow(() => model.apply(wrong as never));
  });
});

describe("clone", () => {
  it("is independent, and keeps what is tied", () => {
    manualSeed(1);
    const model = new Tagger();
    model.start.requiresGrad_(false);
    model.eval();
    const copy = model.clone();
    expect(copy).toBeInstanceOf(Tagger);
    expect(String(copy)).toBe(String(model));
    expect(all(copy)).toEqual(all(model));
    expect(names(copy.namedParameters())).toEqual(names(model.namedParameters()));
    expect(copy.out === copy.tied && copy.again === copy.attention).toBe(true);
    expect([copy.training, copy.start.requiresGrad, copy.out.weight.requiresGrad]).toEqual([false, false, true]);
    expect(copy.parameters().some((p) => model.parameters().includes(p))).toBe(false);
    copy.stateDict().get("lstm.weight_hr_l1_reverse")?.zero_();
    expect(list(copy.lstm.weight_hr_l1_reverse)).toEqual([0, 0]);
    expect(list(model.lstm.weight_hr_l1_reverse)).not.toContain(0);
    copy.note.a = 2;
    expect(model.note.a).toBe(1);
    expect(copy.embedding.forward(tensor(Int32Array.of(3))).shape).toEqual([1, 3]);
  });

  it("copies tensors, lists, maps and objects, and shares the rest", () => {
    class Odd extends nn.Module {
      leaf = ones([2], { requiresGrad: true });
      lists = [[this.leaf], 1];
      map = new Map([["a", ones([1])]]);
      plain = { deep: { x: zeros([1]) } };
      when = new Date(0);
      itself: unknown = this;
    }
    const odd = new Odd();
    const copy = odd.clone();
    expect([copy.leaf.requiresGrad, copy.leaf === odd.leaf, (copy.lists[0] as Tensor[])[0] === copy.leaf]).toEqual([
      true,
      false,
      true,
    ]);
    copy.map.get("a")?.fill_(9);
    copy.plain.deep.x.fill_(9);
    expect([list(odd.map.get("a") ?? null), list(odd.plain.deep.x)]).toEqual([[1], [0]]);
    expect([copy.when === odd.when, copy.itself === copy]).toEqual([true, true]);
  });
});

describe("printing", () => {
  it("is PyTorch's", () => {
    const { reprs } = recorded;
    const block = () => new nn.Sequential(new nn.Linear(1, 1), new nn.Dropout(1e-5));
    const rnns = [new nn.RNN(1, 2), new nn.RNN(1, 2)];
    const shared = new nn.Linear(1, 2);
    expect(String(new Tagger())).toBe(reprs.tagger);
    expect(String(new nn.ModuleList<nn.Module>([block(), block(), block(), ...rnns]))).toBe(reprs.list);
    expect(String(new nn.Sequential(shared, shared))).toBe(reprs.shared);
    expect(`[${[new nn.ModuleList(), new nn.Sequential(), new Empty()].join(", ")}]`).toBe(reprs.empty);
    expect(String(new Parameter(ones([2])))).toBe(reprs.parameter);
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    expect((shared as unknown as Record<symbol, () => string>)[inspect]()).toBe(String(shared));
  });
});

describe("Module and Parameter", () => {
  it("need a forward, and floats", () => {
    refuses(() => new Empty().forward(), recorded.errors.forward);
    refuses(() => new Parameter(tensor(Int32Array.of(1, 2))), recorded.errors.parameter);
    expect(new Parameter(tensor(Int32Array.of(1)), false).requiresGrad).toBe(false);
    for (const wrong of nonsense) refusesSomehow(() => new Parameter(wrong));
  });

  it("refuse what their constructors do not take", () => {
    type Loose = new (...given: unknown[]) => nn.Module;
    const classes: [Loose, ...unknown[]][] = [
      [Empty as Loose],
      ...[nn.ReLU, nn.Tanh, nn.Sigmoid, nn.SiLU].map((one): [Loose] => [one as Loose]),
      ...[nn.Softmax, nn.LogSoftmax, nn.ELU, nn.LeakyReLU].map((one): [Loose, number] => [one as Loose, 1]),
      ...[nn.Dropout, nn.Dropout1d, nn.Dropout2d].map((one): [Loose, number] => [one as Loose, 0.5]),
      ...[nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d].map((one): [Loose, number] => [one as Loose, 2]),
      [nn.GELU as Loose, "tanh"],
      [nn.Unflatten as Loose, 1, [2, 3]],
    ];
    for (const [Kind, ...args] of classes) {
      const where = `${Kind.name}.__init__()`;
      expect(new Kind(...args, undefined, {})).toBeInstanceOf(Kind);
      refuses(() => new Kind(...args, { inplace: true }), {
        kind: "TypeError",
        message: `${where} got an unexpected keyword argument 'inplace'`,
      });
      refuses(() => new Kind(...args, true), { kind: "TypeError", message: `${where} got an argument too many: true` });
    }
  });

  it("look for names under a string", () => {
    refusesSomehow(() => [...new Empty().namedModules({} as never)]);
    refusesSomehow(() => [...new Empty().namedParameters(Symbol("s") as never)]);
  });

  it("a parameter takes the memory over", () => {
    const data = ones([2]);
    const parameter = new Parameter(data);
    expect(parameter).toBeInstanceOf(Tensor);
    expect([parameter.isLeaf, parameter.requiresGrad, data.requiresGrad]).toEqual([true, true, false]);
    data.fill_(4);
    expect(list(parameter)).toEqual([4, 4]);
    expect(new Parameter(parameter.mul(2)).isLeaf).toBe(true);
  });
});

describe("a module that holds itself", () => {
  class Node extends nn.Module {
    weight = new Parameter(ones([1]));
    parent: nn.Module | null = null;
    child: Node | null = null;
  }
  const ring = () => {
    const [root, leaf] = [new Node(), new Node()];
    root.child = leaf;
    leaf.parent = root;
    return root;
  };

  it("is refused where every place would be walked, as PyTorch's recursion error", () => {
    const message = "maximum recursion depth exceeded: at 'child.parent' stands a Node, which holds it";
    const calls = [
      () => ring().stateDict(),
      () => ring().loadStateDict({}),
      () => ring().apply(() => {}),
      () => String(ring()),
      () => String(new nn.Sequential(ring() as never).stateDict()),
    ];
    calls.forEach((call, i) => {
      refuses(call, { kind: "RuntimeError", message: i < 4 ? message : message.replace("child", "0.child") });
    });
  });

  it("is walked where each module counts once", () => {
    const root = ring();
    expect(names(root.namedParameters())).toEqual(["weight", "child.weight"]);
    expect(names(root.namedModules())).toEqual(["", "child"]);
    root.eval().zeroGrad();
    root.requiresGrad_(false).to("float64");
    expect(root.child?.training).toBe(false);
    expect(root.child?.weight.dtype).toBe("float64");
    const copy = root.clone();
    expect(copy.child).not.toBe(root.child);
    expect(copy.child?.parent).toBe(copy);
  });

  it("goes no deeper than Python does", () => {
    const chain = (depth: number) => {
      const root = new Node();
      let last = root;
      for (let i = 0; i < depth; i++) last = last.child = new Node();
      return root;
    };
    expect(chain(900).stateDict().size).toBe(901);
    expect(String(chain(900)).split("\n").length).toBe(1801);
    expect(raised(() => chain(1100).stateDict()).message).toMatch(
      /^maximum recursion depth exceeded: at 'child.*more than 1000/,
    );
  });
});

describe("private members", () => {
  class Hidden extends nn.Module {
    #rnn = new nn.GRU(2, 3);
    override forward(x: Tensor) {
      return this.#rnn.forward(x);
    }
  }
  class Cached extends nn.Module {
    #calls = 0;
    linear = new nn.Linear(2, 3);
    override forward(x: Tensor) {
      return this.#calls++ === 0 ? x : this.linear.forward(x);
    }
  }
  const warned = (body: () => void): string[] => {
    const texts: string[] = [];
    const before = setWarningHandler((text) => texts.push(text));
    try {
      body();
    } finally {
      setWarningHandler(before);
    }
    return texts;
  };

  it("are warned of, once, where nothing else is found", () => {
    const text =
      "elman: Hidden has neither parameters nor modules in its fields, and what is private (#rnn) cannot be seen: keep parameters and modules in ordinary fields";
    expect(warned(() => new Hidden().parameters())).toEqual([text]);
    expect(warned(() => new Hidden().stateDict())).toEqual([text]);
    const net = new nn.Sequential(new nn.Linear(2, 2), new Hidden() as never);
    const twice = () => {
      net.parameters();
      net.stateDict();
    };
    expect(warned(twice)).toEqual([text]);
  });

  it("are no matter where there is something in the fields, or nothing private", () => {
    const quiet = [new Cached(), new nn.Dropout(), new Empty(), new nn.Sequential(), two()];
    expect(warned(() => quiet.map((module) => [module.parameters(), module.stateDict()]))).toEqual([]);
  });

  it("cannot be copied, which clone says", () => {
    for (const [module, member] of [
      [new Hidden(), "#rnn of Hidden"],
      [new nn.Sequential(new Cached()), "#calls of Cached"],
    ] as const) {
      const message = `clone() cannot copy ${member}, which is private: keep it in an ordinary field`;
      refuses(() => module.clone(), { kind: "TypeError", message });
    }
  });
});

describe("buffers", () => {
  class Buffered extends nn.Module {
    hidden = new nn.Buffer(ones([2]), { persistent: false });
    linear = new nn.Linear(1, 1);
    seen = new nn.Buffer(ones([1]));
    scale = new nn.Parameter(ones([1]));
    again = this.seen;
    norm = new nn.BatchNorm1d(1);
  }

  it("stand behind the parameters of their module, each place once in the state dict", () => {
    const module = new Buffered();
    expect([...module.stateDict().keys()]).toEqual(modules.buffers.keys);
    expect([...module.namedBuffers("x")].map(([name]) => name)).toEqual(modules.buffers.named);
    expect(module.buffers().length).toBe(modules.buffers.count);
    expect(module.parameters().length).toBe(5);
    expect(module.buffers().every((buffer) => !buffer.requiresGrad)).toBe(true);
  });

  it("are loaded, converted and copied", () => {
    const [one, two] = [new Buffered(), new Buffered()];
    one.seen.fill_(7);
    one.norm.forward(tensor([[1], [3]]));
    two.loadStateDict(one.stateDict());
    expect([two.seen.item(), two.again.item(), two.norm.num_batches_tracked?.item()]).toEqual([7, 7, 1]);
    expect(two.norm.running_mean?.item()).toBe(Math.fround(0.2));
    const copy = two.clone().to("float64");
    expect(copy.buffers().map(({ dtype }) => dtype)).toEqual(["float64", "float64", "float64", "float64", "int32"]);
    expect([copy.again === copy.seen, copy.hidden.persistent, copy.seen.persistent]).toEqual([true, false, true]);
    copy.seen.fill_(8);
    expect([two.seen.item(), two.seen.dtype]).toEqual([7, "float32"]);
    const { seen, ...rest } = Object.fromEntries(one.stateDict());
    expect(() => two.loadStateDict(rest)).toThrow('Missing key(s) in state_dict: "seen"');
    expect(two.loadStateDict({ ...rest, x: seen }, { strict: false })).toEqual({
      missingKeys: ["seen"],
      unexpectedKeys: ["x"],
    });
  });
});
