/** Orders and what they need: the token is kept for this tab only, and is gone when it is closed; the name stays in the browser. */
const tokenKey = 'failoverd-token';
const actorKey = 'failoverd-actor';

export const remembered = () => ({
  token: sessionStorage.getItem(tokenKey),
  actor: localStorage.getItem(actorKey) ?? '',
});

/** Gives an order. `override`: the guard that a human may overrule, null when there is none. `code`: `done`, `refused` by the service, `token` that is not the right one, or `failed` for any other cause. */
export async function giveOrder(record, order, token) {
  try {
    const answer = await fetch(`api/v1/services/${encodeURIComponent(record)}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(order),
    });
    const body = await answer.json();
    const text = body.why ?? body.error ?? '';
    if (answer.status === 401) {
      sessionStorage.removeItem(tokenKey);
      // What the API says of headers means nothing to who fills in a form.
      return { code: 'token', text: '' };
    }
    if (answer.status < 500 && answer.status !== 429) sessionStorage.setItem(tokenKey, token);
    localStorage.setItem(actorKey, order.actor);
    if (answer.ok) return { code: 'done', text };
    return { code: answer.status === 409 ? 'refused' : 'failed', text, override: body.override ?? null };
  } catch {
    return { code: 'failed', text: '' };
  }
}
