//! Builders of test data, through the models.

use tradepost::db::Tx;
use tradepost::error::Result;
use tradepost::models::catalog::category::Category;
use tradepost::models::catalog::product::edit::{OptionInput, ProductInput, VariantInput};
use tradepost::models::catalog::product::{Product, ProductStatus, TaxClass};
use tradepost::models::catalog::variant::{Variant, stock};
use tradepost::models::checkout::cart::Cart;
use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::checkout::gift_card::{GiftCard, issuance};
use tradepost::models::checkout::tax_rate::TaxLocation;
use tradepost::models::content::post::drafts::DraftInput;
use tradepost::models::content::post::{Post, PostKind};
use tradepost::models::people::account::Member;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::setting::Settings;
use tradepost::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use tradepost::models::sales::order::{Address, BuyerNotes};
use tradepost::models::sales::payment_method::CardOptions;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::paths;
use tradepost::support::clock::Utc;
use tradepost::support::markdown::{MarkdownText, PicturePolicy};
use tradepost::support::money::{Currency, Money};

use super::browser::Browser;
use super::html::Page;
use super::shop::TestShop;

/// A created product with its variant.
#[derive(Clone, Debug)]
pub struct TestProduct {
    pub product: Product,
    pub variant: Variant,
}

impl TestProduct {
    pub fn path(&self) -> String {
        paths::product(&self.product.slug)
    }
}

/// Builds a product.
pub struct ProductBuilder<'a> {
    shop: &'a TestShop,
    input: ProductInput,
}

impl ProductBuilder<'_> {
    pub fn price(mut self, minor: i64) -> Self {
        self.input.base_variant.price = Money::new(minor, Currency::EUR);
        self
    }

    pub fn stock(mut self, quantity: i64) -> Self {
        self.input.base_variant.stock = quantity;
        self.input.base_variant.stock_was = quantity;
        self
    }

    pub fn sku(mut self, sku: &str) -> Self {
        self.input.base_variant.sku = sku.to_owned();
        self
    }

    pub fn tax_class(mut self, class: TaxClass) -> Self {
        self.input.tax_class = class;
        self
    }

    pub fn gift_card(mut self) -> Self {
        self.input.gift_card = true;
        self
    }

    pub fn weight(mut self, grams: i64) -> Self {
        self.input.base_variant.weight_g = grams;
        self
    }

    /// Adds an option with its values.
    pub fn option(mut self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.input.options.push(OptionInput { name: name.to_owned(), values });
        self
    }

    /// Adds the next variant: SKU, price and stock.
    pub fn variant(mut self, sku: &str, minor: i64, quantity: i64) -> Self {
        self.input.variants.push(VariantInput {
            sku: sku.to_owned(),
            weight_g: 300,
            stock: quantity,
            stock_was: quantity,
            ..VariantInput::from_price(Money::new(minor, Currency::EUR))
        });
        self
    }

    pub fn category(mut self, path: &str) -> Self {
        self.input.categories.push(path.to_owned());
        self
    }

    pub async fn create(self) -> TestProduct {
        let input = self.input;
        self.shop
            .write(move |tx| {
                let product = Product::create(tx, &input, &Actor::CommandLine)?;
                let (product, variant) = Product::find(tx.conn(), &product.public_id)?;
                Ok(TestProduct { product, variant })
            })
            .await
    }
}

