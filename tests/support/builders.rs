//! Things that tests need, made through the models.

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
use tradepost::models::sales::order::payment_methods::CardOptions;
use tradepost::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use tradepost::models::sales::order::{Address, PaymentMethod};
use tradepost::paths;
use tradepost::support::clock::Utc;
use tradepost::support::markdown::{MarkdownText, PicturePolicy};
use tradepost::support::money::{Currency, Money};

use super::browser::Browser;
use super::html::Page;
use super::shop::TestShop;

/// A product that was made.
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

/// A product to be made.
pub struct ProductBuilder<'a> {
    shop: &'a TestShop,
    wanted: ProductInput,
}

impl ProductBuilder<'_> {
    pub fn price(mut self, minor: i64) -> Self {
        self.wanted.base_variant.price = Money::new(minor, Currency::EUR);
        self
    }

    pub fn stock(mut self, pieces: i64) -> Self {
        self.wanted.base_variant.stock = pieces;
        self.wanted.base_variant.stock_was = pieces;
        self
    }

    pub fn sku(mut self, sku: &str) -> Self {
        self.wanted.base_variant.sku = sku.to_owned();
        self
    }

    pub fn tax_class(mut self, class: TaxClass) -> Self {
        self.wanted.tax_class = class;
        self
    }

    pub fn gift_card(mut self) -> Self {
        self.wanted.gift_card = true;
        self
    }

    pub fn weight(mut self, grams: i64) -> Self {
        self.wanted.base_variant.weight_g = grams;
        self
    }

    /// Something to choose, with what to choose from.
    pub fn option(mut self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.wanted.options.push(OptionInput { name: name.to_owned(), values });
        self
    }

    /// The next combination: what it costs, and how many there are.
    pub fn variant(mut self, sku: &str, minor: i64, pieces: i64) -> Self {
        self.wanted.variants.push(VariantInput {
            sku: sku.to_owned(),
            weight_g: 300,
            stock: pieces,
            stock_was: pieces,
            ..VariantInput::from_price(Money::new(minor, Currency::EUR))
        });
        self
    }

    pub fn category(mut self, path: &str) -> Self {
        self.wanted.categories.push(path.to_owned());
        self
    }

    pub async fn create(self) -> TestProduct {
        let wanted = self.wanted;
        self.shop
            .write(move |tx| {
                let product = Product::create(tx, &wanted, &Actor::CommandLine)?;
                let (product, variant) = Product::find(tx.conn(), &product.public_id)?;
                Ok(TestProduct { product, variant })
            })
            .await
    }
}

