//! A generated shop of any size for benchmarks: thousands of products, posts, customers, and three
//! years of orders. The same size gives the same shop each time, except for ids.

#[path = "large_shop/sales.rs"]
mod sales;

use diesel::prelude::*;
use jiff::SignedDuration;
use sales::SaleVariant;

use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::catalog::category::Category;
use tradepost::models::catalog::product::edit::{OptionInput, ProductInput, VariantInput};
use tradepost::models::catalog::product::{Product, ProductStatus, TaxClass};
use tradepost::models::content::post::drafts::DraftInput;
use tradepost::models::content::post::{Post, PostKind};
use tradepost::models::people::account::Member;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::search;
use tradepost::models::platform::setting::Settings;
use tradepost::paths;
use tradepost::schema::{media, stock_levels, variants};
use tradepost::support::markdown::{MarkdownText, PicturePolicy};
use tradepost::support::money::Money;
use tradepost::support::slug;
use tradepost::support::token::Random;

/// Per thousand products.
const POSTS: u64 = 100;
/// Per thousand products.
const ORDERS: u64 = 4_000;
/// Per thousand products.
const CUSTOMERS: u64 = 2_000;
/// Age of the shop in days.
const DAYS_OPEN: i64 = 3 * 365;

const ADJECTIVES: [&str; 24] = [
    "Amber", "Birch", "Cobalt", "Dusk", "Ember", "Fern", "Granite", "Harbour", "Ivory", "Juniper", "Kelp", "Linen",
    "Meadow", "Nimbus", "Oak", "Pebble", "Quartz", "Rust", "Slate", "Thistle", "Umber", "Violet", "Willow", "Zinc",
];
const NOUNS: [&str; 30] = [
    "espresso",
    "filter coffee",
    "decaf",
    "mug",
    "cup",
    "saucer",
    "carafe",
    "dripper",
    "kettle",
    "grinder",
    "scale",
    "tamper",
    "milk jug",
    "thermos flask",
    "storage jar",
    "coffee spoon",
    "brewing set",
    "tray",
    "apron",
    "tea towel",
    "paper filters",
    "cleaning brush",
    "teapot",
    "cold brew bottle",
    "sugar bowl",
    "cocoa",
    "syrup",
    "biscuits",
    "gift box",
    "tasting set",
];
const BRANDS: [&str; 20] = [
    "Aalto",
    "Brandt",
    "Castillo",
    "Dietrich",
    "Eriksen",
    "Fontaine",
    "Greco",
    "Halvorsen",
    "Ito",
    "Jansen",
    "Kovács",
    "Lindqvist",
    "Moreau",
    "Nowak",
    "Okafor",
    "Pires",
    "Rossi",
    "Søndergaard",
    "Tanaka",
    "Weiß",
];
const SENTENCES: [&str; 16] = [
    "Made in small numbers, by hand, in a workshop that we visit twice a year.",
    "It keeps its shape, its colour and its temper for a long time.",
    "The first one stood in our own kitchen for two winters before we put it on sale.",
    "Works with every stove, induction among them, and goes into the dishwasher.",
    "Sweet at first, then a clear note of citrus and a long finish of dark chocolate.",
    "Spare parts can be had for ten years; write to us and we send them with the next parcel.",
    "The glaze runs a little differently on each piece, which is how it should be.",
    "Packed without plastic, in a box that is made from what was left of the last one.",
    "If it is not what you hoped for, send it back within thirty days.",
    "Grown between 1,600 and 1,900 metres, picked in three passes and dried on raised beds.",
    "Holds enough for two large cups, or for four small ones after dinner.",
    "A good present for somebody who has everything but the time to sit down.",
    "The handle stays cool, and the spout does not drip.",
    "Weighed to a tenth of a gram, and steady enough to trust it.",
    "Goes well with our lighter roasts, and surprisingly well with tea.",
    "We know the people who make it, and what they are paid for it.",
];
const TAGS: [&str; 12] = [
    "brewing",
    "growers",
    "recipes",
    "roasting",
    "news",
    "travel",
    "cupping",
    "equipment",
    "people",
    "seasons",
    "tea",
    "how to",
];

/// A seeded pseudo-random generator.
pub(super) struct SeededRandom {
    random: Random,
    left: Vec<u8>,
}

impl SeededRandom {
    /// The generator of the record of a kind with a number.
    pub(super) fn new(kind: u64, number: u64) -> SeededRandom {
        SeededRandom { random: Random::seeded(kind << 40 | number), left: Vec::new() }
    }

    /// A number below `limit`.
    pub(super) fn next_below(&mut self, limit: u64) -> Result<u64> {
        if self.left.len() < 4 {
            self.left = self.random.bytes()?.to_vec();
        }
        let four = self.left.split_off(self.left.len() - 4);
        Ok(four.into_iter().fold(0, |sum, byte| sum << 8 | u64::from(byte)) % limit.max(1))
    }

