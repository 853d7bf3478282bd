//! The sample shop, a coffee roaster, loaded through the same model functions that staff and buyers use.

use std::collections::HashMap;

use diesel::prelude::*;
use futures_util::future::try_join_all;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::edit::{OptionInput, ProductInput, VariantInput};
use crate::models::catalog::product::{Product, ProductStatus, TaxClass};
use crate::models::checkout::cart::Cart;
use crate::models::checkout::shipping_method::{ShippingMethod, TierBasis};
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::content::media::{Media, NewMedia};
use crate::models::content::post::drafts::DraftInput;
use crate::models::content::post::{Post, PostKind};
use crate::models::people::account::Member;
use crate::models::platform::event::Actor;
use crate::models::platform::job::QueuedJob;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::fulfilment::FulfilmentRequest;
use crate::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use crate::models::sales::order::{Address, BuyerNotes, Order};
use crate::models::sales::payment::{NewPaymentTransaction, ProviderName, TransactionKind};
use crate::models::sales::payment_method::CardOptions;
use crate::models::sales::payment_method::PaymentMethod;
use crate::paths;
use crate::schema::{products, variants};
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::markdown::{MarkdownText, PicturePolicy};
use crate::support::money::{Currency, Money, parse_percent};

static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/demo_files.rs"));

#[derive(Clone, Deserialize)]
struct PictureFile {
    file: String,
    alt: String,
    #[serde(default)]
    caption: String,
}

#[derive(Clone, Deserialize)]
struct Shop {
    site: Site,
    shipping: Vec<Shipping>,
    tax: Vec<Tax>,
    order: Vec<SampleOrder>,
}

#[derive(Clone, Deserialize)]
struct Site {
    business_address: String,
    vat_number: String,
    site_name: String,
    tagline: String,
    announcement: String,
    country: String,
    currency: String,
    time_zone: String,
    locale: Locale,
    accent: String,
    hero_title: String,
    hero_text: String,
    hero_picture: PictureFile,
    hero_action_label: String,
    story_title: String,
    story_text: String,
    story_picture: PictureFile,
    contact_email: String,
    bank_account: String,
    footer_note: String,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Countries {
    Some(Vec<String>),
    All(String),
}

#[derive(Clone, Deserialize)]
struct Shipping {
    name: String,
    countries: Countries,
    price: String,
    free_over: String,
    min_weight_grams: i64,
    max_weight_grams: i64,
    pickup: bool,
}

#[derive(Clone, Deserialize)]
struct Tax {
    country: String,
    region: String,
    tax_class: String,
    name: String,
    rate: String,
    applies_to_shipping: bool,
}

#[derive(Clone, Deserialize)]
struct SampleOrder {
    name: String,
    email: String,
    line1: String,
    postcode: String,
    city: String,
    country: String,
    shipping: String,
    payment: String,
    lines: Vec<SampleLine>,
    days_ago: i64,
    state: String,
    carrier: String,
    tracking_number: String,
    #[serde(flatten)]
    notes: BuyerNotes,
}

#[derive(Clone, Deserialize)]
struct SampleLine {
    sku: String,
    quantity: i64,
}

#[derive(Clone, Deserialize)]
struct CategoryList {
    category: Vec<SampleCategory>,
}

#[derive(Clone, Deserialize)]
struct SampleCategory {
    path: String,
    title: String,
    description: String,
}

#[derive(Clone, Deserialize)]
struct SampleProduct {
    title: String,
    slug: String,
    price: String,
    compare_at_price: String,
    sku: String,
    barcode: String,
    stock: i64,
    weight_grams: i64,
    tax_class: String,
    categories: Vec<String>,
    facts: Vec<(String, String)>,
    pictures: Vec<PictureFile>,
    featured: bool,
    #[serde(default)]
    gift_card: bool,
    published_days_ago: i64,
    #[serde(default)]
    options: Vec<SampleOption>,
    #[serde(default)]
    variants: Vec<SampleVariant>,
}

#[derive(Clone, Deserialize)]
struct SampleOption {
    name: String,
    values: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct SampleVariant {
    price: String,
    sku: String,
    stock: i64,
    weight_grams: i64,
}

#[derive(Clone, Deserialize)]
struct SamplePost {
    title: String,
    slug: String,
    excerpt: String,
    #[serde(default)]
    tags: Vec<String>,
    cover: Option<PictureFile>,
    #[serde(default)]
    published_days_ago: i64,
}

/// Loads the sample shop; `Conflict` when the shop is not empty.
pub async fn load(app: &App) -> Result<()> {
    if !app.db.read(is_empty).await? {
        return Err(Error::Conflict);
    }
    let pictures = store_pictures(app).await?;
    let written = app
        .db
        .write_unbounded(move |tx| if is_empty(tx.conn())? { write(tx, &pictures) } else { Err(Error::Conflict) });
    written.await
}

pub async fn load_if_empty(app: &App) -> Result<()> {
    match load(app).await {
        Err(Error::Conflict) => Ok(()),
        done => done,
    }
}

fn is_empty(conn: &mut Conn) -> Result<bool> {
    Ok(products::table.count().get_result::<i64>(conn)? == 0)
}

fn files(folder: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let start = format!("{folder}/");
    FILES.iter().copied().filter(move |(path, _)| path.starts_with(&start))
}

fn text(path: &str) -> Result<&'static str> {
    let found = FILES.iter().find(|(name, _)| *name == path).ok_or(Error::bug("a sample file is missing"))?;
    std::str::from_utf8(found.1).map_err(Error::internal)
}

fn parse_front_matter<T: serde::de::DeserializeOwned>(file: &[u8]) -> Result<(T, String)> {
    let text = std::str::from_utf8(file).map_err(Error::internal)?;
    let mut parts = text.trim_start().splitn(3, "+++");
    let (Some(_), Some(front), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Error::bug("a sample file has no front matter"));
    };
    Ok((toml::from_str(front).map_err(Error::internal)?, body.trim().to_owned()))
}

