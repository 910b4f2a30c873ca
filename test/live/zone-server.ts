import type { Answer } from 'dns-packet';
import { always, type FakeServer, fakeServer, reply } from '../dns/fake-server';
import type { ZoneRecord } from '../providers/conformance';

/** A name server that answers what a provider fake holds, as the provider's own servers would. */
export async function zoneServer(truth: () => readonly ZoneRecord[]): Promise<FakeServer> {
  return fakeServer(
    always((asked) => {
      const there = truth().filter((record) => record.name === asked.name.toLowerCase());
      const answers = there.filter((record) => record.type === asked.type).flatMap(answersOf);
      return reply(asked, { answers, rcode: there.length > 0 ? 0 : 3 });
    }),
  );
}

function answersOf({ name, type, ttl, values }: ZoneRecord): readonly Answer[] {
  return values.flatMap((data): readonly Answer[] => {
    if (type === 'A' || type === 'AAAA' || type === 'CNAME') return [{ name, type, ttl, data }];
    return type === 'TXT' ? [{ name, type, ttl, data: [data] }] : [];
  });
}
