//! A site per test: database, folder, clock, randomness, mail and test cards.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::DirEntry;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::{Bytes, Data};
use diesel::prelude::*;
use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tradepost::adapters::erasure_file::ErasureFile;
use tradepost::adapters::identity_provider::IdentityClient;
use tradepost::adapters::mail::{Mailer, OutgoingEmail};
use tradepost::adapters::payments::Providers;
use tradepost::adapters::payments::test::TestProvider;
use tradepost::adapters::pictures::PictureStore;
use tradepost::adapters::vies::{VatRecord, VatRegister};
use tradepost::app::{App, HashQueue};
use tradepost::config::test_payments::TestPayments;
use tradepost::db::{Conn, Database, Tx, WriteContext};
use tradepost::error::Result;
use tradepost::http::form::UploadFolder;
use tradepost::http::page_cache::PageCache;
use tradepost::http::site_cache::SiteCache;
use tradepost::jobs::{event_handler, worker};
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::shipping_method;
use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::checkout::tax_rate;
use tradepost::models::checkout::tax_rate::TaxRate;
use tradepost::models::maintenance::audit;
use tradepost::models::maintenance::site::Site;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::email::Email;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::{JobKind, Queue, QueuedJob};
use tradepost::models::platform::setting::Settings;
use tradepost::schema::jobs;
use tradepost::support::bounded_semaphore::Permit;
use tradepost::support::clock::{Clock, Utc};
use tradepost::support::email_address::EmailAddress;
use tradepost::support::ids::AccountId;
use tradepost::support::token::{Random, RequestIds, SecretKey};
use tradepost::{paths, server};

use super::browser::Browser;
use super::database::TestDatabase;
use super::html::Page;
use super::stripe::FakeStripe;

/// Bytes of the page cache.
const PAGE_CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// How long a shop waits for an identity provider.
const IDENTITY_TIMEOUT: Duration = Duration::from_secs(2);

/// The base URL of a shop that only this machine can reach.
const LOOPBACK: &str = "http://127.0.0.1";
/// 2026-11-21T10:00:00Z.
const BEGIN: i64 = 1_795_255_200_000_000;
/// The password of all staff here.
pub const STAFF_PASSWORD: &str = "violet kettle seven harbour";

pub type ResponseFuture = Pin<Box<dyn Future<Output = ServiceResponse<BoxBody>>>>;
pub type Service = Rc<dyn Fn(TestRequest) -> ResponseFuture>;

pub struct TestShop {
    pub app: Data<App>,
    pub database: TestDatabase,
    pub sent_emails: Arc<Mutex<Vec<OutgoingEmail>>>,
    service: Service,
    uploads: Data<UploadFolder>,
    /// Public pages that were opened.
    visited: Rc<RefCell<BTreeSet<String>>>,
    _folder: TempDir,
}

/// All places of the queue for checking passwords of the public.
pub struct FilledHashQueue {
    working: Vec<Permit>,
    waiting: Vec<JoinHandle<Result<()>>>,
}

impl FilledHashQueue {
    /// Gives the places back, and asserts that those that waited got theirs.
    pub async fn release(self) {
        drop(self.working);
        for place in self.waiting {
            place.await.unwrap().unwrap();
        }
    }
}

impl TestShop {
    /// A German shop that is open: prices in euros with tax, parcels for 5 €.
    pub async fn new() -> TestShop {
        TestShop::before_setup().await.open().await
    }

    /// As [`TestShop::new`], with a fake Stripe.
    pub async fn with_stripe(stripe: &FakeStripe) -> TestShop {
        TestShop::build(LOOPBACK, Some(stripe), true, None).await.open().await
    }

    /// A German shop without payment methods.
    pub async fn without_payments() -> TestShop {
        let shop = TestShop::build(LOOPBACK, None, false, None).await.open().await;
        shop.update_settings(|settings| settings.bank_account.clear()).await;
        shop
    }

    /// As [`TestShop::new`], with an SMTP server.
    pub async fn with_mail_server(mailer: Mailer) -> TestShop {
        TestShop::build(LOOPBACK, None, true, Some(mailer)).await.open().await
    }

    async fn open(self) -> TestShop {
        let shop = self;
        shop.write(|tx| {
            let settings = Settings {
                is_set_up: true,
                site_name: "Kestrel".to_owned(),
                contact_email: "hello@kestrel.example".to_owned(),
                bank_account: "IBAN: DE02 1203 0000 0000 2020 51\nBIC: BYLADEM1001".to_owned(),
                ..Settings::default()
            };
            tax_rate::create_defaults(tx, "DE", settings.locale)?;
            shipping_method::create_defaults(tx, "DE", settings.currency, settings.locale)?;
            settings.save(tx)
        })
        .await;
        shop
    }