impl TestShop {
    /// A product on sale; by default 12 €, 10 in stock.
    pub fn product(&self, title: &str) -> ProductBuilder<'_> {
        ProductBuilder { shop: self, input: product_input(title, 10) }
    }

    /// The active variants of a product, in order.
    pub async fn variants(&self, test_product: &TestProduct) -> Vec<TestProduct> {
        let product = test_product.product.clone();
        self.read(move |conn| {
            let (product, _) = Product::find(conn, &product.public_id)?;
            let choices = product.variants_for_sale(conn)?.into_iter();
            Ok(choices.map(|choice| TestProduct { product: product.clone(), variant: choice.variant }).collect())
        })
        .await
    }

    /// Sets the price, as staff do.
    pub async fn set_price(&self, product: &TestProduct, minor: i64) {
        self.save_price(product, minor, None).await;
    }

    /// Sets a sale price with the old one as compare-at price.
    pub async fn set_sale_price(&self, product: &TestProduct, minor: i64) {
        self.save_price(product, minor, Some(minor * 2)).await;
    }

    /// Edits a product, as staff do.
    pub async fn edit_product(&self, product: &TestProduct, change: impl Fn(&mut ProductInput) + Send + 'static) {
        let id = product.product.public_id.clone();
        self.write(move |tx| edit_product(tx, &id, &change)).await;
    }

    async fn save_price(&self, test_product: &TestProduct, minor: i64, before: Option<i64>) {
        let id = test_product.product.public_id.clone();
        self.write(move |tx| {
            let (product, variant) = Product::find(tx.conn(), &id)?;
            let categories = Category::for_product(tx.conn(), product.id)?;
            let options = product.options(tx.conn())?;
            let input = ProductInput {
                title: product.title.clone(),
                slug: product.slug.clone(),
                description: MarkdownText::default(),
                attributes: product.attributes.clone(),
                status: product.status,
                tax_class: product.tax_class,
                featured: false,
                gift_card: product.gift_card,
                base_variant: VariantInput {
                    compare_at: before.map(|minor| Money::new(minor, Currency::EUR)),
                    sku: variant.sku.clone(),
                    weight_g: variant.weight_g,
                    ..VariantInput::from_price(Money::new(minor, Currency::EUR))
                },
                options: options.iter().map(OptionInput::from_option).collect(),
                variants: Vec::new(),
                categories: categories.into_iter().map(|category| category.path).collect(),
                pictures: Vec::new(),
                published_at: None,
            };
            product.save(tx, &variant, product.lock_version, &input, &Actor::CommandLine).map(drop)
        })
        .await;
    }

    /// The available and the reserved quantity.
    pub async fn stock(&self, product: &TestProduct) -> (i64, i64) {
        let variant = product.variant.id;
        self.read(move |conn| Ok((stock::available_quantity(conn, variant)?, stock::reserved_quantity(conn, variant)?)))
            .await
    }

    /// The checkout request of a new cart with a product.
    pub async fn checkout_request(
        &self,
        product: &TestProduct,
        quantity: i64,
        payment_method: PaymentMethod,
    ) -> CheckoutRequest {
        self.checkout_request_with_code(&[(product, quantity)], "", payment_method).await
    }

    /// The same with several products and a discount code.
    pub async fn checkout_request_with_code(
        &self,
        product: &[(&TestProduct, i64)],
        code: &str,
        payment_method: PaymentMethod,
    ) -> CheckoutRequest {
        let codes: &[&str] = if code.is_empty() { &[] } else { &[code] };
        self.checkout_request_with_codes(product, codes, payment_method).await
    }

    /// The same with discount codes and gift cards.
    pub async fn checkout_request_with_codes(
        &self,
        product: &[(&TestProduct, i64)],
        codes: &[&str],
        payment_method: PaymentMethod,
    ) -> CheckoutRequest {
        let product: Vec<(String, i64)> =
            product.iter().map(|(product, quantity)| (product.variant.public_id.clone(), *quantity)).collect();
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        self.write(move |tx| {
            let settings = Settings::load(tx.conn())?;
            let (cart, token) = Cart::find_or_create(tx, None)?;
            for (variant, quantity) in &product {
                cart.add(tx, variant, *quantity)?;
            }
            for code in &codes {
                cart.apply_code(tx, &settings, code)?;
            }
            let now = tx.now();
            let cart = Cart::find_open(tx.conn(), token.as_deref(), now)?.unwrap();
            let buyer = Buyer { place: TaxLocation::from_country("DE"), ..Buyer::default() };
            let quote = CartQuote::calculate(tx.conn(), &settings, &cart, &buyer, now)?;
            Ok(CheckoutRequest {
                cart_token: token.unwrap(),
                cart_version: cart.version,
                quote_fingerprint: quote.fingerprint(),
                email: "ada@lovelace.example".to_owned(),
                address: sample_address(),
                shipping_method: quote.quotes[0].0.public_id.clone(),
                payment_method,
                card_options: CardOptions { card_step_minor: Some(1), test_card: true },
                notes: BuyerNotes::default(),
                client: None,
            })
        })
        .await
    }

    /// The request with the quote of its current address.
    pub async fn requote(&self, request: CheckoutRequest) -> CheckoutRequest {
        let now = self.app.clock().now();
        self.read(move |conn| {
            let settings = Settings::load(conn)?;
            let cart = Cart::find_open(conn, Some(&request.cart_token), now)?.unwrap();
            let place = TaxLocation::from_country(&request.address.country);
            let Address { company, vat_number, .. } = &request.address;
            let buyer = Buyer { place, company, vat_number, email: &request.email };
            let quote = CartQuote::calculate(conn, &settings, &cart, &buyer, now)?.fingerprint();
            Ok(CheckoutRequest { quote_fingerprint: quote, ..request })
        })
        .await
    }

    /// Issues a gift card as staff; returns it with its code.
    pub async fn issue_gift_card(&self, minor: i64) -> (GiftCard, String) {
        self.issue_gift_card_until(minor, None).await
    }

    /// The same, which expires.
    pub async fn issue_gift_card_until(&self, minor: i64, expires_at: Option<Utc>) -> (GiftCard, String) {
        let input =
            issuance::NewGiftCard { amount: Money::new(minor, Currency::EUR), expires_at, email: String::new() };
        let (card, code) = self
            .write(move |tx| {
                let card = GiftCard::issue_manually(tx, &input, &Actor::without_account("The owner"))?;
                let code = card.code(tx.secret_key()).unwrap();
                Ok((card, code))
            })
            .await;
        self.run_jobs().await;
        (card, code)
    }

    /// The balance of a gift card, in minor units.
    pub async fn gift_card_balance(&self, card: &GiftCard) -> i64 {
        let id = card.id;
        self.read(move |conn| Ok(GiftCard::get(conn, id)?.balance_minor)).await
    }

    /// Creates a percent discount code for everything.
    pub async fn create_percent_coupon(&self, code: &str, percent: i64) -> Coupon {
        self.create_coupon(unlimited_coupon(code, CouponKind::Percent, percent * 10_000), CouponScope::default()).await
    }

    /// Creates a discount code.
    pub async fn create_coupon(&self, coupon: Coupon, scope: CouponScope) -> Coupon {
        self.write(move |tx| {
            coupon.save(tx, &scope)?;
            Ok(Coupon::find_by_code(tx.conn(), &coupon.code)?.unwrap())
        })
        .await
    }

    /// Creates a published post.
    pub async fn create_published_post(&self, title: &str, body: &str) -> Post {
        self.create_published(PostKind::Post, title, body).await
    }

    /// Creates a published page.
    pub async fn create_published_page(&self, title: &str, body: &str) -> Post {
        self.create_published(PostKind::Page, title, body).await
    }

    async fn create_published(&self, kind: PostKind, title: &str, body: &str) -> Post {
        let (title, body_md) = (title.to_owned(), body.to_owned());
        self.write(move |tx| {
            let writer = Member::system("The writer");
            let draft = DraftInput {
                title: title.clone(),
                slug: String::new(),
                body_md: body_md.clone(),
                excerpt: String::new(),
                tags: String::new(),
                cover_id: None,
                cover_alt: String::new(),
            };
            let path = match kind {
                PostKind::Post => paths::post,
                PostKind::Page => paths::page,
            };
            let text = MarkdownText::render(body_md.clone(), PicturePolicy::Library).unwrap();
            Post::create_draft(tx, kind, &writer, &draft)?.publish(tx, kind, &writer, &text, (path, paths::tag))
        })
        .await
    }
}

