//! Calls to identity providers, and validation of their responses (OpenID Connect Core 1.0 and Discovery 1.0, RFC
//! 7636). Keys and addresses are read for each log-in, so that a provider can replace them at any time.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
};
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::http_client;
use crate::config::is_loopback;
use crate::error::Result;
use crate::support::bounded_semaphore::BoundedSemaphore;
use crate::support::client_network::ClientNetwork;
use crate::support::clock::Utc;
use crate::support::identity::{IdentityClaims, LoginSecrets};

/// For all calls of one step of a log-in.
pub const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_RESPONSE_BYTES: usize = 256 * 1024;
/// Concurrent log-in steps.
const CONCURRENT: usize = 8;
/// Log-in steps that may wait; more are refused as busy.
const WAITING: usize = 32;
/// An ID token may be from the future by this many seconds, for a clock that is ahead.
const CLOCK_SKEW: i64 = 300;
/// Longest subject, in bytes (OpenID Connect Core 1.0 §2).
const MAX_SUBJECT: usize = 255;
/// Accepted signature algorithms. All use a public key; `none` and HMAC with the client secret are not accepted.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 5] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type ConfiguredClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The site's registration as a client of a provider.
#[derive(Clone)]
pub struct ClientRegistration {
    pub issuer: String,
    pub client_id: String,
    /// `None` for a public client.
    pub client_secret: Option<String>,
    /// Absolute URL to which the provider sends people back.
    pub redirect_url: String,
}

/// Why a call to a provider failed or its response was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("too many concurrent log-ins")]
    Busy,
    #[error("the address is not allowed")]
    AddressRefused,
    #[error("the provider is unreachable or its response is malformed")]
    Unreachable,
    #[error("the issuer does not match")]
    OtherIssuer,
    #[error("the provider rejected the code")]
    CodeRefused,
    #[error("the ID token is invalid")]
    TokenInvalid,
}

/// Why a call to a provider failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the address {0} is not allowed")]
    AddressRefused(String),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the response is too long")]
    TooLong,
}

/// The client for all providers.
#[derive(Clone)]
pub struct IdentityClient {
    client: Client,
    timeout: Duration,
    calls: BoundedSemaphore,
    /// The site itself is on a loopback address, so a provider may be too.
    allows_loopback: bool,
}

/// Resolves names to public addresses only, so that no issuer leads into the network of the server.
struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> =
                found.filter(|address| ClientNetwork::from_ip(address.ip()).is_public()).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

impl IdentityClient {
    /// A client for the site at `base_url`, whose steps take at most `timeout`.
    pub fn new(base_url: &Url, timeout: Duration) -> Result<IdentityClient> {
        let allows_loopback = is_loopback(base_url);
        let mut builder = http_client::configure(timeout)?;
        if !allows_loopback {
            builder = builder.dns_resolver(Arc::new(PublicResolver));
        }
        let client = builder.build().map_err(anyhow::Error::new)?;
        Ok(IdentityClient { client, timeout, calls: BoundedSemaphore::new(CONCURRENT, WAITING), allows_loopback })
    }

    /// Checks that the metadata of an issuer can be read and supports what a log-in needs.
    pub async fn check_issuer(&self, issuer: &str) -> Result<(), IdentityError> {
        self.run(async {
            let metadata = self.discover(issuer).await?;
            let supported = metadata.id_token_signing_alg_values_supported();
            let is_usable =
                metadata.token_endpoint().is_some() && supported.iter().any(|algorithm| ALGORITHMS.contains(algorithm));
            if is_usable { Ok(()) } else { Err(IdentityError::Unreachable) }
        })
        .await
    }

