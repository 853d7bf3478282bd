//! A fake Stripe: the seven API calls of the shop, with Stripe's rules for keys, states and signatures, and
//! switches for what goes wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tradepost::adapters::payments::stripe::Stripe;
use tradepost::config::StripeConfig;

use super::{Browser, Page, TestShop};

pub const WEBHOOK_SECRET: &str = "whsec_stand_in";

#[derive(Clone, Default)]
struct Session {
    attempt: String,
    amount: i64,
    currency: String,
    success_url: String,
    status: String,
    intent: Option<String>,
    received: i64,
    disputed: Option<&'static str>,
}

/// A refund: payment, amount, our metadata, and status.
#[derive(Clone)]
struct StripeRefund {
    intent: String,
    amount: i64,
    metadata: Value,
    status: &'static str,
}

impl StripeRefund {
    /// The refunded amount; 0 if it failed.
    fn effective_amount(&self) -> i64 {
        if self.status == "failed" { 0 } else { self.amount }
    }
}

/// A checkout session, for assertions.
#[derive(Clone)]
pub struct SessionInfo {
    pub id: String,
    pub attempt_id: String,
    pub success_url: String,
    pub amount_received: i64,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<String, Session>,
    refunds: BTreeMap<String, StripeRefund>,
    refund_status: Option<&'static str>,
    by_key: BTreeMap<String, (String, Value)>,
    lose_answers: u32,
    calls: u32,
    bad_weather: bool,
    forgets_keys: bool,
    refuse_refunds: bool,
    leaves_pages_open: bool,
    long_lists: bool,
    events: u32,
}

/// A server on this machine that behaves as Stripe does.
pub struct FakeStripe {
    address: String,
    state: Data<Shared>,
}

type Shared = Arc<Mutex<State>>;

impl FakeStripe {
    pub fn start() -> FakeStripe {
        let state: Data<Shared> = Data::new(Arc::new(Mutex::new(State::default())));
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/v1/checkout/sessions", web::post().to(create))
                .route("/v1/checkout/sessions", web::get().to(list))
                .route("/v1/checkout/sessions/{id}", web::get().to(show))
                .route("/v1/checkout/sessions/{id}/expire", web::post().to(expire))
                .route("/v1/refunds", web::post().to(refund))
                .route("/v1/refunds", web::get().to(list_refunds))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let address = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        FakeStripe { address, state }
    }

