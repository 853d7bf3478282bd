//! The HTTPS client for external services: bundled root certificates, a timeout on every call, and no redirects, which
//! could lead to another host or an address of the local network.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
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
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .timeout(timeout))
}
