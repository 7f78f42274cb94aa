import {
  cast,
  type RecurrentStackLayer,
  type RecurrentStackOps,
  recurrentStackNames,
  runRecurrentStack,
  type Tensor,
  tidy,
} from '@lstm/core';
import type { CallContext, Layer, LayerResult } from './layer.ts';
import type { DropoutMasks, Weights } from './recurrent.ts';

/** What a call of several layers at once gave. */
export interface JointResult extends LayerResult {
  /** How many layers ran. */
  readonly count: number;
}

/** An embedding in front of a stack of recurrent layers. */
export interface StackHead {
  /** int32 `[batch, time]` */
  readonly tokens: Tensor;
  readonly table: Tensor;
  readonly lookUp: (table: Tensor, tokens: Tensor) => Tensor;
}

type Attributes<Cell> = Omit<
  Extract<RecurrentStackLayer, { cell: Cell }>['attributes'],
  'reverse' | 'zeroOutputForMask'
>;

/** A recurrent layer's cell as kernels know it, with the op that runs it. */
export type StackCell = { readonly ops: RecurrentStackOps } & (
  | { readonly cell: 'lstm'; readonly attributes: Attributes<'lstm'> }
  | { readonly cell: 'gru'; readonly attributes: Attributes<'gru'> }
  | { readonly cell: 'simpleRnn'; readonly attributes: Attributes<'simpleRnn'> }
);

/** One walk of a member through time. */
export interface StackWalk {
  readonly direction: 'forward' | 'reverse';
  readonly units: number;
  /** How many states it has. */
  readonly states: number;
  /** As they are now. */
  readonly weights: Weights;
  readonly dropoutMasks: (
    like: Pick<Tensor, 'dtype' | 'backend'>,
    sizes: readonly [number, number],
    context: CallContext,
  ) => DropoutMasks;
}

/** A recurrent layer, of one direction or two, that can be part of a stack. */
export interface StackMember {
  /** The layer as kernels take it. */
  readonly layer: RecurrentStackLayer;
  readonly ops: RecurrentStackOps;
  readonly walks: readonly StackWalk[];
  /** Whether its output is the sequence that kernels hand up, so that another layer may follow in the stack. */
  readonly handsOn: boolean;
  /** The states to start from, those of all walks; `undefined` for zeros. */
  start(batch: number, initialState: readonly Tensor[] | undefined): readonly Tensor[] | undefined;
  /** Keeps the final states where the layer is stateful. */
  carry(batch: number, states: readonly Tensor[]): void;
  /** Makes the layer's outputs of the sequence, both directions concatenated, and the final states. */
  finish(y: Tensor, states: readonly Tensor[], mask: Tensor | undefined): readonly Tensor[];
  /** The mask of the first output. */
  maskAfter(mask: Tensor | undefined): Tensor | undefined;
}

/** Returns the members from `first` on of which each but the last hands its sequence on. */
function membersOf(first: StackMember, next: readonly Layer[]): StackMember[] {
  const members = [first];
  for (const layer of next) {
    const member = layer.stackMember;
    if (member === undefined || members.at(-1)?.handsOn === false) break;
    members.push(member);
  }
  return members;
}

/** Returns the tensors of a stack by name. Makes masks, so it runs inside `tidy`. */
function inputsOf(
  members: readonly StackMember[],
  x: Tensor,
  context: CallContext,
  head: StackHead | undefined,
): Record<string, Tensor> {
  const [batch = 0] = x.shape;
  const like = head?.table ?? x;
  const { mask } = context;
  const inputs: Record<string, Tensor> = head === undefined ? { x } : { tokens: head.tokens, table: head.table };
  const enter = (name: string, tensor: Tensor | undefined): void => {
    if (tensor !== undefined) inputs[name] = tensor;
  };
  enter('mask', mask === undefined || mask.dtype === like.dtype ? mask : cast(mask, like.dtype));
  let features = like.shape.at(-1) as number;
  for (const [index, member] of members.entries()) {
    const states = member.start(batch, index === 0 ? context.initialState : undefined);
    let offset = 0;
    let width = 0;
    for (const { direction, weights, units, states: count, dropoutMasks } of member.walks) {
      const names = recurrentStackNames(index, direction);
      const { dropoutMask, recurrentDropoutMask } = dropoutMasks(like, [batch, features], context);
      enter(names.kernel, weights.kernel);
      enter(names.recurrentKernel, weights.recurrentKernel);
      enter(names.bias, weights.bias);
      enter(names.h0, states?.[offset]);
      if (count > 1) enter(names.c0, states?.[offset + 1]);
      enter(names.dropoutMask, dropoutMask);
      enter(names.recurrentDropoutMask, recurrentDropoutMask);
      offset += count;
      width += units;
    }
    features = width;
  }
  return inputs;
}

/** The final states of a member, those of all walks, among the outputs of a stack. */
function statesOf({ walks }: StackMember, index: number, outputs: Readonly<Record<string, Tensor>>): Tensor[] {
  const states: Tensor[] = [];
  for (const { direction } of walks) {
    const names = recurrentStackNames(index, direction);
    const [h, c] = [outputs[names.h] as Tensor, outputs[names.c]];
    states.push(h, ...(c === undefined ? [] : [c]));
  }
  return states;
}

/**
 * Runs a stack of recurrent layers in one call of the backend. `undefined` where the backend has no kernel for stacks, or there
 * is only one walk: then the layers run one after the other.
 */
export function runStack(
  first: StackMember,
  next: readonly Layer[],
  x: Tensor,
  context: CallContext,
  head?: StackHead,
): JointResult | undefined {
  if (x.backend.fused?.recurrentStack === undefined) return undefined;
  const members = membersOf(first, next);
  if (members.length === 1 && first.walks.length === 1 && head === undefined) return undefined;
  return tidy(() => {
    const layers = members.map(({ layer }) => layer);
    const ops: RecurrentStackOps = Object.assign({}, head && { embedding: head.lookUp }, ...members.map(opsOf));
    const found = runRecurrentStack(inputsOf(members, x, context, head), { layers }, ops);
    const states = members.map((member, index) => statesOf(member, index, found));
    for (const [index, member] of members.entries()) member.carry(x.shape[0] as number, states[index] as Tensor[]);
    const last = members.at(-1) as StackMember;
    const outputs = last.finish(found['y'] as Tensor, states.at(-1) as Tensor[], context.mask);
    return { outputs, mask: last.maskAfter(context.mask), count: members.length };
  });
}

function opsOf({ ops }: StackMember): RecurrentStackOps {
  return ops;
}

/** Returns a layer of such cells as kernels take it. */
export function stackLayer(
  { cell, attributes }: StackCell,
  walks: readonly StackWalk[],
  zeroOutputForMask: boolean,
): RecurrentStackLayer {
  const directions = walks.map(({ direction }) => direction);
  return { cell, directions, attributes: { ...attributes, reverse: false, zeroOutputForMask } } as RecurrentStackLayer;
}
