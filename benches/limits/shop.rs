//! The sample shop with its owner, in its own folder and process.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use diesel::prelude::*;
use tempfile::TempDir;
use tradepost::db::{Conn, Database, Tx, WriteContext};
use tradepost::error::{Error, Result};
use tradepost::models::catalog::product::edit::{ProductInput, VariantInput};
use tradepost::models::catalog::product::{Product, ProductStatus};
use tradepost::models::content::media::Media;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::JobKind;
use tradepost::schema::{jobs, media, stock_levels, variants};
use tradepost::support::clock::Clock;
use tradepost::support::ids::VariantId;
use tradepost::support::markdown::{MarkdownText, PicturePolicy};
use tradepost::support::token::{Random, SecretKey};

use super::BenchResult;
use super::client::send_request;
use super::large_shop;
use super::load::Server;

/// The owner's email address.
pub const OWNER_EMAIL: &str = "owner@example.com";
/// The owner's password.
pub const OWNER_PASSWORD: &str = "four wandering teapots";
/// The `Accept-Encoding` of current browsers.
pub const ACCEPT_ENCODING: &str = "accept-encoding: gzip, deflate, br, zstd";
/// A product of the sample shop.
pub const PRODUCT_PATH: &str = "/products/las-nubes";
/// Path prefix of the products of [`Shop::add_products`], before their numbers from 0.
pub const MORE_PRODUCTS: &str = "/products/las-nubes-";
/// A post of the sample shop.
pub const POST_PATH: &str = "/blog/a-pour-over-you-can-repeat";

/// The program that the bench runs.
pub const BINARY: &str = env!("CARGO_BIN_EXE_tradepost");

/// The file that is shipped, if `cargo build --profile dist` has made it.
pub fn dist_binary() -> Option<PathBuf> {
    let shipped = Path::new(BINARY).parent()?.parent()?.join("dist/tradepost");
    shipped.exists().then_some(shipped)
}

/// The sample shop.
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    /// Creates it with its owner.
    pub fn create() -> BenchResult<Shop> {
        Shop::with_scale(0)
    }

    /// Creates it with `thousands` of further products, and the orders and posts that go with them.
    pub fn with_scale(thousands: u64) -> BenchResult<Shop> {
        let shop = Shop { folder: tempfile::tempdir()? };
        let mut demo = shop.command("demo");
        demo.args(["--owner-email", OWNER_EMAIL, "--owner-password-stdin"]);
        let mut demo = demo.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        writeln!(demo.stdin.take().ok_or("no input")?, "{OWNER_PASSWORD}")?;
        if !demo.wait()?.success() {
            return Err("no sample shop".into());
        }
        let runtime = tokio::runtime::Runtime::new()?;
        let db = shop.open_database()?;
        if thousands > 0 {
            runtime.block_on(db.write_unbounded(move |tx| large_shop::fill_shop(tx, thousands)))?;
        }
        runtime.block_on(db.write(have_all_sizes))?;
        Ok(shop)
    }

    /// Our program on its folder.
    pub fn command(&self, what: &str) -> Command {
        self.command_of(Path::new(BINARY), what)
    }

    fn command_of(&self, program: &Path, what: &str) -> Command {
        let mut command = Command::new(program);
        command.arg(what).env("TRADEPOST_DATA", self.folder.path());
        command
    }

    /// Its folder.
    pub fn data_folder(&self) -> BenchResult<&str> {
        Ok(self.folder.path().to_str().ok_or("a path that is not text")?)
    }

    /// Serves it.
    pub fn serve(&self) -> BenchResult<Server> {
        Server::start(&mut self.command("serve"))
    }

    /// Serves it without a page cache: every page is rendered.
    pub fn serve_uncached(&self) -> BenchResult<Server> {
        Server::start(self.command("serve").env("TRADEPOST_PAGE_CACHE", "0"))
    }

    /// Serves it with the released binary, if that was built.
    pub fn serve_dist(&self) -> BenchResult<Server> {
        let shipped = dist_binary();
        Server::start(&mut self.command_of(shipped.as_deref().unwrap_or(Path::new(BINARY)), "serve"))
    }

    /// A direct connection to its database.
    pub fn open_database(&self) -> BenchResult<Database> {
        open_database(self.data_folder()?)
    }

    /// Adds products, to fill a page of a list.
    pub fn add_products(&self, more: usize) -> BenchResult<()> {
        let db = self.open_database()?;
        tokio::runtime::Runtime::new()?.block_on(db.write(move |tx| (0..more).try_for_each(|at| offer(tx, at))))?;
        Ok(())
    }
}

