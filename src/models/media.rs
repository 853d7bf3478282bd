//! The picture library: one row a picture, named by its content, kept in several widths and formats.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::among::among;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::setting::Settings;
use crate::schema::{media, post_drafts, post_pictures, posts, product_pictures, products};
use crate::support::clock::Utc;
use crate::support::page::{Stretch, Window};
use crate::support::picture;
use crate::{each, text_enum, windowed};

text_enum! {
    /// How far the files of a picture are made.
    Made {
        /// The largest size, as WebP.
        Largest = "largest",
        /// All widths as WebP; AVIF may follow.
        Widths = "widths",
        /// All widths as WebP; AVIF would be no gain.
        Webp = "webp",
        /// All widths as WebP and AVIF.
        Avif = "avif",
    }
}

/// A picture.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = media, check_for_backend(Db))]
pub struct Media {
    /// The row.
    pub id: i64,
    /// For URLs and Markdown: `![alt](media:ID)`.
    pub public_id: String,
    /// Hash of the largest size.
    pub sha256: String,
    /// The widths kept, in pixels, ascending: `320,640,960`.
    pub widths: String,
    /// Pixels of the largest.
    pub width: i64,
    /// Pixels of the largest.
    pub height: i64,
    /// Bytes of all files.
    pub byte_size: i64,
    /// Which files there are.
    pub made: Made,
    /// What the file was called.
    pub file_name: String,
    /// What it shows.
    pub alt_text: String,
    /// Words below it.
    pub caption: String,
    /// Whose it is.
    pub credit: String,
    /// Goes up whenever its words change.
    pub lock_version: i64,
    /// When it came.
    pub created_at: Utc,
}

/// A picture that has been read, cleaned and stored in its largest size.
#[derive(Clone, Debug)]
pub struct NewMedia {
    /// Hash of the file.
    pub sha256: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes.
    pub byte_size: u64,
    /// What the file was called.
    pub file_name: String,
    /// What it shows.
    pub alt_text: String,
}

impl Media {
    /// Adds a picture, whose other sizes follow; the same picture again is the one already there.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn add(tx: &mut Tx<'_>, new: &NewMedia, by: &Actor) -> Result<Media> {
        let known = media::table.filter(media::sha256.eq(&new.sha256)).select(Media::as_select());
        if let Some(known) = known.first(tx.conn()).optional()? {
            return Ok(known);
        }
        let row = (
            media::public_id.eq(tx.public_id()?),
            media::sha256.eq(&new.sha256),
            media::widths.eq(new.width.to_string()),
            media::width.eq(i64::from(new.width)),
            media::height.eq(i64::from(new.height)),
            media::byte_size.eq(i64::try_from(new.byte_size).unwrap_or(i64::MAX)),
            media::made.eq(Made::Largest),
            media::file_name.eq(&new.file_name),
            media::alt_text.eq(&new.alt_text),
            media::caption.eq(""),
            media::credit.eq(""),
            media::created_at.eq(tx.now()),
        );
        let conn = tx.conn();
        let id: Option<i64> = each!(conn => diesel::insert_into(media::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(media::id)
            .get_result(conn)
            .optional())?;
        // Somebody may have added it at the same moment.
        let Some(id) = id else { return Ok(known.first(tx.conn())?) };
        Fact::PictureAdded(id).record(tx, by)?;
        Ok(media::table.find(id).select(Media::as_select()).first(tx.conn())?)
    }