    /// A site as it is before anybody has set it up.
    pub async fn before_setup() -> TestShop {
        TestShop::build(LOOPBACK, None, true, None).await
    }

    /// As [`TestShop::new`], at an address that others can reach.
    pub async fn at_public_address() -> TestShop {
        TestShop::build("http://shop.example", None, true, None).await.open().await
    }

    /// As [`TestShop::at_public_address`], over https.
    pub async fn at_https_address() -> TestShop {
        TestShop::build("https://shop.example", None, true, None).await.open().await
    }

    async fn build(base_url: &str, stripe: Option<&FakeStripe>, test_cards: bool, mailer: Option<Mailer>) -> TestShop {
        let database = TestDatabase::new();
        let folder = TempDir::new().unwrap();
        let (media, uploads) = (folder.path().join("media"), folder.path().join("tmp"));
        std::fs::create_dir_all(&media).unwrap();
        std::fs::create_dir_all(&uploads).unwrap();
        let means = WriteContext {
            clock: Clock::fixed(Utc::from_micros(BEGIN)),
            random: Random::seeded(7),
            secret_key: SecretKey::new([7; 32]),
            event_handler: event_handler::handle_event,
        };
        let db = Database::open(&database.url, 8, means).unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let app = Data::new(App {
            erasure_file: ErasureFile::new(folder.path().join("erasures.jsonl")),
            pictures: PictureStore::new(media, env!("CARGO_BIN_EXE_tradepost").into()),
            mailer: mailer.unwrap_or_else(|| Mailer::Memory(sent.clone())),
            payments: Providers {
                test: test_cards.then(|| TestProvider::new(db.clone())),
                stripe: stripe.map(FakeStripe::client),
            },
            identity_client: IdentityClient::new(&base_url.parse().unwrap(), IDENTITY_TIMEOUT).unwrap(),
            vat_register: VatRegister::Fake(Arc::default()),
            base_url: base_url.parse().unwrap(),
            trusted_proxies: Vec::new(),
            test_payments: TestPayments::On,
            is_local: base_url == LOOPBACK,
            is_stopping: false.into(),
            hash_limiter: App::new_hash_limiter(),
            rate_limits: Arc::default(),
            render_limiter: Default::default(),
            request_ids: RequestIds::new(&Random::seeded(7)).unwrap(),
            db,
        });
        let uploads = Data::new(UploadFolder::new(uploads));
        let visited: Rc<RefCell<BTreeSet<String>>> = Rc::default();
        let seen = visited.clone();
        let service = start(&app, &uploads, move |address| {
            seen.borrow_mut().insert(address.to_owned());
        })
        .await;
        TestShop { app, database, sent_emails: sent, service, uploads, visited, _folder: folder }
    }

    /// Issues a key for the setup page.
    pub async fn issue_setup_key(&self) -> String {
        self.write(Site::issue_setup_key).await.expect("the site has an owner")
    }

    /// Changes the settings.
    pub async fn update_settings(&self, change: impl Fn(&mut Settings) + Send + 'static) {
        self.write(move |tx| {
            let mut settings = Settings::load(tx.conn())?;
            change(&mut settings);
            settings.save(tx)
        })
        .await;
    }

    /// Sets the price of the shipping method.
    pub async fn set_shipping_price(&self, minor: i64) {
        self.write(move |tx| {
            for mut method in ShippingMethod::all(tx.conn())? {
                method.price_minor = minor;
                method.save(tx, &[])?;
            }
            Ok(())
        })
        .await;
    }

    /// Ships to all countries.
    pub async fn ship_worldwide(&self) {
        self.write(|tx| {
            let everywhere = ShippingMethod::all(tx.conn())?.remove(0);
            ShippingMethod { countries: "*".to_owned(), ..everywhere }.save(tx, &[])
        })
        .await;
    }

    /// Sets the standard and reduced tax rates of the shop's country, in parts per million.
    pub async fn set_tax_rates(&self, standard: i64, reduced: i64) {
        self.write(move |tx| {
            for mut rate in TaxRate::all(tx.conn())? {
                rate.rate_ppm = if rate.tax_class == TaxClass::Standard { standard } else { reduced };
                rate.save(tx)?;
            }
            Ok(())
        })
        .await;
    }

