import type { Problem } from './config';
import type { ConfigInput, FileResult } from './input';
import { hidden, problem } from './problem';

/** A secret as it was given. Absent: neither `X` nor `X_FILE` is set. */
export type Secret =
  | { readonly found: 'value'; readonly text: string; readonly name: string }
  | { readonly found: 'nothing' }
  | { readonly found: 'problem'; readonly problem: Problem };

/** `X`, or the contents of the file that `X_FILE` names, without the newline at the end. */
export function readSecret(name: string, input: Pick<ConfigInput, 'env' | 'readFile' | 'uid'>): Secret {
  const direct = input.env[name];
  const path = input.env[`${name}_FILE`];
  const wrong = (value: string | null, why: string, remedy: string, at = `${name}_FILE`): Secret => ({
    found: 'problem',
    problem: problem(at, value, why, remedy),
  });
  if (path === undefined) return direct === undefined ? { found: 'nothing' } : { found: 'value', text: direct, name };
  if (direct !== undefined) return wrong(path, `is set, and so is ${name}`, 'keep one of the two');
  if (path.trim() === '') return wrong(path, 'is set but empty', 'name a file, or do not set it at all');
  const file = input.readFile(path);
  const handed = credentialRemedy(name, path, input.env);
  if (!file.ok)
    return wrong(path, fileFault(file.code), handed ?? 'create it for this user alone (mode 600), or correct the path');
  const open = exposed(path, file, input);
  if (open !== null) return wrong(path, open.why, handed ?? open.remedy);
  const text = file.text.replace(/(\r?\n)+$/, '');
  if (text.trim() === '') return wrong(path, 'names an empty file', `write the secret into ${path}`);
  if (/\p{Cc}/u.test(text))
    return wrong(path, `names a file with more than one line: ${hidden(text)}`, 'keep only the secret in it');
  return { found: 'value', text, name: `${name}_FILE` };
}

/** Why a file could not be read, by its error code. */
export function fileFault(code: string): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'names a file that does not exist',
    EACCES: 'names a file that this user may not read',
    EPERM: 'names a file that this user may not read',
    EISDIR: 'names a directory',
    EFBIG: 'names a file larger than 1 MB',
    EINVAL: 'names something that is not a regular file',
  };
  return known[code] ?? `names a file that cannot be read (${code})`;
}

/** What helps where systemd hands the file over, which nobody else can create or change; null: it does not. */
function credentialRemedy(
  name: string,
  path: string,
  { CREDENTIALS_DIRECTORY: ours }: ConfigInput['env'],
): string | null {
  const [, directory = '', file = ''] = /^(\/run\/credentials\/[^/]+)\/(.+)$/.exec(path) ?? [];
  if (file === '') return null;
  const original = `${name}_FILE=/etc/failoverd/secrets/…`;
  return ours === directory
    ? `it is there while the service runs, by LoadCredential=${file}:… in its unit; before that name the original: ${original}`
    : `this belongs to the running service: name the original instead, such as ${original}, or set CREDENTIALS_DIRECTORY=${directory}`;
}

/**
 * Whether others may read or replace the file. Below $CREDENTIALS_DIRECTORY systemd guards the directory, and shows the access list
 * that lets only this user in as mode 0440 (systemd src/core/exec-credential.c, write_credential, read 2026-11). Where its file system has
 * no such lists the file belongs to the service's user, and root, who types a command beside it, reads it all the same.
 */
function exposed(
  path: string,
  file: FileResult & { ok: true },
  input: Pick<ConfigInput, 'env' | 'uid'>,
): { readonly why: string; readonly remedy: string } | null {
  const { CREDENTIALS_DIRECTORY: credentials } = input.env;
  const ours =
    credentials !== undefined && credentials !== '' && path.startsWith(`${credentials}/`) && !path.includes('/../');
  const mode = file.mode & 0o777;
  if ((mode & (ours ? 0o027 : 0o077)) !== 0)
    return {
      why: `names a file that others may use (mode ${mode.toString(8).padStart(4, '0')})`,
      remedy: `chmod 600 ${path}`,
    };
  if (file.uid !== 0 && file.uid !== input.uid && !(ours && input.uid === 0))
    return { why: `names a file of another user (uid ${file.uid})`, remedy: `chown ${input.uid} ${path}` };
  return null;
}