    /// A random value.
    pub(super) fn choose<'a, T>(&mut self, values: &'a [T]) -> Result<&'a T> {
        let at = self.next_below(u64::try_from(values.len()).unwrap_or(1))?;
        values.get(usize::try_from(at).unwrap_or(0)).ok_or(Error::bug("nothing to pick from"))
    }
}

/// The email address of a customer, from 0.
///
/// # Errors
/// When there is no randomness.
pub fn customer_email(number: u64) -> Result<String> {
    Ok(sales::describe_customer(number)?.1)
}

/// Fills the shop with `thousands` of products, and posts and orders to match.
///
/// # Errors
/// When the database refuses.
pub fn fill_shop(tx: &mut Tx<'_>, thousands: u64) -> Result<()> {
    let (now, settings) = (tx.now(), &Settings::load(tx.conn())?);
    let (count, orders) = (thousands * 1_000, thousands * ORDERS);
    let shapes = (0..count).map(options).collect::<Result<Vec<_>>>()?;
    let variants = shapes.iter().map(|options| combinations(options)).sum();
    let plan = sales::SalesPlan { orders, variants, customers: thousands * CUSTOMERS };
    let sold = plan.sold_quantities()?;
    let by = Actor::without_account(&settings.site_name);
    let placement = Categories {
        categories: Category::all(tx.conn())?.into_iter().map(|category| category.path).collect(),
        pictures: media::table.order(media::id).select((media::public_id, media::alt_text)).load(tx.conn())?,
    };
    let mut taken = sold.iter().map(|sold| sold.shipped + sold.reserved);
    for (number, options) in (0..count).zip(shapes) {
        let sold = taken.by_ref().take(usize::try_from(combinations(&options)).unwrap_or(1)).collect();
        product(tx, settings, &placement, ProductPlan { number, options, sold }, &by)?;
    }
    for number in 0..thousands * POSTS {
        post(tx, settings, number)?;
    }
    let sale_variants = load_sale_variants(tx)?;
    plan.write_orders(tx, settings, &sale_variants, now)?;
    for (sale_variant, sold) in sale_variants.iter().zip(&sold) {
        diesel::update(stock_levels::table.find(sale_variant.stock_level_id))
            .set((
                stock_levels::on_hand.eq(stock_levels::on_hand - sold.shipped),
                stock_levels::reserved.eq(stock_levels::reserved + sold.reserved),
            ))
            .execute(tx.conn())?;
    }
    tx.set_now(now);
    search::optimise_index(tx)
}

/// Categories and pictures of the products.
struct Categories {
    categories: Vec<String>,
    pictures: Vec<(String, String)>,
}

/// Backdates what is written from now on to a random time since the shop opened.
fn backdate(tx: &mut Tx<'_>, rng: &mut SeededRandom) -> Result<()> {
    let minutes = i64::try_from(rng.next_below(u64::try_from(DAYS_OPEN * 24 * 60).unwrap_or(1))?).unwrap_or(0);
    tx.set_now(tx.now().minus(SignedDuration::from_mins(minutes)));
    Ok(())
}

/// A product to create: its options, and the quantity that orders take of each variant.
struct ProductPlan {
    number: u64,
    options: Vec<OptionInput>,
    sold: Vec<i64>,
}