    /// The same site in a second instance, which learns of changes from the database only. Its cached pages follow them
    /// on PostgreSQL only.
    pub async fn start_second_instance(&self) -> Service {
        let here = &self.app;
        let db = Database::open(&self.database.url, 8, here.db.context().clone()).unwrap();
        let app = Data::new(App {
            erasure_file: ErasureFile::new(self.erasure_file()),
            pictures: PictureStore::new(self._folder.path().join("media"), env!("CARGO_BIN_EXE_tradepost").into()),
            mailer: Mailer::Memory(self.sent_emails.clone()),
            payments: Providers { test: Some(TestProvider::new(db.clone())), stripe: None },
            identity_client: here.identity_client.clone(),
            vat_register: VatRegister::Off,
            base_url: here.base_url.clone(),
            trusted_proxies: Vec::new(),
            test_payments: TestPayments::On,
            is_local: true,
            is_stopping: false.into(),
            hash_limiter: App::new_hash_limiter(),
            rate_limits: Arc::default(),
            render_limiter: Default::default(),
            request_ids: RequestIds::new(&Random::seeded(7)).unwrap(),
            db,
        });
        start(&app, &self.uploads, |_| ()).await
    }

    /// Sets what the VAT register returns for a number.
    pub fn set_vat_record(&self, number: &str, is_valid: bool, name: &str) {
        let VatRegister::Fake(records) = &self.app.vat_register else { panic!("no stand-in") };
        records.lock().unwrap().insert(number.to_owned(), VatRecord { is_valid, name: name.to_owned() });
    }

    /// The same site without the page cache.
    pub async fn uncached_service(&self) -> Service {
        let pages = Data::new(PageCache::new(server::cookie_key(&self.app), PAGE_CACHE_BYTES));
        let site = start_with(&self.app, &self.uploads, pages.clone(), |_| ()).await;
        Rc::new(move |request| {
            pages.clear();
            site(request)
        })
    }

    /// The site's HTTP service.
    pub fn service(&self) -> Service {
        self.service.clone()
    }

    /// A browser without cookies.
    pub fn visitor(&self) -> Browser {
        match self.app.base_url.host_str() {
            Some("shop.example") => Browser::new(self.service.clone()).with_host("shop.example"),
            _ => Browser::new(self.service.clone()),
        }
    }

    /// A browser logged in as a new account with a role.
    pub async fn log_in_as(&self, role: Role) -> Browser {
        let email = format!("{}@kestrel.example", role.as_str());
        self.create_account(&email, role).await;
        let browser = self.visitor();
        let page = browser.log_in(&email, STAFF_PASSWORD).await;
        assert_eq!(page.status, 200, "{email} cannot log in: {}", page.text("main"));
        browser
    }

    /// An account whose password is [`PASSWORD`].
    pub async fn create_account(&self, email: &str, role: Role) -> AccountId {
        let hash = self.app.hash_new_password(STAFF_PASSWORD.to_owned(), 12, Vec::new()).await.unwrap();
        let (address, name) = (EmailAddress::parse(email).unwrap(), format!("The {}", role.as_str().replace('_', " ")));
        self.write(move |tx| Account::create(tx, &address, &name, &hash, role, &Actor::CommandLine)).await
    }

