import { fileURLToPath } from 'node:url';

/**
 * Returns the path of a file of vega-datasets. The package hides its data folder and loads from the network, so the file is found
 * beside its entry.
 */
function dataFile(name: string): string {
  return fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')));
}

/** A series with what forecasts it. */
export interface Task {
  readonly name: string;
  readonly text: string;
  readonly file: string;
  readonly target: string;
  readonly features?: readonly string[];
  readonly fill?: 'linear';
  readonly season?: number;
}

/** Monthly carbon dioxide at Mauna Loa (Scripps CO₂ Program, CC BY 4.0), then daily weather in Seattle (NOAA, public domain). */
export const tasks: readonly Task[] = [
  {
    name: 'co2',
    text: 'Carbon dioxide in the air at Mauna Loa, monthly, in parts per million. Five months are missing.',
    file: dataFile('co2-concentration.csv'),
    target: 'CO2',
    fill: 'linear',
  },
  {
    name: 'seattle',
    text: "The day's highest temperature in Seattle, in °C, from four columns; the season is a year.",
    file: dataFile('seattle-weather.csv'),
    target: 'temp_max',
    features: ['temp_min', 'wind', 'precipitation'],
    season: 365,
  },
];
