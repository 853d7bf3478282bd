//! A fake identity provider: discovery, keys, tokens and user info of OpenID Connect, with switches for what goes
//! wrong. Its login page is [`FakeIdentityProvider::authorize`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreHmacKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey,
};
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, EndUserEmail, EndUserName, IssuerUrl, JsonWebKeyId, Nonce,
    PrivateSigningKey, StandardClaims, SubjectIdentifier,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Browser, Page, TestShop};

pub const CLIENT_ID: &str = "shop";
pub const CLIENT_SECRET: &str = "the secret of the shop, which has forty-odd bytes";
/// The name under which shops have it.
pub const PROVIDER_NAME: &str = "Harbour ID";
const ACCESS_TOKEN: &str = "an access token";
/// When the tests begin: 2026-11-21T10:00:00Z.
const NOW: i64 = 1_795_255_200;
const OWN_KEY: &str = include_str!("identity_provider.pem");
const OTHER_KEY: &str = include_str!("identity_stranger.pem");

/// What is wrong with the answer of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    WrongNonce,
    WrongAudience,
    WrongIssuer,
    Expired,
    IssuedInTheFuture,
    /// `alg` is `none`, without a signature.
    NoSignature,
    /// `alg` is `HS256`, signed with the client secret.
    SharedSecret,
    /// Signed with another key of the same id.
    WrongKey,
    NoIdToken,
    /// The token endpoint answers with an error.
    CodeRefused,
    /// The token endpoint does not answer.
    Silent,
}

/// A person who has an account at the provider.
#[derive(Clone, Debug)]
pub struct Person {
    pub subject: &'static str,
    pub email: &'static str,
    pub is_email_verified: bool,
    pub name: &'static str,
}

pub const ADA: Person =
    Person { subject: "ada-1815", email: "ada@lovelace.example", is_email_verified: true, name: "Ada Lovelace" };

/// A code that was given out.
struct Grant {
    nonce: String,
    challenge: String,
    redirect_url: String,
    person: Person,
}

#[derive(Default)]
struct State {
    issuer: String,
    grants: BTreeMap<String, Grant>,
    grant_count: u32,
    fault: Option<Fault>,
    /// The address is in the user info only.
    hides_email: bool,
    /// The metadata names another issuer.
    is_renamed: bool,
    is_down: bool,
    person: Option<Person>,
}

type Shared = Arc<Mutex<State>>;

/// A server on this machine.
pub struct FakeIdentityProvider {
    pub issuer: String,
    state: Data<Shared>,
}

impl FakeIdentityProvider {
    pub fn start() -> FakeIdentityProvider {
        let state: Data<Shared> = Data::new(Arc::default());
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/.well-known/openid-configuration", web::get().to(describe))
                .route("/keys", web::get().to(list_keys))
                .route("/token", web::post().to(issue_token))
                .route("/userinfo", web::get().to(describe_person))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let issuer = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        state.lock().unwrap().issuer.clone_from(&issuer);
        FakeIdentityProvider { issuer, state }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    pub fn set_fault(&self, fault: Option<Fault>) {
        self.with(|state| state.fault = fault);
    }

    /// Leaves the address out of ID tokens.
    pub fn hide_email(&self) {
        self.with(|state| state.hides_email = true);
    }

    /// Names another issuer in the metadata.
    pub fn rename(&self) {
        self.with(|state| state.is_renamed = true);
    }

    /// Answers everything with 503, or no longer.
    pub fn set_down(&self, is_down: bool) {
        self.with(|state| state.is_down = is_down);
    }

    /// A person logs in on the provider's page, to which the shop has led. Returns path and query of the answer.
    pub fn authorize(&self, page: &Page, person: &Person) -> String {
        let href = page.attr("[data-identity-provider]", "href").expect("the page leads to no provider");
        assert_eq!(page.header("refresh"), Some(format!("0; url={href}").as_str()));
        let url: Url = href.parse().unwrap();
        assert_eq!(format!("{}{}", url.origin().ascii_serialization(), url.path()), format!("{}/auth", self.issuer));
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((query["response_type"].as_str(), query["client_id"].as_str()), ("code", CLIENT_ID));
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"), "{}", query["scope"]);
        let redirect_url: Url = query["redirect_uri"].parse().unwrap();
        let code = self.with(|state| {
            state.grant_count += 1;
            let code = format!("code-{}", state.grant_count);
            let grant = Grant {
                nonce: query["nonce"].clone(),
                challenge: query["code_challenge"].clone(),
                redirect_url: redirect_url.to_string(),
                person: person.clone(),
            };
            state.grants.insert(code.clone(), grant);
            code
        });
        let answer = [("code", code.as_str()), ("state", query["state"].as_str()), ("iss", self.issuer.as_str())];
        let answer = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        format!("{}?{answer}", redirect_url.path())
    }

    /// The answer to a person who cancels.
    pub fn cancel(&self, page: &Page, error: &str) -> String {
        let answer = self.authorize(page, &ADA);
        let state = answer.split('&').find(|part| part.starts_with("state=")).unwrap();
        format!("{}?error={error}&{state}", answer.split('?').next().unwrap())
    }

    /// Logs in with the provider, in a browser that is on no particular page.
    pub async fn log_in(&self, browser: &Browser, person: &Person) -> Page {
        let page = browser.get("/login").await.form(&format!("Log in with {PROVIDER_NAME}")).submit().await;
        browser.get(&self.authorize(&page, person)).await
    }
}

impl TestShop {
    /// A shop where people can log in with the provider, and the browser of its owner.
    pub async fn with_identity_provider(provider: &FakeIdentityProvider) -> (TestShop, Browser) {
        let shop = TestShop::new().await;
        let owner = shop.log_in_as(tradepost::models::people::account::roles::Role::Owner).await;
        let page = add_identity_provider(&owner, provider).await;
        assert_eq!(page.path, "/admin/identity-providers", "{}", page.text("main"));
        (shop, owner)
    }
}

/// Fills in the form of a new provider.
pub async fn add_identity_provider(owner: &Browser, provider: &FakeIdentityProvider) -> Page {
    let form = owner.get("/admin/identity-providers/new").await.form("Save");
    let fields = [("name", PROVIDER_NAME), ("issuer", provider.issuer.as_str()), ("client_id", CLIENT_ID)];
    form.fill_all(&fields).fill("client_secret", CLIENT_SECRET).submit().await
}

fn signing_key(pem: &str) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(pem, Some(JsonWebKeyId::new("key-1".to_owned()))).unwrap()
}

