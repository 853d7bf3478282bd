//! The HTTPS client for external services: bundled root certificates, and a timeout on every call.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder};

use crate::error::Result;

const CONNECT: Duration = Duration::from_secs(5);

/// A client whose calls fail after `timeout`.
pub fn build(timeout: Duration) -> Result<Client> {
    Ok(configure(timeout)?.build().map_err(anyhow::Error::new)?)
}

/// As [`build`], before the client is built.
pub fn configure(timeout: Duration) -> Result<ClientBuilder> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(anyhow::Error::new)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).connect_timeout(CONNECT).timeout(timeout))
}