/// Stores the largest rendition of all pictures and returns them by file name. Workers make the other renditions.
async fn store_pictures(app: &App) -> Result<HashMap<String, NewMedia>> {
    let store = async |(path, bytes): (&'static str, &'static [u8])| {
        let stored = app.pictures.run_blocking(move |store| store.save(bytes.to_vec())).await?;
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let new = NewMedia {
            sha256: stored.sha256,
            width: stored.width,
            height: stored.height,
            byte_size: stored.bytes,
            file_name: name.clone(),
            alt_text: String::new(),
        };
        Ok((name, new))
    };
    try_join_all(files("pictures").map(store)).await.map(|stored| stored.into_iter().collect())
}

struct Library<'a> {
    pictures: &'a HashMap<String, NewMedia>,
}

impl Library<'_> {
    fn add(&self, tx: &mut Tx<'_>, picture: &PictureFile) -> Result<Media> {
        let new = self.pictures.get(&picture.file).ok_or(Error::bug("a sample picture is missing"))?;
        let media = Media::add(tx, new, &Actor::System)?;
        if !picture.alt.is_empty() {
            Media::set_metadata(tx, media.id, &picture.alt, &picture.caption, "Drawn for the sample shop, CC0")?;
        }
        Ok(media)
    }

    fn resolve(&self, tx: &mut Tx<'_>, body: &str) -> Result<String> {
        let mut body = body.to_owned();
        for name in self.pictures.keys() {
            let mark = format!("picture:{name}");
            if body.contains(&mark) {
                let picture = PictureFile { file: name.clone(), alt: String::new(), caption: String::new() };
                let media = self.add(tx, &picture)?;
                body = body.replace(&mark, &format!("media:{}", media.public_id));
            }
        }
        Ok(body)
    }
}

