// Loaded into a measured process by `--require`: on SIGUSR2 it writes what the process has used so far, as one line on fd 3.
const { writeSync } = require('node:fs');

process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  writeSync(
    3,
    `${JSON.stringify({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20, peakMb: process.resourceUsage().maxRSS / 2 ** 10 })}\n`,
  );
});
