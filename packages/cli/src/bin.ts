#!/usr/bin/env node
import { surviveClosedPipe } from './pipes.ts';
import { run } from './program.ts';

surviveClosedPipe(process.stdout);
surviveClosedPipe(process.stderr);
process.exitCode = await run(process.argv.slice(2));
