export { type BackendName, chooseBackend } from './backend.ts';
export { type DoctorOptions, doctor } from './doctor.ts';
export type { Calendar } from './forecast/calendar.ts';
export type { Trial } from './forecast/choose.ts';
export { type Forecaster, loadForecaster, type Prediction, writeForecast } from './forecast/folder.ts';
export { type Forecast, forecast, type NamedScore } from './forecast/forecast.ts';
export type { ForecastOptions, UsedSettings } from './forecast/options.ts';
export type { PreparationName, PreparerConfig } from './forecast/preparation.ts';
export type { Score } from './forecast/scores.ts';
export type { Series, SeriesSource } from './forecast/series.ts';
export type { ProbeOptions } from './probe.ts';
export { run, type Streams, scoreTable } from './program.ts';
export {
  type Chart,
  type ChartLine,
  escapeHtml,
  type Report,
  type ReportPart,
  type ReportTable,
  reportPage,
} from './report/page.ts';
