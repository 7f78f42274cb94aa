import type { HostArray, Parameter, SessionKinds, Tensor } from '@lstm/core';
import type { Layer } from './layer.ts';
import type { CallContext, LayerResult } from './layer-types.ts';
import type { PartialShape } from './shape.ts';
import type { JointResult, StackHead, StackMember } from './stack.ts';

/** What networks, trainers, losses and kernels ask of a layer; it overrides what is not as usual. */
export abstract class LayerTraits {
  /** Layers inside this one. */
  get children(): readonly Layer[] {
    return [];
  }

  /** Name of the activation of the output where there is one, which metrics and losses ask for. */
  get outputActivation(): string | undefined {
    return undefined;
  }

  /** @internal How many of the outputs, from the first on, the mask is of. */
  get maskedOutputs(): number {
    return 1;
  }

  /** @internal Returns the masks of all outputs of a result of this layer. */
  masksOf({ outputs, mask, masks }: LayerResult): readonly (Tensor | undefined)[] {
    return masks ?? outputs.map((_, i) => (i < this.maskedOutputs ? mask : undefined));
  }

  /** @internal Where the layer gives its last output only and could give all: what needs `returnSequences: true`. */
  get needsReturnSequences(): string | undefined {
    return undefined;
  }

  /** How many inputs the layer takes, where that is one number; others are refused. By default any number. */
  get inputCount(): number | undefined {
    return undefined;
  }

  /** @internal Sizes of the states, each `[batch, size]`, that a call may give as `initialState`, where they are known. */
  get initialStateSizes(): readonly number[] | undefined {
    return undefined;
  }

  /** Whether the layer starts from states that a call may give as `initialState`. */
  get takesInitialState(): boolean {
    return this.initialStateSizes !== undefined;
  }

  /** @internal The layer as part of a stack of recurrent layers, where kernels know such a layer. */
  get stackMember(): StackMember | undefined {
    return undefined;
  }

  /** @internal Whether the parameters fit one number of features only: the last axis of the input. */
  get dependsOnFeatures(): boolean {
    return true;
  }

  /** @internal Shape of a sample by the `inputShape` of the layers inside. */
  get innerInputShape(): PartialShape | undefined {
    return undefined;
  }

  /** @internal Shape of a sample that does where none was given: the parameters fit any. */
  get usualInputShape(): PartialShape | undefined {
    return undefined;
  }

  /**
   * @internal Offers the layer, with those of `next` that can join it, to the backend in one call, which nobody can tell from
   * one after the other; `undefined` where the backend does not take them.
   */
  runJointly(
    _next: readonly Layer[],
    _inputs: readonly Tensor[],
    _context: CallContext,
    _head?: StackHead,
  ): JointResult | undefined {
    return undefined;
  }

  /** The kinds of {@link Layer.sessionLayers | sessionLayers}, with which core's `openSession` runs them. */
  get sessionKinds(): SessionKinds {
    return Object.assign({}, ...this.children.map((layer) => layer.sessionKinds));
  }

  /** The states that stateful layers carry to the next batch, named such as `lstm/state0`; none before the first batch. */
  get states(): readonly Parameter[] {
    return [...new Set(this.children.flatMap((layer) => layer.states))];
  }

  /**
   * Carries on from states by name, as `states` held them; a stateful layer whose states are not among them starts from zeros.
   *
   * @throws ShapeError when a state is not `[batch, units]`
   */
  writeStates(states: Readonly<Record<string, HostArray>>): void {
    for (const layer of this.children) layer.writeStates(states);
  }

  /** Forgets carried states. */
  resetStates(): void {
    for (const layer of this.children) layer.resetStates();
  }

  /**
   * Puts carried states aside, so that other sequences can run in between; returns what brings them back and forgets those of the
   * others.
   */
  holdStates(): () => void {
    const restore = this.children.map((layer) => layer.holdStates());
    return () => {
      for (const each of restore) each();
    };
  }

  /**
   * Remembers the carried states; returns what brings them back. Their values are kept in the ambient scope: bring them back before it is
   * disposed.
   */
  rememberStates(): () => void {
    const restore = this.children.map((layer) => layer.rememberStates());
    return () => {
      for (const each of restore) each();
    };
  }
}