    /// All pictures.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<Media>> {
        Ok(media::table.order(media::id).select(Media::as_select()).load(conn)?)
    }

    /// A picture by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Media> {
        Ok(media::table.find(id).select(Media::as_select()).first(conn)?)
    }

    /// Pixels of the largest size, from side to side.
    pub fn largest(&self) -> u32 {
        u32::try_from(self.width).unwrap_or(u32::MAX)
    }

    /// All widths are there as WebP: `bytes` in all. Said again, it changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn has_widths(&self, tx: &mut Tx<'_>, bytes: u64) -> Result<()> {
        let widths: Vec<String> = picture::widths(self.largest()).iter().map(u32::to_string).collect();
        diesel::update(media::table.filter(media::id.eq(self.id).and(media::made.eq(Made::Largest))))
            .set((
                media::widths.eq(widths.join(",")),
                media::byte_size.eq(i64::try_from(bytes).unwrap_or(i64::MAX)),
                media::made.eq(Made::Widths),
            ))
            .execute(tx.conn())?;
        Ok(())
    }

    /// All widths are there as AVIF too: `bytes` of them; or there is none. Said again, it changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn has_avif(&self, tx: &mut Tx<'_>, bytes: Option<u64>) -> Result<()> {
        let made = if bytes.is_some() { Made::Avif } else { Made::Webp };
        let more = i64::try_from(bytes.unwrap_or(0)).unwrap_or(i64::MAX);
        diesel::update(media::table.filter(media::id.eq(self.id).and(media::made.eq(Made::Widths))))
            .set((media::made.eq(made), media::byte_size.eq(media::byte_size + more)))
            .execute(tx.conn())?;
        Ok(())
    }

    /// A picture by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Media> {
        Ok(media::table.filter(media::public_id.eq(public_id)).select(Media::as_select()).first(conn)?)
    }

    /// Pictures by their public ids.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn among(conn: &mut Conn, public_ids: &[String]) -> Result<Vec<Media>> {
        Ok(media::table.filter(media::public_id.eq_any(public_ids)).select(Media::as_select()).load(conn)?)
    }

    /// Pictures by their rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn by_id(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Media>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<Media> =
            each!(conn => media::table.filter(among(media::id, ids)).select(Media::as_select()).load(conn))?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    /// Pictures in the texts of some published posts, each perhaps more than once.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn within(conn: &mut Conn, posts: &[i64]) -> Result<Vec<Media>> {
        if posts.is_empty() {
            return Ok(Vec::new());
        }
        Ok(each!(conn => media::table
            .inner_join(post_pictures::table)
            .filter(among(post_pictures::post_id, posts))
            .select(Media::as_select())
            .load(conn))?)
    }

    /// The library, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, window: &Window) -> Result<Stretch<Media>> {
        let edge: Option<(Utc, i64)> = window.edge(|key| {
            let row = media::table.filter(media::public_id.eq(key));
            row.select((media::created_at, media::id)).first(conn).optional()
        })?;
        let query = media::table.select(Media::as_select()).into_boxed::<Db>();
        let rows = windowed!(query, window, edge, falling, media::created_at, media::id).load(conn)?;
        Ok(Stretch::cut(rows, window, |media: &Media| media.public_id.clone()))
    }

    /// Changes the words that go with a picture.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn describe(tx: &mut Tx<'_>, id: i64, alt: &str, caption: &str, credit: &str) -> Result<()> {
        let words = (media::alt_text.eq(alt), media::caption.eq(caption), media::credit.eq(credit));
        diesel::update(media::table.find(id))
            .set((words, media::lock_version.eq(media::lock_version + 1)))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Changes the words that go with a picture if nobody has since `lock_version`.
    ///
    /// # Errors
    /// `Conflict` when somebody has.
    pub fn save_words(&self, tx: &mut Tx<'_>, lock_version: i64, alt: &str, caption: &str, credit: &str) -> Result<()> {
        let mine = media::id.eq(self.id).and(media::lock_version.eq(lock_version));
        let words = (media::alt_text.eq(alt), media::caption.eq(caption), media::credit.eq(credit));
        let saved = diesel::update(media::table.filter(mine))
            .set((words, media::lock_version.eq(lock_version + 1)))
            .execute(tx.conn())?;
        if saved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Where a picture is used: titles of products and posts with their public ids.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn uses(conn: &mut Conn, id: i64) -> Result<Uses> {
        let in_products = products::table
            .inner_join(product_pictures::table)
            .filter(product_pictures::media_id.eq(id))
            .order(products::id)
            .select((products::title, products::public_id))
            .load(conn)?;
        let drafted = post_drafts::table.filter(post_drafts::cover_id.eq(id)).select(post_drafts::post_id);
        let within = post_pictures::table.filter(post_pictures::media_id.eq(id)).select(post_pictures::post_id);
        let in_posts = posts::table
            .filter(posts::cover_id.eq(id).or(posts::id.eq_any(drafted)).or(posts::id.eq_any(within)))
            .order(posts::id)
            .select((posts::title, posts::public_id))
            .load(conn)?;
        let settings = Settings::load(conn)?;
        let name: String = media::table.find(id).select(media::public_id).first(conn)?;
        Ok(Uses { in_products, in_posts, on_front_page: settings.front_page_pictures().contains(&name.as_str()) })
    }

    /// In how many products and posts, and on the front page, some pictures are used.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn use_counts(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, i64>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let products: Vec<(i64, i64)> = product_pictures::table
            .filter(among(product_pictures::media_id, ids))
            .select((product_pictures::media_id, product_pictures::product_id))
            .load(conn)?;
        let mut in_posts: Vec<(i64, i64)> = post_pictures::table
            .filter(among(post_pictures::media_id, ids))
            .select((post_pictures::media_id, post_pictures::post_id))
            .load(conn)?;
        let covers: Vec<(Option<i64>, i64)> =
            posts::table.filter(among(posts::cover_id, ids)).select((posts::cover_id, posts::id)).load(conn)?;
        let drafted: Vec<(Option<i64>, i64)> = post_drafts::table
            .filter(among(post_drafts::cover_id, ids))
            .select((post_drafts::cover_id, post_drafts::post_id))
            .load(conn)?;
        in_posts.extend(covers.into_iter().chain(drafted).filter_map(|(cover, post)| Some((cover?, post))));
        in_posts.sort_unstable();
        in_posts.dedup();
        let settings = Settings::load(conn)?;
        let on_front_page: Vec<(i64, i64)> = media::table
            .filter(among(media::id, ids).and(media::public_id.eq_any(settings.front_page_pictures())))
            .select((media::id, media::id))
            .load(conn)?;
        let mut counts = HashMap::new();
        for (picture, _) in products.into_iter().chain(in_posts).chain(on_front_page) {
            *counts.entry(picture).or_insert(0) += 1;
        }
        Ok(counts)
    }

    /// Deletes a picture nobody uses; its files stay until the library is swept.
    ///
    /// # Errors
    /// `Conflict` while it is used.
    pub fn delete(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let uses = Media::uses(tx.conn(), id)?;
        if uses.on_front_page || !uses.in_products.is_empty() || !uses.in_posts.is_empty() {
            return Err(Error::Conflict);
        }
        diesel::delete(media::table.find(id)).execute(tx.conn())?;
        Ok(())
    }
}

/// Where a picture is used: title and public id each.
pub struct Uses {
    /// Products that show it.
    pub in_products: Vec<(String, String)>,
    /// Posts that show it.
    pub in_posts: Vec<(String, String)>,
    /// The front page shows it.
    pub on_front_page: bool,
}
