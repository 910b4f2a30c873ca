import { createHash } from 'node:crypto';
import { utcText } from '../domain/wall';
import type { ChannelConfig, Shaped } from './channel';
import { cutBytes, details, type Message, title } from './message';

const summaryLimit = 1_024;
const keyLimit = 255;

/**
 * Events API v2: one incident per `dedup_key`, from trigger over acknowledge to resolve; a summary of at most 1,024 characters, a key of at
 * most 255 (developer.pagerduty.com, Events API v2, send an alert event, read 2026-11).
 */
export function pagerduty(channel: ChannelConfig, message: Message, more: number): Shaped {
  const { incident, action, page, record, code, wallMs, host, owner, count, next, evidence, id } = message;
  const event = {
    routing_key: channel.secret,
    event_action: action === 'acknowledge' || action === 'resolve' ? action : 'trigger',
    dedup_key: dedupKey(incident),
  };
  const payload = {
    summary: cutBytes(title(message), summaryLimit),
    source: record === '' ? host : record,
    severity: action === 'test' ? 'info' : page ? 'critical' : 'warning',
    timestamp: utcText(wallMs),
    component: record === '' ? 'failoverd' : record,
    class: code,
    custom_details: { evidence, next, count, host, owner, id, more, text: details(message, more).join('\n') },
  };
  const body = event.event_action === 'trigger' ? { ...event, client: 'failoverd', payload } : event;
  return { url: channel.url, headers: {}, body: JSON.stringify(body) };
}

/** The incident's own key, or what stands for one that is too long. */
function dedupKey(incident: string): string {
  return incident.length <= keyLimit ? incident : createHash('sha256').update(incident).digest('hex');
}
