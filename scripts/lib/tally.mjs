/** Counts checks, prints each failure with its reason and ends with the line `checks: N passed, N failed`. */
export class Tally {
  passed = 0;
  failed = 0;

  /**
   * @param {string} name what was checked
   * @param {string[]} problems none: the check passed
   */
  check(name, problems) {
    if (problems.length === 0) {
      this.passed++;
      return;
    }
    this.failed++;
    console.error(`FAILED ${name}`);
    for (const problem of problems) console.error(`  ${problem}`);
  }

  /** Prints the summed line and sets the exit code. */
  finish() {
    console.log(`checks: ${this.passed} passed, ${this.failed} failed`);
    if (this.failed > 0) process.exitCode = 1;
  }
}
