import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Finding } from './provider';

/** This process' user; null where the system does not say. */
export function ownUid(): number | null {
  try {
    return userInfo().uid;
  } catch {
    return null;
  }
}

/**
 * Who else may write a file or folder that decides where users go. `harm` ends the sentence "whoever changes it …". What is not
 * there tells nothing.
 *
 * | may be written by        | a file | a folder                                             |
 * |--------------------------|--------|------------------------------------------------------|
 * | everybody                | warn   | warn                                                 |
 * | its group                | warn   | – (as /usr/local/bin is, root:staff 2775 on Debian)  |
 * | an owner: us, or root    | –      | –                                                    |
 * | another owner            | warn   | warn                                                 |
 */
export async function rightsFindings(path: string, harm: string, uid: number | null): Promise<readonly Finding[]> {
  const seen = await stat(path).catch(() => null);
  if (seen === null) return [];
  const open = seen.mode & (seen.isDirectory() ? 0o002 : 0o022);
  const strange = uid !== null && seen.uid !== uid && seen.uid !== 0;
  if (open === 0 && !strange) return [];
  const mode = (seen.mode & 0o7777).toString(8).padStart(4, '0');
  const remedy = [...(open === 0 ? [] : ['chmod go-w']), ...(strange ? ['give it to root or to this user'] : [])];
  const who = `may be written by others (mode ${mode}, owner ${seen.uid})`;
  return [{ level: 'warn', text: `${path} ${who}: ${remedy.join(' and ')}, for whoever changes it ${harm}` }];
}

/** What running as root gives away. */
export function rootFindings(uid: number | null, what: string): readonly Finding[] {
  if (uid !== 0) return [];
  const text = `failoverd runs as root (uid 0), and so does ${what}: run it as a user of its own (deploy/systemd), with the rights its README names`;
  return [{ level: 'warn', text }];
}