/// Edits a product, as staff do.
pub fn edit_product(tx: &mut Tx<'_>, id: &str, change: &impl Fn(&mut ProductInput)) -> Result<()> {
    let (product, variant) = Product::find(tx.conn(), id)?;
    let options = product.options(tx.conn())?;
    let mut input = ProductInput {
        slug: product.slug.clone(),
        status: product.status,
        tax_class: product.tax_class,
        gift_card: product.gift_card,
        base_variant: VariantInput {
            weight_g: variant.weight_g,
            sku: variant.sku.clone(),
            ..VariantInput::from_price(Money::new(variant.price_minor, Currency::EUR))
        },
        options: options.iter().map(OptionInput::from_option).collect(),
        ..product_input(&product.title, 0)
    };
    change(&mut input);
    product.save(tx, &variant, product.lock_version, &input, &Actor::CommandLine).map(drop)
}

/// A discount code without limits.
pub fn unlimited_coupon(code: &str, kind: CouponKind, value: i64) -> Coupon {
    Coupon {
        id: 0.into(),
        public_id: String::new(),
        code: code.to_owned(),
        kind,
        value,
        minimum_minor: None,
        usage_limit: None,
        per_customer_limit: None,
        used: 0,
        starts_at: None,
        ends_at: None,
        active: true,
        lock_version: 0,
    }
}