/// The options of a product: three variants on average; a quarter of products have one.
fn options(number: u64) -> Result<Vec<OptionInput>> {
    let option = |name: &str, values: &[&str]| OptionInput {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let sizes = || option("Size", &["Small", "Medium", "Large"]);
    Ok(match SeededRandom::new(5, number).next_below(20)? {
        0..5 => Vec::new(),
        5..14 => vec![sizes()],
        14..18 => vec![option("Finish", &["Matt", "Glossy"]), option("Lid", &["With", "Without"])],
        _ => vec![sizes(), option("Finish", &["Matt", "Glossy"])],
    })
}

fn combinations(options: &[OptionInput]) -> u64 {
    options.iter().map(|option| u64::try_from(option.values.len()).unwrap_or(1)).product()
}

/// Remaining stock: a few products are sold out or nearly so.
fn remaining_stock(rng: &mut SeededRandom) -> Result<i64> {
    let left = match rng.next_below(100)? {
        0..5 => 0,
        5..15 => 1 + rng.next_below(5)?,
        _ => 6 + rng.next_below(200)?,
    };
    Ok(i64::try_from(left).unwrap_or(0))
}

fn product(tx: &mut Tx<'_>, settings: &Settings, placement: &Categories, plan: ProductPlan, by: &Actor) -> Result<()> {
    let ProductPlan { number, options, sold } = plan;
    let now = tx.now();
    let mut rng = SeededRandom::new(1, number);
    let (adjective, noun, brand) = (rng.choose(&ADJECTIVES)?, rng.choose(&NOUNS)?, rng.choose(&BRANDS)?);
    let title = format!("{adjective} {noun} by {brand}");
    let text = [rng.choose(&SENTENCES)?, rng.choose(&SENTENCES)?, rng.choose(&SENTENCES)?, rng.choose(&SENTENCES)?];
    let cents = 390 + i64::try_from(rng.next_below(120)?).unwrap_or(0) * 50;
    let status = match rng.next_below(100)? {
        0..90 => ProductStatus::Active,
        90..96 => ProductStatus::Draft,
        _ => ProductStatus::Archived,
    };
    let first = remaining_stock(&mut rng)?;
    let input = ProductInput {
        slug: format!("{}-{}", slug::from_title(&title).unwrap_or_default(), number + 1),
        description: rendered(
            format!("{} {}\n\n{} {}\n\nBatch B{}.", text[0], text[1], text[2], text[3], number / 10),
            PicturePolicy::None,
        )?,
        attributes: format!("Maker: {brand}\nColour: {adjective}"),
        status,
        tax_class: TaxClass::Standard,
        featured: rng.next_below(200)? == 0,
        gift_card: false,
        base_variant: VariantInput {
            compare_at: (rng.next_below(10)? == 0).then(|| Money::new(cents + cents / 4, settings.currency)),
            sku: format!("S-{:06}", number + 1),
            weight_g: 100 + i64::try_from(rng.next_below(900)?).unwrap_or(0),
            stock: sold.first().copied().unwrap_or(0) + first,
            ..VariantInput::from_price(Money::new(cents, settings.currency))
        },
        variants: Vec::new(),
        options,
        categories: vec![rng.choose(&placement.categories)?.clone()],
        pictures: vec![rng.choose(&placement.pictures)?.clone()],
        published_at: None,
        title,
    };
    let input = ProductInput { variants: variants(&input, number, &sold)?, ..input };
    backdate(tx, &mut rng)?;
    Product::create(tx, &input, by)?;
    tx.set_now(now);
    Ok(())
}

/// The variants of a product in the order of their combinations, with ascending prices.
fn variants(input: &ProductInput, number: u64, sold: &[i64]) -> Result<Vec<VariantInput>> {
    if input.options.is_empty() {
        return Ok(Vec::new());
    }
    let mut rng = SeededRandom::new(6, number);
    let step = i64::try_from(rng.next_below(4)?).unwrap_or(0) * 100;
    let mut variants = Vec::new();
    for (sold, place) in sold.iter().zip(0_i64..) {
        let more = |money: Money| Money::new(money.minor + step * place, money.currency);
        variants.push(VariantInput {
            price: more(input.base_variant.price),
            compare_at: input.base_variant.compare_at.map(more),
            sku: format!("{}-{}", input.base_variant.sku, place + 1),
            stock: sold + remaining_stock(&mut rng)?,
            ..input.base_variant.clone()
        });
    }
    Ok(variants)
}

fn post(tx: &mut Tx<'_>, settings: &Settings, number: u64) -> Result<()> {
    let now = tx.now();
    let by = Member::system(&settings.site_name);
    let mut rng = SeededRandom::new(2, number);
    let title = format!("{} {}, and what we learned from it", rng.choose(&ADJECTIVES)?, rng.choose(&NOUNS)?);
    let mut paragraphs = Vec::new();
    for _ in 0..6 + rng.next_below(6)? {
        let sentences = [rng.choose(&SENTENCES)?, rng.choose(&SENTENCES)?, rng.choose(&SENTENCES)?];
        paragraphs.push(sentences.map(|sentence| *sentence).join(" "));
    }
    let writing = DraftInput {
        slug: format!("{}-{}", slug::from_title(&title).unwrap_or_default(), number + 1),
        title,
        body_md: paragraphs.join("\n\n"),
        excerpt: String::new(),
        tags: format!("{}, {}", rng.choose(&TAGS)?, rng.choose(&TAGS)?),
        cover_id: None,
        cover_alt: String::new(),
    };
    let is_draft = rng.next_below(50)? == 0;
    backdate(tx, &mut rng)?;
    let started = Post::create_draft(tx, PostKind::Post, &by, &writing)?;
    if !is_draft {
        let text = rendered(writing.body_md.clone(), PicturePolicy::Library)?;
        started.publish(tx, PostKind::Post, &by, &text, (paths::post, paths::tag))?;
    }
    tx.set_now(now);
    Ok(())
}

/// The generated variants, in the order of creation.
fn load_sale_variants(tx: &mut Tx<'_>) -> Result<Vec<SaleVariant>> {
    Ok(variants::table
        .inner_join(stock_levels::table)
        .filter(variants::sku.like("S-%"))
        .order(variants::id)
        .select(SaleVariant::as_select())
        .load(tx.conn())?)
}

/// Renders our own text, which is never refused.
fn rendered(source: String, pictures: PicturePolicy) -> Result<MarkdownText> {
    MarkdownText::render(source, pictures).map_err(Error::internal)
}
