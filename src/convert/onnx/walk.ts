/**
 * Every node of a model with the names that it sees: also those in the bodies of If, Loop and Scan, and in local functions,
 * once for each call.
 */

import { fail } from "../../base/errors.js";
import { graphOf } from "./model.js";
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode } from "./proto.js";
import { Scope, type Surroundings } from "./scope.js";

/** A node, where it stands, and the calls on the way to it: `"encoder/"`. */
export interface Placed {
  readonly node: OnnxNode;
  readonly scope: Scope;
  readonly path: string;
}

/** Graphs within graphs, and calls within calls. */
const deepest = 32;

const keyOf = (domain = "", name = ""): string => `${domain}:${name}`;

/** @param where how errors begin */
export function* nodesOf(where: string, model: OnnxModel, surroundings: Surroundings): Generator<Placed> {
  const functions = new Map((model.functions ?? []).map((one) => [keyOf(one.domain, one.name), one]));

  function* visit(
    nodes: readonly OnnxNode[],
    scope: Scope,
    path: string,
    depth: number,
    bind: (node: OnnxNode) => OnnxNode,
  ): Generator<Placed> {
    if (depth > deepest) fail("ValueError", `${where} has graphs within graphs, more than ${deepest} deep`);
    for (const node of nodes.map(bind)) {
      // A function may be called by functions that are called: as many nodes as there are numbers, and no more.
      surroundings.room.take(1);
      const called = functions.get(keyOf(node.domain, node.opType));
      if (called === undefined) scope.computed(node);
      else yield* call(node, called, scope, path, depth);
      if (called === undefined) yield { node, scope, path };
      for (const { g } of node.attribute ?? []) {
        if (g !== undefined) yield* body(graphOf(where, g), new Scope(surroundings, scope), path, depth + 1, bind);
      }
    }
  }

  function* body(
    graph: OnnxGraph,
    scope: Scope,
    path: string,
    depth: number,
    bind: (node: OnnxNode) => OnnxNode,
  ): Generator<Placed> {
    for (const one of graph.initializer ?? []) scope.stored(one.name ?? "", one);
    for (const one of graph.input ?? []) scope.given(one);
    yield* visit(graph.node ?? [], scope, path, depth, bind);
  }

  function* call(node: OnnxNode, called: OnnxFunction, outside: Scope, path: string, depth: number): Generator<Placed> {
    const scope = new Scope(surroundings, null);
    for (const [i, name] of (called.input ?? []).entries()) scope.alias(name, outside, node.input?.[i] ?? "");
    for (const [i, name] of (node.output ?? []).entries()) outside.alias(name, scope, called.output?.[i] ?? "");
    // Graphs within a function see the call as its nodes do.
    const bind = (one: OnnxNode) => bound(one, node, called);
    yield* visit(called.node ?? [], scope, `${path}${node.name || node.opType}/`, depth + 1, bind);
  }

  yield* body(model.graph ?? {}, new Scope(surroundings, null), "", 0, (node) => node);
}

/** A node of a function without the inputs that the call leaves out, and with the attributes that it gives. */
function bound(node: OnnxNode, call: OnnxNode, { input = [], attributeProto = [] }: OnnxFunction): OnnxNode {
  const absent = new Set(input.filter((_, i) => !call.input?.[i]));
  const attribute = (node.attribute ?? []).flatMap((one): OnnxAttribute[] => {
    if (!one.refAttrName) return [one];
    const value = [...(call.attribute ?? []), ...attributeProto].find(({ name }) => name === one.refAttrName);
    return value === undefined ? [] : [{ ...value, name: one.name ?? "" }];
  });
  return { ...node, attribute, input: (node.input ?? []).map((name) => (absent.has(name) ? "" : name)) };
}
