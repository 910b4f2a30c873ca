import { conformance } from './conformance';
import { openRoute53, useCanaries } from './route53-subject';

useCanaries();
conformance('route53', () => openRoute53());
