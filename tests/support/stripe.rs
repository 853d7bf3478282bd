//! What stands in for Stripe: the seven calls the shop makes, with Stripe's rules for keys, states and signatures, and
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

/// Money that went back: of which payment, how much, with which mark of ours, and whether it arrives.
#[derive(Clone)]
struct Refunded {
    intent: String,
    amount: i64,
    metadata: Value,
    status: &'static str,
}

impl Refunded {
    /// What failed is still there.
    fn went(&self) -> i64 {
        if self.status == "failed" { 0 } else { self.amount }
    }
}

/// A page as the harness sees it.
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
    refunds: BTreeMap<String, Refunded>,
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

    /// The newest page to pay on.
    pub fn latest_session(&self) -> String {
        self.with(|state| state.sessions.keys().next_back().unwrap().clone())
    }

    /// What a page asks for, in Stripe's units.
    pub fn session_amount(&self, session: &str) -> i64 {
        self.with(|state| state.sessions[session].amount)
    }

    /// How many pages there are.
    pub fn session_count(&self) -> usize {
        self.with(|state| state.sessions.len())
    }

    /// A buyer pays on a page.
    pub fn pay(&self, session: &str) {
        let amount = self.with(|state| state.sessions[session].amount);
        self.pay_amount(session, amount);
    }

    /// A buyer pays another amount than asked for, which Stripe itself never lets happen.
    pub fn pay_amount(&self, session: &str, amount: i64) {
        self.with(|state| {
            let session_state = state.sessions.get_mut(session).unwrap();
            assert_eq!(session_state.status, "open", "nobody can pay on a closed page");
            session_state.status = "complete".to_owned();
            session_state.intent = Some("succeeded".to_owned());
            session_state.received = amount;
        });
    }

    /// The buyer's bank takes its time.
    pub fn pay_delayed(&self, session: &str) {
        self.with(|state| {
            let session = state.sessions.get_mut(session).unwrap();
            session.status = "complete".to_owned();
            session.intent = Some("processing".to_owned());
        });
    }

    /// The bank says yes or no after all.
    pub fn settle_delayed(&self, session: &str, yes: bool) {
        self.with(|state| {
            let session = state.sessions.get_mut(session).unwrap();
            // Stripe takes a payment that failed back to its beginning, though its page stays complete.
            session.intent = Some(if yes { "succeeded" } else { "requires_payment_method" }.to_owned());
            session.received = if yes { session.amount } else { 0 };
        });
    }

    /// The buyer's bank takes the money back, or the shop wins it again.
    pub fn set_dispute_status(&self, session: &str, status: &'static str) {
        self.with(|state| state.sessions.get_mut(session).unwrap().disputed = Some(status));
    }

    /// The work of so many calls to come is done and their answers are lost.
    pub fn drop_responses(&self, count: u32) {
        self.with(|state| state.lose_answers = count);
    }

    /// From now on, or no longer: every fifth call does its work and loses its answer, every seventh does nothing.
    pub fn set_unreliable(&self, bad: bool) {
        self.with(|state| state.bad_weather = bad);
    }

    /// From now on keys mean nothing: as if the shop took a new one for each call.
    pub fn ignore_idempotency_keys(&self) {
        self.with(|state| state.forgets_keys = true);
    }

    /// From now on pages that the shop closes can be paid on all the same: as if it had not closed them.
    pub fn ignore_session_expiry(&self) {
        self.with(|state| state.leaves_pages_open = true);
    }

    /// From now on lists have as many rows as Stripe’s have.
    pub fn use_full_page_size(&self) {
        self.with(|state| state.long_lists = true);
    }

    /// All pages: name, our attempt, where the buyer goes afterwards, what came.
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

    /// Pays if the page is open; whether it was.
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

    /// Where it listens.
    pub fn base_url(&self) -> &str {
        &self.address
    }

    /// What a message is signed with, now.
    pub fn sign_event(event: &str, time: i64, secret: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.{event}").as_bytes());
        let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={time},v1={signature}")
    }

    /// Refunds are refused from now on, or no longer.
    pub fn refuse_refunds(&self, refuse: bool) {
        self.with(|state| state.refuse_refunds = refuse);
    }

    /// What was paid back: payment and amount.
    pub fn refunds(&self) -> Vec<(String, i64)> {
        self.with(|state| state.refunds.values().map(|back| (back.intent.clone(), back.amount)).collect())
    }

    /// Refunds are made with this status from now on.
    pub fn set_new_refund_status(&self, status: &'static str) {
        self.with(|state| state.refund_status = Some(status));
    }

    /// All refunds have this status now: money does not always arrive.
    pub fn set_all_refund_statuses(&self, status: &'static str) {
        self.with(|state| state.refunds.values_mut().for_each(|back| back.status = status));
    }

    /// Somebody pays back on Stripe's own pages.
    pub fn refund_in_dashboard(&self, session: &str, amount: i64) {
        self.with(|state| {
            let id = format!("re_{:04}", state.refunds.len() + 1);
            let intent = format!("pi_{session}");
            state.refunds.insert(id, Refunded { intent, amount, metadata: Value::Null, status: "succeeded" });
        });
    }

    /// A page asks for another currency, which Stripe itself never lets happen.
    pub fn set_session_currency(&self, session: &str, currency: &str) {
        self.with(|state| state.sessions.get_mut(session).unwrap().currency = currency.to_owned());
    }

    /// A message about a page, as Stripe would write it.
    pub fn session_event(&self, kind: &str, session: &str) -> String {
        self.with(|state| {
            state.events += 1;
            let mut object = shown(state, session);
            object["payment_intent"] = json!(format!("pi_{session}"));
            let object = match kind.split('.').next() {
                Some("checkout") => object,
                _ => json!({"id": format!("ch_{session}"), "object": "charge", "payment_intent": format!("pi_{session}")}),
            };
            json!({"id": format!("evt_{}", state.events), "type": kind, "data": {"object": object}}).to_string()
        })
    }

    /// A message that a card was declined on a page: another card each time.
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

    /// Sends a message to the shop, signed so many seconds ago.
    pub async fn deliver_event(&self, shop: &TestShop, event: &str, age: i64) -> Page {
        self.deliver_event_signed_with(shop, event, age, WEBHOOK_SECRET).await
    }

    /// Sends a message signed with another secret.
    pub async fn deliver_event_signed_with(&self, shop: &TestShop, event: &str, age: i64, secret: &str) -> Page {
        let time = shop.app.clock().now().seconds() - age;
        let signature = FakeStripe::sign_event(event, time, secret);
        let stripe: Browser = shop.visitor();
        stripe
            .send(Method::POST, "/webhooks/stripe", &[("stripe-signature", &signature)], event.as_bytes().to_vec())
            .await
    }
}

