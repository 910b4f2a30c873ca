import { connect } from './alidns-connect';
import { startAlidnsFake } from './alidns-fake';
import { conformance } from './conformance';
import { subject } from './per-record-subject';

conformance('alidns', async () => {
  const fake = await startAlidnsFake();
  return subject(fake, [fake.accessKeyId, fake.accessKeySecret], () => connect(fake));
});