impl TestShop {
    /// A product on sale: 12 €, 10 pieces, unless it is said otherwise.
    pub fn product(&self, title: &str) -> ProductBuilder<'_> {
        ProductBuilder { shop: self, wanted: product_input(title, 10) }
    }

    /// Each variant of a product that is for sale, in order.
    pub async fn variants(&self, goods: &TestProduct) -> Vec<TestProduct> {
        let product = goods.product.clone();
        self.read(move |conn| {
            let (product, _) = Product::find(conn, &product.public_id)?;
            let choices = product.variants_for_sale(conn)?.into_iter();
            Ok(choices.map(|choice| TestProduct { product: product.clone(), variant: choice.variant }).collect())
        })
        .await
    }

    /// Another price, as staff set it.
    pub async fn set_price(&self, goods: &TestProduct, minor: i64) {
        self.priced(goods, minor, None).await;
    }

    /// The same, said to have been more before.
    pub async fn set_sale_price(&self, goods: &TestProduct, minor: i64) {
        self.priced(goods, minor, Some(minor * 2)).await;
    }

    /// Staff save a product with something changed.
    pub async fn edit_product(&self, goods: &TestProduct, change: impl Fn(&mut ProductInput) + Send + 'static) {
        let id = goods.product.public_id.clone();
        self.write(move |tx| edit_product(tx, &id, &change)).await;
    }

    async fn priced(&self, goods: &TestProduct, minor: i64, before: Option<i64>) {
        let id = goods.product.public_id.clone();
        self.write(move |tx| {
            let (product, variant) = Product::find(tx.conn(), &id)?;
            let categories = Category::for_product(tx.conn(), product.id)?;
            let options = product.options(tx.conn())?;
            let wanted = ProductInput {
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
            product.save(tx, &variant, product.lock_version, &wanted, &Actor::CommandLine).map(drop)
        })
        .await;
    }

    /// Pieces that can be sold, and pieces set aside for orders.
    pub async fn stock(&self, goods: &TestProduct) -> (i64, i64) {
        let variant = goods.variant.id;
        self.read(move |conn| Ok((stock::available_quantity(conn, variant)?, stock::reserved_quantity(conn, variant)?)))
            .await
    }

    /// What somebody with these pieces in a new cart would send from the checkout page.
    pub async fn checkout_request(
        &self,
        goods: &TestProduct,
        pieces: i64,
        payment_method: PaymentMethod,
    ) -> CheckoutRequest {
        self.checkout_request_with_code(&[(goods, pieces)], "", payment_method).await
    }

    /// The same with several things and a discount code in the cart.
    pub async fn checkout_request_with_code(
        &self,
        goods: &[(&TestProduct, i64)],
        code: &str,
        payment_method: PaymentMethod,
    ) -> CheckoutRequest {
        let codes: &[&str] = if code.is_empty() { &[] } else { &[code] };
        self.checkout_request_with_codes(goods, codes, payment_method).await
    }

    /// The same with discount codes and gift cards in the cart.
    pub async fn checkout_request_with_codes(
        &self,
        goods: &[(&TestProduct, i64)],
        codes: &[&str],
        payment_method: PaymentMethod,
    ) -> CheckoutRequest {
        let goods: Vec<(String, i64)> =
            goods.iter().map(|(goods, pieces)| (goods.variant.public_id.clone(), *pieces)).collect();
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        self.write(move |tx| {
            let settings = Settings::load(tx.conn())?;
            let (cart, token) = Cart::find_or_create(tx, None)?;
            for (variant, pieces) in &goods {
                cart.add(tx, variant, *pieces)?;
            }
            for code in &codes {
                cart.apply_code(tx, &settings, code)?;
            }
            let now = tx.now();
            let cart = Cart::find_open(tx.conn(), token.as_deref(), now)?.unwrap();
            let buyer = Buyer { place: TaxLocation::from_country("DE"), ..Buyer::default() };
            let offer = CartQuote::calculate(tx.conn(), &settings, &cart, &buyer, now)?;
            Ok(CheckoutRequest {
                cart_token: token.unwrap(),
                cart_version: cart.version,
                quote_fingerprint: offer.fingerprint(),
                email: "ada@lovelace.example".to_owned(),
                address: sample_address(),
                shipping_method: offer.quotes[0].0.public_id.clone(),
                payment_method,
                card_options: CardOptions { card_step_minor: Some(1), test_card: true },
                note: String::new(),
                client: None,
            })
        })
        .await
    }

    /// The same wish, agreed on for the address that is in it now.
    pub async fn requote(&self, wish: CheckoutRequest) -> CheckoutRequest {
        let now = self.app.clock().now();
        self.read(move |conn| {
            let settings = Settings::load(conn)?;
            let cart = Cart::find_open(conn, Some(&wish.cart_token), now)?.unwrap();
            let place = TaxLocation::from_country(&wish.address.country);
            let Address { company, vat_number, .. } = &wish.address;
            let buyer = Buyer { place, company, vat_number, email: &wish.email };
            let quote = CartQuote::calculate(conn, &settings, &cart, &buyer, now)?.fingerprint();
            Ok(CheckoutRequest { quote_fingerprint: quote, ..wish })
        })
        .await
    }

    /// A gift card made by staff, and its code.
    pub async fn issue_gift_card(&self, minor: i64) -> (GiftCard, String) {
        self.issue_gift_card_until(minor, None).await
    }

    /// The same, which expires.
    pub async fn issue_gift_card_until(&self, minor: i64, expires_at: Option<Utc>) -> (GiftCard, String) {
        let wanted =
            issuance::NewGiftCard { amount: Money::new(minor, Currency::EUR), expires_at, email: String::new() };
        let (card, code) = self
            .write(move |tx| {
                let card = GiftCard::issue_manually(tx, &wanted, &Actor::Staff("The owner".to_owned()))?;
                let code = card.code(tx.secret_key()).unwrap();
                Ok((card, code))
            })
            .await;
        self.run_jobs().await;
        (card, code)
    }

    /// What is on a card now, minor units.
    pub async fn gift_card_balance(&self, card: &GiftCard) -> i64 {
        let id = card.id;
        self.read(move |conn| Ok(GiftCard::get(conn, id)?.balance_minor)).await
    }

    /// A discount code for everything: so many percent off.
    pub async fn create_percent_coupon(&self, code: &str, percent: i64) -> Coupon {
        self.create_coupon(unlimited_coupon(code, CouponKind::Percent, percent * 10_000), CouponScope::default()).await
    }

    /// A discount code.
    pub async fn create_coupon(&self, coupon: Coupon, scope: CouponScope) -> Coupon {
        self.write(move |tx| {
            coupon.save(tx, &scope)?;
            Ok(Coupon::find_by_code(tx.conn(), &coupon.code)?.unwrap())
        })
        .await
    }

    /// A post that is on the site.
    pub async fn create_published_post(&self, title: &str, body: &str) -> Post {
        self.published(PostKind::Post, title, body).await
    }

    /// A page that is on the site.
    pub async fn create_published_page(&self, title: &str, body: &str) -> Post {
        self.published(PostKind::Page, title, body).await
    }

    async fn published(&self, kind: PostKind, title: &str, body: &str) -> Post {
        let (title, body_md) = (title.to_owned(), body.to_owned());
        self.write(move |tx| {
            let writer = Member::system("The writer");
            let writing = DraftInput {
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
            Post::create_draft(tx, kind, &writer, &writing)?.publish(tx, kind, &writer, &text, (path, paths::tag))
        })
        .await
    }
}

/// Saves a product as staff do, with something changed.
pub fn edit_product(tx: &mut Tx<'_>, id: &str, change: &impl Fn(&mut ProductInput)) -> Result<()> {
    let (product, variant) = Product::find(tx.conn(), id)?;
    let options = product.options(tx.conn())?;
    let mut wanted = ProductInput {
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
    change(&mut wanted);
    product.save(tx, &variant, product.lock_version, &wanted, &Actor::CommandLine).map(drop)
}

/// A discount code without limits.
pub fn unlimited_coupon(code: &str, kind: CouponKind, value: i64) -> Coupon {
    Coupon {
        id: 0,
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

/// A product on sale as its form would want it.
pub fn product_input(title: &str, pieces: i64) -> ProductInput {
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
            stock: pieces,
            stock_was: pieces,
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

/// What Ada types at the checkout.
pub const CHECKOUT_FIELDS: &[(&str, &str)] = &[
    ("email", "ada@lovelace.example"),
    ("name", "Ada Lovelace"),
    ("line1", "Torstraße 1"),
    ("postcode", "10119"),
    ("city", "Berlin"),
    ("country", "DE"),
];

impl Browser {
    pub async fn add_to_cart(&self, goods: &TestProduct, pieces: i64) -> Page {
        let page = self.get(&goods.path()).await;
        let page = page.form("Add to cart").fill("quantity", &pieces.to_string()).submit().await;
        assert_eq!((page.status, page.path.split('?').next().unwrap()), (200, "/cart"), "{}", page.text("main"));
        page
    }
}

/// How the button of the checkout begins that places an order.
pub const ORDER_BUTTON: &str = "Order";

/// The checkout page, filled in by Ada, to be sent.
pub async fn fill_checkout(browser: &Browser, payment: &str) -> super::browser::Form {
    browser.get("/checkout").await.form(ORDER_BUTTON).fill_all(CHECKOUT_FIELDS).choose("payment_method", payment)
}
