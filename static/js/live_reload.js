// Debug builds only (build.rs): reloads the page when another server process answers, as after a restart by bin/dev.
{
  let first;
  const check = async () => {
    // Nothing is asked for a page in the background, and nobody answers during a restart.
    const answer = document.hidden ? undefined : await fetch('/healthz').catch(() => undefined);
    const now = answer?.headers.get('server-process');
    first ??= now;
    if (now === null) return;
    if (now !== undefined && now !== first) return location.reload();
    setTimeout(check, 500);
  };
  check();
}
