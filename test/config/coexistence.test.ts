import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { claimNames } from '../../src/dns/claims';
import { markerName } from '../../src/domain/records';

test('the page on other tools names what the code writes and looks for', () => {
  const page = readFileSync(join(__dirname, '../../../docs/coexistence.md'), 'utf8');
  expect(page).toContain(`\`${markerName('www.example.com')}\``);
  expect(page).toContain(`\`${markerName('*.example.com')}\``);
  expect(page).toContain(`- ${markerName('www.example.com').replace('.example.com', '')}\n`);
  expect(page.replaceAll('"', "'")).toContain(
    `IGNORE('${markerName('www.example.com').replace('.example.com', '')}', 'TXT')`,
  );
  const names = claimNames('www.example.com', ['A']);
  for (const name of names.slice(1)) expect(page).toContain(`\`${name}\``);
});
