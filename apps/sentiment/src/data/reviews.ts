/** A review and its mood. */
export interface Review {
  readonly text: string;
  /** 1 positive, 0 negative. */
  readonly label: 0 | 1;
  /** What reviews are grouped by when a report shows where a model fails. */
  readonly group: number;
}

/** Reviews to train on, to choose the best epoch by, and to measure with. */
export interface ReviewSet {
  readonly name: string;
  /** Where the texts come from, for the report. */
  readonly about: string;
  /** What {@link Review.group} counts. */
  readonly groupName: string;
  readonly train: readonly Review[];
  readonly dev: readonly Review[];
  readonly test: readonly Review[];
}