fn write(tx: &mut Tx<'_>, pictures: &HashMap<String, NewMedia>) -> Result<()> {
    let shop: Shop = toml::from_str(text("shop.toml")?).map_err(Error::internal)?;
    let library = Library { pictures };
    let now = tx.now();
    let ago = |days: i64| now.minus(SignedDuration::from_hours(24 * days));
    let settings = settings(tx, &library, &shop.site)?;
    let by = Member::system(&settings.site_name);
    shipping_and_taxes(tx, &shop, settings.currency)?;
    let categories: CategoryList = toml::from_str(text("categories.toml")?).map_err(Error::internal)?;
    for category in &categories.category {
        Category::create(tx, &category.path, &category.title, &category.description)?;
    }
    for (_, file) in files("products") {
        let (sample, body): (SampleProduct, String) = parse_front_matter(file)?;
        tx.set_now(ago(sample.published_days_ago));
        product(tx, &library, &sample, body, settings.currency, now)?;
    }
    for (folder, kind) in [("posts", PostKind::Post), ("pages", PostKind::Page)] {
        for (_, file) in files(folder) {
            let (sample, body): (SamplePost, String) = parse_front_matter(file)?;
            tx.set_now(ago(sample.published_days_ago));
            post(tx, &library, &sample, &body, kind, &by)?;
        }
    }
    tx.set_now(now);
    let mut orders = shop.order;
    orders.sort_by_key(|order| std::cmp::Reverse(order.days_ago));
    for (number, sample) in orders.iter().enumerate() {
        tx.set_now(ago(sample.days_ago));
        order(tx, &settings, sample, number, &by.actor())?;
    }
    tx.set_now(now);
    Ok(())
}

fn settings(tx: &mut Tx<'_>, library: &Library<'_>, site: &Site) -> Result<Settings> {
    let hero = library.add(tx, &site.hero_picture)?;
    let story = library.add(tx, &site.story_picture)?;
    let settings = Settings {
        site_name: site.site_name.clone(),
        tagline: site.tagline.clone(),
        announcement: site.announcement.clone(),
        country: site.country.clone(),
        currency: currency(&site.currency)?,
        time_zone: site.time_zone.clone(),
        locale: site.locale,
        accent: site.accent.trim_start_matches('#').to_owned(),
        contact_email: site.contact_email.clone(),
        bank_account: site.bank_account.trim().to_owned(),
        business_address: site.business_address.trim().to_owned(),
        vat_number: site.vat_number.clone(),
        footer_note: site.footer_note.clone(),
        hero_title: site.hero_title.clone(),
        hero_text: site.hero_text.clone(),
        hero_picture: hero.public_id,
        hero_action_label: site.hero_action_label.clone(),
        story_title: site.story_title.clone(),
        story_text: site.story_text.clone(),
        story_picture: story.public_id,
        lock_version: Settings::load(tx.conn())?.lock_version,
        ..Settings::default()
    };
    crate::models::maintenance::site::Site::open(tx, settings.clone())?;
    Ok(settings)
}

fn currency(code: &str) -> Result<Currency> {
    Currency::from_code(code).ok_or(Error::bug("a sample currency is unknown"))
}

fn money(text: &str, currency: Currency) -> Result<Option<Money>> {
    if text.is_empty() {
        return Ok(None);
    }
    Money::from_decimal(text, currency).map(Some).ok_or(Error::bug("a sample price cannot be read"))
}

fn shipping_and_taxes(tx: &mut Tx<'_>, shop: &Shop, currency: Currency) -> Result<()> {
    for (sample, position) in shop.shipping.iter().zip(1..) {
        let method = ShippingMethod {
            public_id: String::new(),
            name: sample.name.clone(),
            countries: match &sample.countries {
                Countries::Some(codes) => codes.join(" "),
                Countries::All(star) => star.clone(),
            },
            price_minor: money(&sample.price, currency)?.map_or(0, |money| money.minor),
            free_over_minor: money(&sample.free_over, currency)?.map(|money| money.minor),
            min_weight_g: sample.min_weight_grams,
            max_weight_g: Some(sample.max_weight_grams),
            pickup: sample.pickup,
            position,
            tier_basis: TierBasis::None,
            lock_version: 0,
        };
        method.save(tx, &[])?;
    }
    for sample in &shop.tax {
        let ppm = parse_percent(&sample.rate).ok_or(Error::bug("a sample rate cannot be read"))?;
        let rate = TaxRate {
            region: sample.region.clone(),
            applies_to_shipping: sample.applies_to_shipping,
            ..TaxRate::new(&sample.country, tax_class(&sample.tax_class)?, &sample.name, ppm)
        };
        rate.save(tx)?;
    }
    Ok(())
}