    /// The shop's client for it.
    pub fn client(&self) -> Stripe {
        Stripe::new(StripeConfig {
            secret_key: "sk_test_stand_in".to_owned(),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            api_base: self.address.parse().unwrap(),
        })
        .unwrap()
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    /// The id of the newest session.
    pub fn latest_session(&self) -> String {
        self.with(|state| state.sessions.keys().next_back().unwrap().clone())
    }

    /// The amount of a session, in Stripe's units.
    pub fn session_amount(&self, session: &str) -> i64 {
        self.with(|state| state.sessions[session].amount)
    }

    /// The number of sessions.
    pub fn session_count(&self) -> usize {
        self.with(|state| state.sessions.len())
    }

    /// Pays a session.
    pub fn pay(&self, session: &str) {
        let amount = self.with(|state| state.sessions[session].amount);
        self.pay_amount(session, amount);
    }

    /// Pays another amount, which the real Stripe does not allow.
    pub fn pay_amount(&self, session: &str, amount: i64) {
        self.with(|state| {
            let session_state = state.sessions.get_mut(session).unwrap();
            assert_eq!(session_state.status, "open", "nobody can pay on a closed page");
            session_state.status = "complete".to_owned();
            session_state.intent = Some("succeeded".to_owned());
            session_state.received = amount;
        });
    }

    /// Pays by a delayed method.
    pub fn pay_delayed(&self, session: &str) {
        self.with(|state| {
            let session = state.sessions.get_mut(session).unwrap();
            session.status = "complete".to_owned();
            session.intent = Some("processing".to_owned());
        });
    }

    /// Settles a delayed payment.
    pub fn settle_delayed(&self, session: &str, yes: bool) {
        self.with(|state| {
            let session = state.sessions.get_mut(session).unwrap();
            // Stripe resets a failed PaymentIntent, although its session stays complete.
            session.intent = Some(if yes { "succeeded" } else { "requires_payment_method" }.to_owned());
            session.received = if yes { session.amount } else { 0 };
        });
    }

    /// Sets the status of a dispute.
    pub fn set_dispute_status(&self, session: &str, status: &'static str) {
        self.with(|state| state.sessions.get_mut(session).unwrap().disputed = Some(status));
    }

    /// Processes the next calls but drops their responses.
    pub fn drop_responses(&self, count: u32) {
        self.with(|state| state.lose_answers = count);
    }

    /// Drops every fifth response and every seventh request, or stops doing so.
    pub fn set_unreliable(&self, bad: bool) {
        self.with(|state| state.bad_weather = bad);
    }

    /// Ignores idempotency keys.
    pub fn ignore_idempotency_keys(&self) {
        self.with(|state| state.forgets_keys = true);
    }

    /// Lets expired sessions be paid.
    pub fn ignore_session_expiry(&self) {
        self.with(|state| state.leaves_pages_open = true);
    }

    /// Uses Stripe's page size for lists, instead of two rows.
    pub fn use_full_page_size(&self) {
        self.with(|state| state.long_lists = true);
    }

    /// All sessions: id, our attempt, return URL, and amount received.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.with(|state| {
            let seen = |(id, session): (&String, &Session)| SessionInfo {
                id: id.clone(),
                attempt_id: session.attempt.clone(),
                success_url: session.success_url.clone(),
                amount_received: session.received,
            };
            state.sessions.iter().map(seen).collect()
        })
    }

    /// Pays a session if it is open; returns whether it was.
    pub fn try_pay(&self, session: &str) -> bool {
        let leaves_open = self.with(|state| state.leaves_pages_open);
        self.with(|state| match state.sessions.get_mut(session) {
            Some(session) if session.status == "open" || (leaves_open && session.status == "expired") => {
                session.status = "complete".to_owned();
                session.intent = Some("succeeded".to_owned());
                session.received = session.amount;
                true
            }
            _ => false,
        })
    }

    /// The base URL.
    pub fn base_url(&self) -> &str {
        &self.address
    }

    /// The signature header of a webhook.
    pub fn sign_event(event: &str, time: i64, secret: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.{event}").as_bytes());
        let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={time},v1={signature}")
    }

    /// Refuses refunds, or stops doing so.
    pub fn refuse_refunds(&self, refuse: bool) {
        self.with(|state| state.refuse_refunds = refuse);
    }

    /// All refunds: payment and amount.
    pub fn refunds(&self) -> Vec<(String, i64)> {
        self.with(|state| state.refunds.values().map(|refund| (refund.intent.clone(), refund.amount)).collect())
    }

    /// Sets the status of new refunds.
    pub fn set_new_refund_status(&self, status: &'static str) {
        self.with(|state| state.refund_status = Some(status));
    }

    /// Sets the status of all refunds.
    pub fn set_all_refund_statuses(&self, status: &'static str) {
        self.with(|state| state.refunds.values_mut().for_each(|refund| refund.status = status));
    }

    /// Creates a refund in Stripe's dashboard.
    pub fn refund_in_dashboard(&self, session: &str, amount: i64) {
        self.with(|state| {
            let id = format!("re_{:04}", state.refunds.len() + 1);
            let intent = format!("pi_{session}");
            state.refunds.insert(id, StripeRefund { intent, amount, metadata: Value::Null, status: "succeeded" });
        });
    }

    /// Changes the currency of a session, which the real Stripe does not allow.
    pub fn set_session_currency(&self, session: &str, currency: &str) {
        self.with(|state| state.sessions.get_mut(session).unwrap().currency = currency.to_owned());
    }

    /// A webhook event about a session.
    pub fn session_event(&self, kind: &str, session: &str) -> String {
        self.with(|state| {
            state.events += 1;
            let mut object = session_to_json(state, session);
            object["payment_intent"] = json!(format!("pi_{session}"));
            let object = match kind.split('.').next() {
                Some("checkout") => object,
                _ => json!({"id": format!("ch_{session}"), "object": "charge", "payment_intent": format!("pi_{session}")}),
            };
            json!({"id": format!("evt_{}", state.events), "type": kind, "data": {"object": object}}).to_string()
        })
    }

    /// A webhook event of a declined card, a new one each time.
    pub fn charge_failed_event(&self, session: &str) -> String {
        self.with(|state| {
            state.events += 1;
            let (event, charge) = (format!("evt_{}", state.events), format!("ch_{session}_{}", state.events));
            let metadata = json!({"attempt": state.sessions[session].attempt});
            let intent = format!("pi_{session}");
            let object = json!({"id": charge, "object": "charge", "payment_intent": intent, "metadata": metadata});
            json!({"id": event, "type": "charge.failed", "data": {"object": object}}).to_string()
        })
    }

    /// Delivers an event signed `age` seconds ago.
    pub async fn deliver_event(&self, shop: &TestShop, event: &str, age: i64) -> Page {
        self.deliver_event_signed_with(shop, event, age, WEBHOOK_SECRET).await
    }

    /// Delivers an event signed with another secret.
    pub async fn deliver_event_signed_with(&self, shop: &TestShop, event: &str, age: i64, secret: &str) -> Page {
        let time = shop.app.clock().now().seconds() - age;
        let signature = FakeStripe::sign_event(event, time, secret);
        let stripe: Browser = shop.visitor();
        stripe
            .send(Method::POST, "/webhooks/stripe", &[("stripe-signature", &signature)], event.as_bytes().to_vec())
            .await
    }
}

