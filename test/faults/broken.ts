/** Loaded into a daemon with `node --require`, makes it throw where nobody catches, once it is sent SIGUSR2. */
process.once('SIGUSR2', () => {
  throw new Error('broken on purpose');
});
