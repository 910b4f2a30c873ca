/** A wall time as people write it, `2026-11-23T09:50:00Z`; with its milliseconds where there are any. */
export function utcText(wallMs: number): string {
  const days = Math.floor(wallMs / 86_400_000);
  const inDayMs = wallMs - days * 86_400_000;
  // Years that begin in March end with the leap day; 400 of them are an era of 146,097 days (the proleptic Gregorian calendar).
  const fromEra = days + 719_468;
  const era = Math.floor(fromEra / 146_097);
  const day = fromEra - era * 146_097;
  const year = Math.floor((day - Math.floor(day / 1_460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365);
  const inYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * inYear + 2) / 153);
  const inMonth = inYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const date = [two(era * 400 + year + (month <= 2 ? 1 : 0)), two(month), two(inMonth)].join('-');
  const time = [inDayMs / 3_600_000, (inDayMs / 60_000) % 60, (inDayMs / 1_000) % 60].map((part) =>
    two(Math.floor(part)),
  );
  const ms = Math.floor(inDayMs % 1_000);
  return `${date}T${time.join(':')}${ms === 0 ? '' : `.${`${ms}`.padStart(3, '0')}`}Z`;
}

function two(part: number): string {
  return `${part}`.padStart(2, '0');
}