fn refund_shown(id: &str, back: &Refunded) -> Value {
    let why = (back.status == "failed").then_some("lost_or_stolen_card");
    json!({
        "id": id, "object": "refund", "amount": back.amount, "payment_intent": back.intent, "status": back.status,
        "failure_reason": why, "metadata": back.metadata,
    })
}

/// The newest first, ten of them unless as many as Stripe gives are wanted.
fn refunds_shown(state: &State, intent: &str, most: usize) -> Value {
    let mine = state.refunds.iter().rev().filter(|(_, back)| back.intent == intent);
    let mut data: Vec<Value> = mine.map(|(id, back)| refund_shown(id, back)).collect();
    let has_more = data.len() > most;
    data.truncate(most);
    json!({"object": "list", "data": data, "has_more": has_more})
}

fn shown(state: &State, id: &str) -> Value {
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
                "refunds": refunds_shown(state, &format!("pi_{id}"), 10)},
        })
    });
    let url = (session.status == "open").then(|| format!("https://checkout.stripe.com/c/pay/{id}"));
    json!({
        "id": id, "object": "checkout.session", "status": session.status, "url": url,
        "metadata": {"attempt": session.attempt}, "client_reference_id": session.attempt, "payment_intent": intent, "success_url": session.success_url,
    })
}

/// Answers, or loses the answer; a key used again gives the first answer, and other parameters with it an error.
fn answer(shared: &Shared, request: &HttpRequest, body: &str, work: impl FnOnce(&mut State) -> Value) -> HttpResponse {
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

fn fields(body: &Bytes) -> (String, BTreeMap<String, String>) {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let fields = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    (text, fields)
}

async fn create(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (text, fields) = fields(&body);
    answer(&shared, &request, &text, |state| {
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
        shown(state, &id)
    })
}

async fn show(shared: Data<Shared>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    answer(&shared, &request, "", |state| match state.sessions.contains_key(id.as_str()) {
        true => shown(state, &id),
        false => json!({"error": {"message": "No such checkout session"}}),
    })
}

/// Two a page, so that the shop has to turn pages; unless as many as Stripe gives are wanted.
async fn list(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    answer(&shared, &request, "", |state| {
        let after = query.get("starting_after").cloned().unwrap_or_default();
        let paid = state.sessions.iter().filter(|(id, session)| session.status == "complete" && **id > after);
        let mut data: Vec<Value> = paid.map(|(id, _)| shown(state, id)).collect();
        let most = if state.long_lists { 100 } else { 2 };
        let has_more = data.len() > most;
        data.truncate(most);
        json!({"object": "list", "data": data, "has_more": has_more})
    })
}

async fn expire(shared: Data<Shared>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    answer(&shared, &request, "", |state| match state.sessions.get_mut(id.as_str()) {
        Some(session) if session.status == "open" => {
            session.status = "expired".to_owned();
            shown(state, &id)
        }
        _ => json!({"error": {"message": "Only Checkout Sessions with a status in [\"open\"] can be expired."}}),
    })
}

async fn refund(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (text, fields) = fields(&body);
    answer(&shared, &request, &text, |state| {
        let intent = fields["payment_intent"].clone();
        let amount: i64 = fields["amount"].parse().unwrap();
        let taken = state.sessions.get(intent.trim_start_matches("pi_")).map_or(0, |session| session.received);
        let own = state.refunds.values().filter(|back| back.intent == intent);
        let back: i64 = own.map(Refunded::went).sum();
        if state.refuse_refunds || back + amount > taken {
            return json!({"error": {"message": "Refund amount is greater than unrefunded amount on charge."}});
        }
        let id = format!("re_{:04}", state.refunds.len() + 1);
        let status = state.refund_status.unwrap_or("succeeded");
        let metadata = json!({"repayment": fields.get("metadata[repayment]")});
        state.refunds.insert(id.clone(), Refunded { intent, amount, metadata, status });
        refund_shown(&id, &state.refunds[&id])
    })
}

/// The refunds of a payment.
async fn list_refunds(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    answer(&shared, &request, "", |state| refunds_shown(state, &query["payment_intent"], 100))
}