fn tax_class(word: &str) -> Result<TaxClass> {
    TaxClass::parse(word).ok_or(Error::bug("a sample tax class is unknown"))
}

fn product(
    tx: &mut Tx<'_>,
    library: &Library<'_>,
    sample: &SampleProduct,
    body: String,
    currency: Currency,
    now: Utc,
) -> Result<()> {
    let mut pictures = Vec::new();
    for picture in &sample.pictures {
        let media = library.add(tx, picture)?;
        pictures.push((media.public_id, picture.alt.clone()));
    }
    let attributes: Vec<String> = sample.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let options = sample.options.iter();
    let options = options.map(|option| OptionInput { name: option.name.clone(), values: option.values.clone() });
    let variants: Result<Vec<VariantInput>> = sample.variants.iter().map(|sample| variant(sample, currency)).collect();
    let input = ProductInput {
        title: sample.title.clone(),
        slug: sample.slug.clone(),
        description: render_text(body, PicturePolicy::None)?,
        attributes: attributes.join("\n"),
        status: ProductStatus::Active,
        tax_class: tax_class(&sample.tax_class)?,
        featured: sample.featured,
        gift_card: sample.gift_card,
        base_variant: VariantInput {
            compare_at: money(&sample.compare_at_price, currency)?,
            sku: sample.sku.clone(),
            barcode: sample.barcode.clone(),
            weight_g: sample.weight_grams,
            stock: sample.stock,
            ..VariantInput::from_price(price(&sample.price, currency)?)
        },
        options: options.collect(),
        variants: variants?,
        categories: sample.categories.clone(),
        pictures,
        published_at: Some(tx.now()),
    };
    let Some(original_price) = input.base_variant.compare_at else {
        return Product::create(tx, &input, &Actor::System).map(drop);
    };
    // Sell it at the original price first, so that the price history supports the reduction.
    let reduced_at = now.minus(SignedDuration::from_hours(24 * REDUCED_DAYS_AGO)).max(tx.now());
    let unreduced = VariantInput { price: original_price, compare_at: None, ..input.base_variant.clone() };
    let product = Product::create(tx, &ProductInput { base_variant: unreduced, ..input.clone() }, &Actor::System)?;
    let (product, variant) = Product::find(tx.conn(), &product.public_id)?;
    tx.set_now(reduced_at);
    let reduced = VariantInput { stock_was: input.base_variant.stock, ..input.base_variant.clone() };
    product
        .save(tx, &variant, product.lock_version, &ProductInput { base_variant: reduced, ..input }, &Actor::System)
        .map(drop)
}

/// Days before today.
const REDUCED_DAYS_AGO: i64 = 9;

fn price(text: &str, currency: Currency) -> Result<Money> {
    money(text, currency)?.ok_or(Error::bug("a sample product has no price"))
}

fn variant(sample: &SampleVariant, currency: Currency) -> Result<VariantInput> {
    Ok(VariantInput {
        sku: sample.sku.clone(),
        weight_g: sample.weight_grams,
        stock: sample.stock,
        ..VariantInput::from_price(price(&sample.price, currency)?)
    })
}

