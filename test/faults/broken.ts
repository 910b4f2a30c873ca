/** Loaded into a daemon with `node --require`, makes it throw where nobody catches, once it is sent SIGUSR2; the message holds a secret. */
process.once('SIGUSR2', () => {
  throw new Error(`broken on purpose, with the token ${process.env['FAILOVERD_API_TOKEN']}`);
});
