import { withServers } from '../servers/installed';
import { nginxPrograms } from '../servers/nginx';
import { conformance } from './conformance';
import { openSubject } from './nginx-subject';

withServers('the conformance of nginx', nginxPrograms, () => conformance('nginx', openSubject, 'a real nginx'));
