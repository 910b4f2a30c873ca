import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandsMarkdown } from '../../src/cli/commands-markdown';
import { manualPage } from '../../src/cli/manual';

/** The documents that are made from the table of commands. */
export const documents: Readonly<Record<string, () => string>> = {
  'docs/commands.md': commandsMarkdown,
  'deploy/man/failoverd.8': manualPage,
};

export const root = join(__dirname, '..', '..', '..');

/** After a change of the commands: npm run build && node dist/test/cli/write-documents.js */
if (require.main === module) {
  for (const [path, text] of Object.entries(documents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text());
  }
}