async fn describe(state: Data<Shared>) -> HttpResponse {
    let state = state.lock().unwrap();
    if state.is_down {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let issuer = &state.issuer;
    HttpResponse::Ok().json(json!({
        "issuer": if state.is_renamed { "https://other.example" } else { issuer.as_str() },
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn list_keys() -> HttpResponse {
    HttpResponse::Ok().json(CoreJsonWebKeySet::new(vec![signing_key(OWN_KEY).as_verification_key()]))
}

async fn issue_token(state: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fault = state.lock().unwrap().fault;
    if fault == Some(Fault::Silent) {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let mut state = state.lock().unwrap();
    let refused = || HttpResponse::BadRequest().json(json!({ "error": "invalid_grant" }));
    let encoded: String = url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    let credentials = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{encoded}")));
    let authorization = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if authorization != Some(credentials.as_str()) {
        return HttpResponse::Unauthorized().json(json!({ "error": "invalid_client" }));
    }
    let Some(grant) = state.grants.remove(&form["code"]) else { return refused() };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    if challenge != grant.challenge || form["redirect_uri"] != grant.redirect_url || fault == Some(Fault::CodeRefused) {
        return refused();
    }
    state.person = Some(grant.person.clone());
    let mut answer = json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600 });
    if fault != Some(Fault::NoIdToken) {
        answer["id_token"] = Value::String(sign(&state, &grant, fault));
    }
    HttpResponse::Ok().json(answer)
}

fn sign(state: &State, grant: &Grant, fault: Option<Fault>) -> String {
    let or =
        |wrong: Fault, text: &str, other: &str| if fault == Some(wrong) { other.to_owned() } else { text.to_owned() };
    let now: DateTime<Utc> = DateTime::from_timestamp(NOW, 0).unwrap();
    let (issued, expires) = match fault {
        Some(Fault::Expired) => (now - TimeDelta::hours(2), now - TimeDelta::hours(1)),
        Some(Fault::IssuedInTheFuture) => (now + TimeDelta::hours(1), now + TimeDelta::hours(2)),
        _ => (now, now + TimeDelta::hours(1)),
    };
    let person = &grant.person;
    let mut claims = StandardClaims::new(SubjectIdentifier::new(person.subject.to_owned()));
    if !state.hides_email {
        claims = claims
            .set_email(Some(EndUserEmail::new(person.email.to_owned())))
            .set_email_verified(Some(person.is_email_verified))
            .set_name(Some(EndUserName::new(person.name.to_owned()).into()));
    }
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(or(Fault::WrongIssuer, &state.issuer, "https://other.example")).unwrap(),
        vec![Audience::new(or(Fault::WrongAudience, CLIENT_ID, "another shop"))],
        expires,
        issued,
        claims,
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(or(Fault::WrongNonce, &grant.nonce, "another nonce"))));
    let access_token = AccessToken::new(ACCESS_TOKEN.to_owned());
    match fault {
        Some(Fault::NoSignature) => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&json!({ "alg": "none" })), part(&serde_json::to_value(&claims).unwrap()))
        }
        Some(Fault::SharedSecret) => {
            let algorithm = CoreJwsSigningAlgorithm::HmacSha256;
            CoreIdToken::new(claims, &CoreHmacKey::new(CLIENT_SECRET), algorithm, None, None).unwrap().to_string()
        }
        _ => {
            let key = signing_key(if fault == Some(Fault::WrongKey) { OTHER_KEY } else { OWN_KEY });
            let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
            CoreIdToken::new(claims, &key, algorithm, Some(&access_token), None).unwrap().to_string()
        }
    }
}

async fn describe_person(state: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let authorization = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    assert_eq!(authorization, Some(format!("Bearer {ACCESS_TOKEN}").as_str()));
    let person = state.lock().unwrap().person.clone().unwrap();
    HttpResponse::Ok().json(json!({
        "sub": person.subject, "email": person.email, "email_verified": person.is_email_verified, "name": person.name,
    }))
}
