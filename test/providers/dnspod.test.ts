import { conformance } from './conformance';
import { connect } from './dnspod-connect';
import { startDnspodFake } from './dnspod-fake';
import { subject } from './per-record-subject';

conformance('dnspod', async () => {
  const fake = await startDnspodFake();
  return subject(fake, [fake.secretId, fake.secretKey], () => connect(fake));
});
