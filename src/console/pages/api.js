// Asks the API in the name of whoever looks. The token lives in this tab's session storage and nowhere else.
const KEY = "haulgate.token";

export const token = {
  // A token in the fragment never reaches a server; it is taken and wiped from the address.
  receive() {
    const given = new URLSearchParams(location.hash.slice(1)).get("token");
    if (given) {
      sessionStorage.setItem(KEY, given);
      history.replaceState(null, "", location.pathname);
    }
    return sessionStorage.getItem(KEY);
  },
  keep: (text) => sessionStorage.setItem(KEY, text.trim().replace(/^Bearer\s+/i, "")),
  forget: () => sessionStorage.removeItem(KEY),
};

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || `The gateway answered ${status}.`);
    this.status = status;
    this.code = body.code;
  }
}

export async function ask(path, { method = "GET", body } = {}) {
  const sent = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
  if (method !== "GET") sent["idempotency-key"] = crypto.randomUUID ? crypto.randomUUID() : `console-${Date.now()}-${Math.random()}`;
  if (body !== undefined) sent["content-type"] = "application/json";
  const answer = await fetch(path, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  const text = await answer.text();
  let read = {};
  try { read = text ? JSON.parse(text) : {}; } catch { /* a problem without a body is told by its status */ }
  if (!answer.ok) throw new Problem(answer.status, read);
  return { body: read };
}