fn post(
    tx: &mut Tx<'_>,
    library: &Library<'_>,
    sample: &SamplePost,
    body: &str,
    kind: PostKind,
    by: &Member,
) -> Result<()> {
    let cover = match &sample.cover {
        Some(cover) => Some(library.add(tx, cover)?.id),
        None => None,
    };
    let writing = DraftInput {
        title: sample.title.clone(),
        slug: sample.slug.clone(),
        body_md: library.resolve(tx, body)?,
        excerpt: sample.excerpt.clone(),
        tags: sample.tags.join(", "),
        cover_id: cover,
        cover_alt: sample.cover.as_ref().map_or_else(String::new, |cover| cover.alt.clone()),
    };
    let path = match kind {
        PostKind::Post => paths::post,
        PostKind::Page => paths::page,
    };
    let started = Post::create_draft(tx, kind, by, &writing)?;
    let text = render_text(writing.body_md.clone(), PicturePolicy::Library)?;
    started.publish(tx, kind, by, &text, (path, paths::tag))?;
    Ok(())
}

/// Renders a text inside the transaction; an empty shop has no other writers that would wait.
fn render_text(source: String, pictures: PicturePolicy) -> Result<MarkdownText> {
    MarkdownText::render(source, pictures).map_err(Error::internal)
}

fn order(tx: &mut Tx<'_>, settings: &Settings, sample: &SampleOrder, number: usize, by: &Actor) -> Result<()> {
    let (_, token) = Cart::find_or_create(tx, None)?;
    let cart_token = token.ok_or(Error::bug("a new cart has a token"))?;
    for line in &sample.lines {
        let variant: String =
            variants::table.filter(variants::sku.eq(&line.sku)).select(variants::public_id).first(tx.conn())?;
        let (cart, _) = Cart::find_or_create(tx, Some(&cart_token))?;
        cart.add(tx, &variant, line.quantity)?;
    }
    let (cart, _) = Cart::find_or_create(tx, Some(&cart_token))?;
    let buyer = Buyer { place: TaxLocation::from_country(&sample.country), ..Buyer::default() };
    let now = tx.now();
    let cart_quote = CartQuote::calculate(tx.conn(), settings, &cart, &buyer, now)?;
    let method = cart_quote.quotes.iter().find(|(method, _)| method.name == sample.shipping);
    let (method, _) = method.ok_or(Error::bug("a sample order cannot be sent"))?;
    let payment_method = PaymentMethod::parse(&sample.payment).ok_or(Error::bug("a sample payment is unknown"))?;
    let request = CheckoutRequest {
        cart_token,
        cart_version: cart.version,
        quote_fingerprint: cart_quote.fingerprint(),
        email: sample.email.clone(),
        address: Address {
            name: sample.name.clone(),
            line1: sample.line1.clone(),
            postcode: sample.postcode.clone(),
            city: sample.city.clone(),
            country: sample.country.clone(),
            ..Address::default()
        },
        shipping_method: method.public_id.clone(),
        payment_method,
        card_options: CardOptions { card_step_minor: None, test_card: true },
        notes: sample.notes.clone(),
        client: None,
    };
    let mut placed = Order::place(tx, &request)?.order;
    if let Some(attempt) = crate::models::sales::payment::PaymentAttempt::find_active(tx.conn(), placed.id)? {
        let capture = NewPaymentTransaction {
            kind: TransactionKind::Capture,
            reference: format!("sample-{number}"),
            amount_minor: attempt.amount_minor,
            currency: attempt.currency.code().to_owned(),
        };
        placed = Order::apply_transactions(tx, attempt.id, &[capture], &ProviderName::Test.actor())?;
        QueuedJob::cancel(tx, &crate::jobs::payments::job_key(attempt.id))?;
    }
    let order_number = placed.number.clone().unwrap_or_default();
    if sample.state != "unpaid" && placed.due_minor() > 0 {
        tx.set_now(tx.now().plus(SignedDuration::from_hours(20)));
        Order::mark_paid(tx, &order_number, by)?;
    }
    if sample.state == "fulfilled" {
        tx.set_now(tx.now().plus(SignedDuration::from_hours(5)));
        let fulfilment = FulfilmentRequest {
            carrier: sample.carrier.clone(),
            tracking_number: sample.tracking_number.clone(),
            tracking_url: String::new(),
            line_quantities: Vec::new(),
        };
        Order::ship(tx, &order_number, &fulfilment, by)?;
    }
    Ok(())
}
