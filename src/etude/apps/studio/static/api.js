// The studio's own endpoints (described by /api/openapi.json) and its one stream of events.

/** The JSON answer of an endpoint. Throws an Error with the server's words. */
export async function ask(path, values, method) {
  const body = values instanceof Blob ? values : values && JSON.stringify(values);
  const type = values instanceof Blob ? "application/octet-stream" : "application/json";
  let answer;
  try {
    answer = await fetch(`/api/${path}`, {
      method: method ?? (values ? "POST" : "GET"),
      body,
      headers: values ? { "content-type": type } : {},
    });
  } catch {
    throw new Error("The studio does not answer. Is `etude studio` still running?");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error ?? `The studio answered ${answer.status}.`);
  return found;
}

/** Listens from event `after` on. `heard` takes each event, `reset` is called when some were missed for good. */
export function listen(after, heard, reset, linked) {
  const stream = new EventSource(`/api/events?after=${encodeURIComponent(after)}`);
  stream.onopen = () => linked(true);
  stream.onerror = () => linked(false);
  stream.onmessage = (message) => heard(JSON.parse(message.data));
  stream.addEventListener("reset", () => reset());
  return () => stream.close();
}