    /// The URL of the provider's log-in page.
    pub async fn find_login_url(
        &self,
        registration: &ClientRegistration,
        secrets: &LoginSecrets,
    ) -> Result<Url, IdentityError> {
        self.run(async {
            let client = self.connect(registration).await?;
            let verifier = PkceCodeVerifier::new(secrets.code_verifier.clone());
            let (state, nonce) = (CsrfToken::new(secrets.state.clone()), Nonce::new(secrets.nonce.clone()));
            let (url, _, _) = client
                .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
                .add_scope(Scope::new("email".to_owned()))
                .add_scope(Scope::new("profile".to_owned()))
                .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
                .url();
            if self.is_allowed(&url) { Ok(url) } else { Err(IdentityError::AddressRefused) }
        })
        .await
    }

    /// Exchanges the code of an answer for an ID token, and verifies it.
    pub async fn exchange_code(
        &self,
        registration: &ClientRegistration,
        secrets: &LoginSecrets,
        code: String,
        now: Utc,
    ) -> Result<IdentityClaims, IdentityError> {
        self.run(async {
            let client = self.connect(registration).await?;
            let request = client.exchange_code(AuthorizationCode::new(code));
            let request = request.map_err(|error| refuse(error, IdentityError::Unreachable))?;
            let request = request.set_pkce_verifier(PkceCodeVerifier::new(secrets.code_verifier.clone()));
            let tokens = request.request_async(self).await.map_err(|error| match error {
                RequestTokenError::ServerResponse(_) => refuse(error, IdentityError::CodeRefused),
                RequestTokenError::Request(_) => refuse(error, IdentityError::Unreachable),
                _ => refuse(error, IdentityError::TokenInvalid),
            })?;
            let id_token: &CoreIdToken = tokens.id_token().ok_or(IdentityError::TokenInvalid)?;
            let verifier = client
                .id_token_verifier()
                .set_allowed_algs(ALGORITHMS)
                .set_time_fn(move || {
                    DateTime::from_timestamp(now.seconds(), 0).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC)
                })
                .set_issue_time_verifier_fn(move |issued| match issued.timestamp() <= now.seconds() + CLOCK_SKEW {
                    true => Ok(()),
                    false => Err("issued in the future".to_owned()),
                });
            let claims = id_token
                .claims(&verifier, &Nonce::new(secrets.nonce.clone()))
                .map_err(|error| refuse(error, IdentityError::TokenInvalid))?;
            if let Some(expected) = claims.access_token_hash()
                && hash_access_token(id_token, &verifier, tokens.access_token()).as_ref() != Some(expected)
            {
                return Err(IdentityError::TokenInvalid);
            }
            let subject = claims.subject();
            if subject.is_empty() || subject.len() > MAX_SUBJECT {
                return Err(IdentityError::TokenInvalid);
            }
            let mut found = IdentityClaims {
                subject: subject.to_string(),
                email: claims.email().map(|email| email.to_string()).unwrap_or_default(),
                is_email_verified: claims.email_verified().unwrap_or(false),
                name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()).unwrap_or_default(),
            };
            // Some providers give the address only here.
            if found.email.is_empty()
                && let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject.clone()))
            {
                let info: CoreUserInfoClaims =
                    request.request_async(self).await.map_err(|error| refuse(error, IdentityError::Unreachable))?;
                found.email = info.email().map(|email| email.to_string()).unwrap_or_default();
                found.is_email_verified = info.email_verified().unwrap_or(false);
                if let Some(name) = info.name().and_then(|name| name.get(None)) {
                    found.name = name.to_string();
                }
            }
            Ok(found)
        })
        .await
    }

    /// Runs the calls of one log-in step, within the concurrency limit and the timeout.
    async fn run<T>(&self, step: impl Future<Output = Result<T, IdentityError>>) -> Result<T, IdentityError> {
        let _permit = self.calls.acquire().await.ok_or(IdentityError::Busy)?;
        tokio::time::timeout(self.timeout, step).await.unwrap_or(Err(IdentityError::Unreachable))
    }

    async fn discover(&self, issuer: &str) -> Result<CoreProviderMetadata, IdentityError> {
        let url = Url::parse(issuer).map_err(|_| IdentityError::AddressRefused)?;
        if !self.is_allowed(&url) || url.query().is_some() || url.fragment().is_some() {
            return Err(IdentityError::AddressRefused);
        }
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|_| IdentityError::AddressRefused)?;
        CoreProviderMetadata::discover_async(issuer, self).await.map_err(|error| match error {
            DiscoveryError::Validation(_) => refuse(error, IdentityError::OtherIssuer),
            _ => refuse(error, IdentityError::Unreachable),
        })
    }

    async fn connect(&self, registration: &ClientRegistration) -> Result<ConfiguredClient, IdentityError> {
        let metadata = self.discover(&registration.issuer).await?;
        let auth_type = match metadata.token_endpoint_auth_methods_supported() {
            Some(methods) if !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) => AuthType::RequestBody,
            _ => AuthType::BasicAuth,
        };
        let redirect_url = RedirectUrl::new(registration.redirect_url.clone());
        let redirect_url = redirect_url.map_err(|_| IdentityError::AddressRefused)?;
        let secret = registration.client_secret.clone().map(ClientSecret::new);
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(registration.client_id.clone()), secret);
        Ok(client.set_auth_type(auth_type).set_redirect_uri(redirect_url))
    }

    /// Whether an address of a provider may be used: https to a public address. A site on a loopback address may use
    /// loopback and private ones too.
    fn is_allowed(&self, url: &Url) -> bool {
        if !url.username().is_empty() || url.password().is_some() {
            return false;
        }
        let is_public = match url.host() {
            Some(Host::Ipv4(address)) => ClientNetwork::from_ip(address.into()).is_public(),
            Some(Host::Ipv6(address)) => ClientNetwork::from_ip(address.into()).is_public(),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        match url.scheme() {
            "https" => is_public || self.allows_loopback,
            "http" => self.allows_loopback && is_loopback(url),
            _ => false,
        }
    }

    async fn call_provider(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let request = reqwest::Request::try_from(request)?;
        if !self.is_allowed(request.url()) {
            return Err(CallError::AddressRefused(request.url().to_string()));
        }
        let mut response = self.client.execute(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_RESPONSE_BYTES {
                return Err(CallError::TooLong);
            }
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for IdentityClient {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.call_provider(request))
    }
}

/// The hash that binds an access token to an ID token; `None` if it cannot be made.
fn hash_access_token(
    id_token: &CoreIdToken,
    verifier: &CoreIdTokenVerifier<'_>,
    access_token: &openidconnect::AccessToken,
) -> Option<AccessTokenHash> {
    let (algorithm, key) = (id_token.signing_alg().ok()?, id_token.signing_key(verifier).ok()?);
    AccessTokenHash::from_token(access_token, algorithm, key).ok()
}

/// Logs the error and returns the reason.
fn refuse(error: impl std::error::Error, reason: IdentityError) -> IdentityError {
    let cause = error.source().map(ToString::to_string);
    tracing::warn!(%error, cause, "identity provider response rejected");
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_on_the_internet_are_asked_unless_the_site_is_local() {
        let client = |base: &str| IdentityClient::new(&base.parse().unwrap(), TIMEOUT).unwrap();
        let (public, local) = (client("https://shop.example"), client("http://127.0.0.1:8080"));
        let cases = [
            ("https://id.example/realms/shop", true, true),
            ("https://id.example:8443", true, true),
            ("http://id.example", false, false),
            ("http://127.0.0.1:9000", false, true),
            ("http://localhost:9000", false, true),
            ("https://127.0.0.1", false, true),
            ("https://10.0.0.1", false, true),
            ("https://169.254.169.254/latest", false, true),
            ("https://[::1]", false, true),
            ("https://[::ffff:10.0.0.1]", false, true),
            ("http://192.168.1.1", false, false),
            ("https://user:secret@id.example", false, false),
            ("ftp://id.example", false, false),
            ("javascript:alert(1)", false, false),
        ];
        for (address, by_public, by_local) in cases {
            let url = address.parse().unwrap();
            assert_eq!((public.is_allowed(&url), local.is_allowed(&url)), (by_public, by_local), "{address}");
        }
    }
}
