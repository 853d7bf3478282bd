// Debug builds only (build.rs): reload the page when the server process changes, as after a restart by bin/dev.
{
  let first;
  const check = async () => {
    // Background tabs do not poll; requests fail during a restart.
    const answer = document.hidden ? undefined : await fetch('/healthz').catch(() => undefined);
    const now = answer?.headers.get('server-process');
    first ??= now;
    if (now === null) return;
    if (now !== undefined && now !== first) return location.reload();
    setTimeout(check, 500);
  };
  check();
}
