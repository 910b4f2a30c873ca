/**
 * The variables of a systemd EnvironmentFile (systemd.exec(5), read 2026-11): lines of NAME=value, comments from # or ;, double or
 * single quotes around a value, no expansion. Throws where systemd would only warn.
 */
export function parseEnvironmentFile(text: string): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '' || /^\s*[#;]/.test(line)) continue;
    const [, name, quoted, plain] = /^([A-Z][A-Z0-9_]*)=(?:"([^"\\]*)"|([^\s"'\\]*))$/.exec(line) ?? [];
    const value = quoted ?? plain;
    if (name === undefined || value === undefined) throw new Error(`not a line of an environment file: ${line}`);
    if (env[name] !== undefined) throw new Error(`${name} is there twice`);
    env[name] = value;
  }
  return env;
}