    pub async fn write<T: Send + 'static>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static) -> T {
        self.app.db.write(work).await.unwrap()
    }

    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> T {
        self.app.db.read(work).await.unwrap()
    }

    /// Takes all places of the queue for checking passwords of the public.
    pub async fn fill_hash_queue(&self) -> FilledHashQueue {
        let mut working = Vec::new();
        for _ in 0..2 {
            working.push(self.app.hash_limiter.acquire(HashQueue::Public).await.unwrap());
        }
        let wait = || {
            let app = self.app.clone();
            actix_web::rt::spawn(async move { app.hash_limiter.acquire(HashQueue::Public).await.map(drop) })
        };
        let waiting = (0..32).map(|_| wait()).collect();
        tokio::task::yield_now().await;
        FilledHashQueue { working, waiting }
    }

    /// Advances the clock.
    pub fn advance_clock(&self, span: SignedDuration) {
        self.app.clock().advance(span);
    }

    /// Runs all due jobs, and those they enqueue.
    pub async fn run_jobs(&self) {
        let next = async |queue| worker::run_next(&self.app, queue).await.unwrap();
        let mut some_ran = true;
        while some_ran {
            some_ran = false;
            for queue in Queue::ALL {
                while next(*queue).await {
                    some_ran = true;
                }
            }
        }
    }

    /// Deletes the jobs that resize pictures, which take minutes for the sample shop. Returns
    /// how many there were.
    pub async fn discard_picture_jobs(&self) -> usize {
        let of_pictures = jobs::table.filter(jobs::kind.eq(JobKind::ResizePicture.as_str()));
        self.write(move |tx| Ok(diesel::delete(of_pictures).execute(tx.conn())?)).await
    }

    /// The files of all pictures: name, bytes and when each was written, in order.
    pub fn picture_files(&self) -> Vec<(String, u64, SystemTime)> {
        let file = |entry: std::io::Result<DirEntry>| {
            let (entry, about) = entry.and_then(|entry| entry.metadata().map(|about| (entry, about))).unwrap();
            (entry.file_name().into_string().unwrap(), about.len(), about.modified().unwrap())
        };
        let mut files: Vec<_> = std::fs::read_dir(self.picture_folder()).unwrap().map(file).collect();
        files.sort();
        files
    }

    pub fn upload_folder(&self) -> PathBuf {
        self._folder.path().join("tmp")
    }

    pub fn erasure_file(&self) -> PathBuf {
        self._folder.path().join("erasures.jsonl")
    }

    pub fn picture_folder(&self) -> PathBuf {
        self._folder.path().join("media")
    }

    /// Runs the audit, and checks cached pages.
    pub async fn assert_audit_passes(&self) {
        let report = self.read(audit::run).await;
        assert_eq!(report.violations, Vec::<String>::new());
        self.assert_cached_pages_fresh().await;
    }

    /// Compares every public page that was opened with a fresh one.
    pub async fn assert_cached_pages_fresh(&self) {
        let fresh = start(&self.app, &self.uploads, |_| ()).await;
        let visited = self.visited.borrow().clone();
        for address in visited {
            let ask = || TestRequest::get().uri(&address).insert_header(("host", "127.0.0.1"));
            let cached = (self.service)(ask()).await;
            let fresh_page = fresh(ask()).await;
            assert_eq!(cached.status(), fresh_page.status(), "{address}");
            let is_error = !fresh_page.status().is_success();
            let (cached, fresh_page) = (to_bytes(cached.into_body()).await, to_bytes(fresh_page.into_body()).await);
            let text = |body: Result<Bytes, _>| String::from_utf8(body.ok().unwrap().to_vec()).unwrap();
            let (cached, fresh_page) = (text(cached), text(fresh_page));
            // The page of an error carries the request's id.
            assert!(cached == fresh_page || is_error, "{address} is not what it was kept as:\n{cached}\n{fresh_page}");
        }
    }

    /// The order number on an order page.
    pub fn order_number(page: &Page) -> String {
        page.attr("[data-order-number]", "data-order-number").expect("the page has no order number")
    }
}

/// A service with an empty page cache; reports each public page that is opened.
async fn start(app: &Data<App>, uploads: &Data<UploadFolder>, on_public_page: impl Fn(&str) + 'static) -> Service {
    let pages = Data::new(PageCache::new(server::cookie_key(app), PAGE_CACHE_BYTES));
    start_with(app, uploads, pages, on_public_page).await
}

async fn start_with(
    app: &Data<App>,
    uploads: &Data<UploadFolder>,
    pages: Data<PageCache>,
    on_public_page: impl Fn(&str) + 'static,
) -> Service {
    let last_site = Data::new(SiteCache::default());
    let site = init_service(tradepost::actix_app!(app.clone(), last_site, pages, uploads.clone())).await;
    let site = Rc::new(site);
    Rc::new(move |request: TestRequest| {
        let (site, request) = (site.clone(), request.to_request());
        if *request.method() == Method::GET && paths::is_cacheable(request.path()) {
            on_public_page(&request.uri().to_string());
        }
        Box::pin(async move {
            match try_call_service(&*site, request).await {
                Ok(response) => response,
                // As actix does with an error.
                Err(error) => ServiceResponse::new(TestRequest::default().to_http_request(), error.error_response()),
            }
        })
    })
}

impl Drop for TestShop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut left = QueuedJob::list_unfinished(&mut self.database.connect(), self.app.clock().now()).unwrap();
        // A test that logs in with another browser need not read the notice of it.
        left.retain(|job| job.kind != JobKind::AccountNoticeEmail.as_str());
        assert!(left.is_empty(), "jobs are left over: {left:#?}");
        let undelivered = Email::list_undelivered(&mut self.database.connect()).unwrap();
        assert!(undelivered.is_empty(), "undelivered emails are left over: {undelivered:#?}");
    }
}