/// The form input of a product on sale.
pub fn product_input(title: &str, quantity: i64) -> ProductInput {
    ProductInput {
        title: title.to_owned(),
        slug: String::new(),
        description: MarkdownText::render(format!("A fine **{title}**."), PicturePolicy::None).unwrap(),
        attributes: String::new(),
        status: ProductStatus::Active,
        tax_class: TaxClass::Standard,
        featured: false,
        gift_card: false,
        base_variant: VariantInput {
            weight_g: 300,
            stock: quantity,
            stock_was: quantity,
            ..VariantInput::from_price(Money::new(12_00, Currency::EUR))
        },
        options: Vec::new(),
        variants: Vec::new(),
        categories: Vec::new(),
        pictures: Vec::new(),
        published_at: None,
    }
}

pub fn sample_address() -> Address {
    Address {
        name: "Ada Lovelace".to_owned(),
        company: String::new(),
        line1: "Torstraße 1".to_owned(),
        line2: String::new(),
        postcode: "10119".to_owned(),
        city: "Berlin".to_owned(),
        region: String::new(),
        country: "DE".to_owned(),
        phone: String::new(),
        vat_number: String::new(),
    }
}

/// Ada's checkout input.
pub const CHECKOUT_FIELDS: &[(&str, &str)] = &[
    ("email", "ada@lovelace.example"),
    ("name", "Ada Lovelace"),
    ("line1", "Torstraße 1"),
    ("postcode", "10119"),
    ("city", "Berlin"),
    ("country", "DE"),
];

impl Browser {
    pub async fn add_to_cart(&self, product: &TestProduct, quantity: i64) -> Page {
        let page = self.get(&product.path()).await;
        let page = page.form("Add to cart").fill("quantity", &quantity.to_string()).submit().await;
        assert_eq!((page.status, page.path.split('?').next().unwrap()), (200, "/cart"), "{}", page.text("main"));
        page
    }
}

/// The start of the order button's label.
pub const ORDER_BUTTON: &str = "Order";

/// The checkout form, filled in by Ada.
pub async fn fill_checkout(browser: &Browser, payment: &str) -> super::browser::Form {
    browser.get("/checkout").await.form(ORDER_BUTTON).fill_all(CHECKOUT_FIELDS).choose("payment_method", payment)
}
