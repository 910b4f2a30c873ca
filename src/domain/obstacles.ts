/** What puts right each thing that keeps the record from being written at all. */
export const obstacleRemedies = {
  order: 'failoverd resume',
  drift: 'put one of the configured sites back into the zone, or add the new address to FAILOVERD_SITES',
  foreign: 'take the record out of the other’s hands (docs/coexistence.md), then failoverd adopt',
  absent: 'create the record, or set FAILOVERD_CREATE=true',
  twin: 'stop the other failoverd, or give it another FAILOVERD_OWNER; then restart this one',
  obstacle: 'replace the record by a plain A, AAAA or CNAME record',
  diverged: 'put the same values of one configured site into both providers, or take one out of FAILOVERD_PROVIDER',
} as const;