fn refund_to_json(id: &str, refund: &StripeRefund) -> Value {
    let failure_reason = (refund.status == "failed").then_some("lost_or_stolen_card");
    json!({
        "id": id, "object": "refund", "amount": refund.amount, "payment_intent": refund.intent, "status": refund.status,
        "failure_reason": failure_reason, "metadata": refund.metadata,
    })
}

/// The newest first, at most `most`.
fn refunds_to_json(state: &State, intent: &str, most: usize) -> Value {
    let refunds_of_intent = state.refunds.iter().rev().filter(|(_, refund)| refund.intent == intent);
    let mut data: Vec<Value> = refunds_of_intent.map(|(id, refund)| refund_to_json(id, refund)).collect();
    let has_more = data.len() > most;
    data.truncate(most);
    json!({"object": "list", "data": data, "has_more": has_more})
}

fn session_to_json(state: &State, id: &str) -> Value {
    let session = &state.sessions[id];
    let intent = session.intent.as_ref().map(|status| {
        let dispute = session
            .disputed
            .map(|status| json!({"id": format!("dp_{id}"), "status": status, "amount": session.received}));
        json!({
            "id": format!("pi_{id}"), "object": "payment_intent", "status": status,
            "amount_received": session.received, "currency": session.currency,
            "latest_charge": {"id": format!("ch_{id}"), "amount": session.received,
                "disputed": session.disputed.is_some(), "dispute": dispute,
                "refunds": refunds_to_json(state, &format!("pi_{id}"), 10)},
        })
    });
    let url = (session.status == "open").then(|| format!("https://checkout.stripe.com/c/pay/{id}"));
    json!({
        "id": id, "object": "checkout.session", "status": session.status, "url": url,
        "metadata": {"attempt": session.attempt}, "client_reference_id": session.attempt, "payment_intent": intent, "success_url": session.success_url,
    })
}