/// Marks all picture sizes as made, so that no job makes them during a measurement.
fn have_all_sizes(tx: &mut Tx<'_>) -> Result<()> {
    let pictures: Vec<Media> = media::table.select(Media::as_select()).load(tx.conn())?;
    for picture in pictures {
        picture.record_widths(tx, 0)?;
        picture.record_avif(tx, Some(0))?;
    }
    diesel::delete(jobs::table.filter(jobs::kind.eq(JobKind::ResizePicture.as_str()))).execute(tx.conn())?;
    Ok(())
}

/// The database in a folder.
pub fn open_database(data: &str) -> BenchResult<Database> {
    let key = SecretKey::new([0; 32]);
    let means =
        WriteContext { clock: Clock::System, random: Random::System, secret_key: key, event_handler: |_, _| Ok(()) };
    Ok(Database::open(&format!("sqlite://{data}/tradepost.db"), 8, means)?)
}

fn offer(tx: &mut Tx<'_>, at: usize) -> Result<()> {
    let (like, variant) = Product::find_active(tx.conn(), "las-nubes")?;
    let pictures: Vec<(String, String)> = media::table.select((media::public_id, media::alt_text)).load(tx.conn())?;
    let picture = pictures.get(at % pictures.len().max(1)).cloned();
    let wanted = ProductInput {
        title: format!("{} {at}", like.title),
        slug: String::new(),
        description: MarkdownText::render(like.description_md.clone(), PicturePolicy::None).map_err(Error::internal)?,
        attributes: like.attributes.clone(),
        status: ProductStatus::Active,
        tax_class: like.tax_class,
        gift_card: false,
        featured: false,
        base_variant: VariantInput {
            sku: format!("MORE-{at}"),
            weight_g: variant.weight_g,
            stock: 50,
            ..VariantInput::from_price(variant.price())
        },
        options: Vec::new(),
        variants: Vec::new(),
        categories: vec!["coffee/single-origin".to_owned()],
        pictures: picture.into_iter().collect(),
        published_at: None,
    };
    Product::create(tx, &wanted, &Actor::System).map(drop)
}

/// The variants in stock, by row id and public id.
pub fn stocked_variants(conn: &mut Conn) -> Result<Vec<(VariantId, String)>> {
    let there = variants::table.inner_join(stock_levels::table).filter(stock_levels::on_hand.gt(0));
    Ok(there.select((variants::id, variants::public_id)).order(variants::id).load(conn)?)
}

/// The cookies of the owner, signed in.
pub fn log_in_owner(shop: &str) -> BenchResult<String> {
    log_in(shop, OWNER_EMAIL)
}

/// The cookies of the owner, or of a customer of a large shop: all have the same password.
pub fn log_in(shop: &str, email: &str) -> BenchResult<String> {
    cookie(shop, "/login", &[("email", email), ("password", OWNER_PASSWORD)])
}

/// The cookies of a cart with something in it.
pub fn create_cart(shop: &str) -> BenchResult<String> {
    let variant = send_request(shop, "GET", PRODUCT_PATH, "", &[])?.field_value("variant_id")?;
    cookie(shop, "/cart/lines", &[("variant_id", &variant), ("quantity", "2")])
}

fn cookie(shop: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<String> {
    let response = send_request(shop, "POST", path, "", form)?;
    let set = response.head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    let cookies = set.collect::<Vec<_>>().join("; ");
    if cookies.is_empty() { Err(format!("no cookie: {}", response.head).into()) } else { Ok(cookies) }
}
