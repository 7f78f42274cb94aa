import { run } from '@lstm/cli';
import { tasks } from './data.ts';

// Flags of `lstm forecast` may follow, for example --epochs 5 or --backend reference.
for (const { name, text, file, target, features, fill, season } of tasks) {
  const flags = [
    ...['--target', target, '--out', `forecasts/${name}`],
    ...(features ? ['--features', ...features] : []),
    ...(fill ? ['--fill', fill] : []),
    ...(season ? ['--season', String(season)] : []),
    ...process.argv.slice(2),
  ];
  console.log(`── ${text}\n\nlstm forecast ${file.split('/').at(-1)} ${flags.join(' ')}\n`);
  const code = await run(['forecast', file, ...flags]);
  if (code !== 0) process.exit(code);
  console.log();
}