/// Responds, or drops the response. A repeated key gives the first response, or an error with other parameters.
fn respond(shared: &Shared, request: &HttpRequest, body: &str, work: impl FnOnce(&mut State) -> Value) -> HttpResponse {
    assert!(request.headers().get("authorization").is_some_and(|header| header == "Bearer sk_test_stand_in"));
    let mut state = shared.lock().unwrap();
    state.calls += 1;
    if state.bad_weather && state.calls.is_multiple_of(7) {
        return HttpResponse::ServiceUnavailable().finish();
    }
    if state.bad_weather && state.calls.is_multiple_of(5) {
        state.lose_answers = 1;
    }
    let forgets = state.forgets_keys;
    let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap().to_owned()).filter(|_| !forgets);
    let known = key.as_ref().and_then(|key| state.by_key.get(key).cloned());
    let value = match known {
        Some((first, _)) if first != body => {
            json!({"error": {"type": "idempotency_error", "message": "Keys for idempotent requests can only be used with the same parameters they were first used with."}})
        }
        Some((_, value)) => value,
        None => {
            let value = work(&mut state);
            if let Some(key) = key {
                state.by_key.insert(key, (body.to_owned(), value.clone()));
            }
            value
        }
    };
    if state.lose_answers > 0 {
        state.lose_answers -= 1;
        return HttpResponse::BadGateway().json(json!({"error": {"message": "lost"}}));
    }
    if value.get("error").is_some() { HttpResponse::BadRequest().json(value) } else { HttpResponse::Ok().json(value) }
}

fn parse_form(body: &Bytes) -> (String, BTreeMap<String, String>) {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let fields = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    (text, fields)
}

async fn create(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (text, fields) = parse_form(&body);
    respond(&shared, &request, &text, |state| {
        let id = format!("cs_{:04}", state.sessions.len() + 1);
        let session = Session {
            attempt: fields["metadata[attempt]"].clone(),
            amount: fields["line_items[0][price_data][unit_amount]"].parse().unwrap(),
            currency: fields["line_items[0][price_data][currency]"].clone(),
            success_url: fields["success_url"].clone(),
            status: "open".to_owned(),
            ..Session::default()
        };
        state.sessions.insert(id.clone(), session);
        session_to_json(state, &id)
    })
}

async fn show(shared: Data<Shared>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    respond(&shared, &request, "", |state| match state.sessions.contains_key(id.as_str()) {
        true => session_to_json(state, &id),
        false => json!({"error": {"message": "No such checkout session"}}),
    })
}

/// Two rows per page, so that the shop has to page, unless the full page size is used.
async fn list(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    respond(&shared, &request, "", |state| {
        let after = query.get("starting_after").cloned().unwrap_or_default();
        let paid = state.sessions.iter().filter(|(id, session)| session.status == "complete" && **id > after);
        let mut data: Vec<Value> = paid.map(|(id, _)| session_to_json(state, id)).collect();
        let most = if state.long_lists { 100 } else { 2 };
        let has_more = data.len() > most;
        data.truncate(most);
        json!({"object": "list", "data": data, "has_more": has_more})
    })
}

async fn expire(shared: Data<Shared>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    respond(&shared, &request, "", |state| match state.sessions.get_mut(id.as_str()) {
        Some(session) if session.status == "open" => {
            session.status = "expired".to_owned();
            session_to_json(state, &id)
        }
        _ => json!({"error": {"message": "Only Checkout Sessions with a status in [\"open\"] can be expired."}}),
    })
}

async fn refund(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (text, fields) = parse_form(&body);
    respond(&shared, &request, &text, |state| {
        let intent = fields["payment_intent"].clone();
        let amount: i64 = fields["amount"].parse().unwrap();
        let taken = state.sessions.get(intent.trim_start_matches("pi_")).map_or(0, |session| session.received);
        let refunds_of_intent = state.refunds.values().filter(|refunded| refunded.intent == intent);
        let refunded: i64 = refunds_of_intent.map(StripeRefund::effective_amount).sum();
        if state.refuse_refunds || refunded + amount > taken {
            return json!({"error": {"message": "Refund amount is greater than unrefunded amount on charge."}});
        }
        let id = format!("re_{:04}", state.refunds.len() + 1);
        let status = state.refund_status.unwrap_or("succeeded");
        let metadata = json!({"repayment": fields.get("metadata[repayment]")});
        state.refunds.insert(id.clone(), StripeRefund { intent, amount, metadata, status });
        refund_to_json(&id, &state.refunds[&id])
    })
}

/// The refunds of a payment.
async fn list_refunds(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    respond(&shared, &request, "", |state| refunds_to_json(state, &query["payment_intent"], 100))
}
