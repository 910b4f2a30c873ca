/** What `--help` prints. */
export const helpText = `failoverd: DNS failover that is never empty, never stale, never twice, never blind

usage: failoverd [command] [options]        (npm start -- [command] [options])

commands
  run        watch and switch, as configured by the environment (default)
  check      validate everything: settings, recovery time, the write path; changes nothing
  probe      run every health check once and print what it showed
  status     what is active, what is wanted, what is wrong and what to do about it
  history    what happened and when
  hold       change nothing automatically until resume
  resume     hand back: ends a hold and a pin
  switch     SITE: move there now, and stay until resume
  failback   go back to the best site now
  drill      SITE: rehearse a failover
  adopt      take the record over from another owner or tool that claims it
  rto        the worst-case recovery time with these settings, stage by stage

options
  --json            machine-readable output (status, history, probe, rto, check)
  --record NAME     only this service
  --reason TEXT     why (orders); it is shown and kept
  --for DURATION    how long an order holds, such as 30m; then it ends by itself
  --limit N         history: at most N lines (default 100)
  --help, --version

configuration comes from FAILOVERD_* variables: see docs/configuration.md and deploy/failoverd.env
exit codes: 0 done, 1 refused or failed, 2 usage, 69 daemon not reachable, 78 configuration
`;
