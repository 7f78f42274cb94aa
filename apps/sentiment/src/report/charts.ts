import type { ReportPart } from '@lstm/cli';
import type { Experiment, Measured } from '../experiment.ts';

const percent = (share: number): number => 100 * share;

function groupChart({ set, lstm, bagOfWords }: Experiment): ReportPart {
  const counts = lstm.groups.map(({ count }) => count);
  const values = ({ groups }: Measured): number[] => groups.map(({ accuracy }) => percent(accuracy));
  return {
    title: `Accuracy by ${set.groupName}`,
    text: `Per cent of the test part, in groups of ${Math.min(...counts)} to ${Math.max(...counts)} reviews. A coin gets 50.`,
    chart: {
      xLabel: set.groupName,
      yLabel: 'accuracy (%)',
      x: lstm.groups.map(({ group }) => group),
      lines: [
        { label: 'LSTM', color: 'ours', values: values(lstm), points: true },
        { label: 'bag of words', color: 'baseline', values: values(bagOfWords), points: true, dash: [4, 4] },
      ],
    },
  };
}

function trainingChart({ classifier: { history } }: Experiment): ReportPart {
  const accuracies = (name: string): number[] => (history.history[name] ?? []).map(percent);
  return {
    title: 'Training',
    text: 'Accuracy of the LSTM in per cent after each epoch. The weights of the epoch that was best on the dev part were kept.',
    chart: {
      xLabel: 'epoch',
      yLabel: 'accuracy (%)',
      x: history.epochs.map((epoch) => epoch + 1),
      lines: [
        { label: 'training, with dropout', color: 'truth', values: accuracies('accuracy') },
        { label: 'dev', color: 'ours', values: accuracies('valAccuracy') },
      ],
    },
  };
}

/** Returns the charts of a report. */
export function chartsOf(experiment: Experiment): readonly ReportPart[] {
  return [groupChart(experiment), trainingChart(experiment)];
}
