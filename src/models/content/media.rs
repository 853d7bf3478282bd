//! The picture library: one row per picture, identified by the hash of its content, stored in several widths and
//! formats.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::setting::Settings;
use crate::schema::{media, post_drafts, post_pictures, posts, product_pictures, products};
use crate::support::clock::Utc;
use crate::support::ids::{MediaId, PostId, ProductId};
use crate::support::pagination::{Cursor, CursorPage};
use crate::support::picture;
use crate::{apply_cursor, on_backend, text_enum};

text_enum! {
    RenditionStage {
        /// The largest width as WebP.
        Largest = "largest",
        /// All widths as WebP; AVIF may follow.
        AllWidths = "widths",
        /// All widths as WebP; AVIF would not be smaller.
        WebpOnly = "webp",
        Avif = "avif",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = media, check_for_backend(AnyBackend))]
pub struct Media {
    pub id: MediaId,
    /// The id in URLs and Markdown: `![alt](media:ID)`.
    pub public_id: String,
    /// SHA-256 of the largest rendition, in hex.
    pub sha256: String,
    /// The stored widths in pixels, ascending: `320,640,960`.
    pub widths: String,
    /// Width of the largest rendition in pixels.
    pub width: i64,
    pub height: i64,
    /// Size of all files in bytes.
    pub byte_size: i64,
    pub rendition_stage: RenditionStage,
    pub file_name: String,
    pub alt_text: String,
    pub caption: String,
    pub credit: String,
    pub lock_version: i64,
    pub created_at: Utc,
}

/// A picture whose largest rendition has been stored.
#[derive(Clone, Debug)]
pub struct NewMedia {
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub byte_size: u64,
    pub file_name: String,
    pub alt_text: String,
}

#[derive(Insertable)]
#[diesel(table_name = media, treat_none_as_default_value = false)]
struct MediaRow<'a> {
    public_id: String,
    sha256: &'a str,
    widths: String,
    width: i64,
    height: i64,
    byte_size: i64,
    rendition_stage: RenditionStage,
    file_name: &'a str,
    alt_text: &'a str,
    caption: &'a str,
    credit: &'a str,
    created_at: Utc,
}

impl Media {
    /// Adds a picture, or returns the existing one with the same content.
    pub fn add(tx: &mut Tx<'_>, new: &NewMedia, by: &Actor) -> Result<Media> {
        let same_content = Media::query().filter(media::sha256.eq(&new.sha256));
        if let Some(existing) = same_content.first(tx.conn()).optional()? {
            return Ok(existing);
        }
        let row = MediaRow {
            public_id: tx.generate_public_id()?,
            sha256: &new.sha256,
            widths: new.width.to_string(),
            width: new.width.into(),
            height: new.height.into(),
            byte_size: i64::try_from(new.byte_size).unwrap_or(i64::MAX),
            rendition_stage: RenditionStage::Largest,
            file_name: &new.file_name,
            alt_text: &new.alt_text,
            caption: "",
            credit: "",
            created_at: tx.now(),
        };
        let conn = tx.conn();
        let id: Option<MediaId> = on_backend!(conn => diesel::insert_into(media::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(media::id)
            .get_result(conn)
            .optional())?;
        // A concurrent transaction added the same picture.
        let Some(id) = id else { return Ok(same_content.first(tx.conn())?) };
        Event::PictureAdded { picture: id }.record(tx, by)?;
        Ok(Media::query().find(id).first(tx.conn())?)
    }

    pub fn all(conn: &mut Conn) -> Result<Vec<Media>> {
        Ok(Media::query().order(media::id).load(conn)?)
    }

    pub fn get(conn: &mut Conn, id: MediaId) -> Result<Media> {
        Ok(Media::query().find(id).first(conn)?)
    }

    pub fn max_width(&self) -> u32 {
        u32::try_from(self.width).unwrap_or(u32::MAX)
    }

    /// Records that all widths exist as WebP, `bytes` in total. Idempotent.
    pub fn record_widths(&self, tx: &mut Tx<'_>, bytes: u64) -> Result<()> {
        let widths: Vec<String> = picture::widths(self.max_width()).iter().map(u32::to_string).collect();
        diesel::update(
            media::table.filter(media::id.eq(self.id).and(media::rendition_stage.eq(RenditionStage::Largest))),
        )
        .set((
            media::widths.eq(widths.join(",")),
            media::byte_size.eq(i64::try_from(bytes).unwrap_or(i64::MAX)),
            media::rendition_stage.eq(RenditionStage::AllWidths),
        ))
        .execute(tx.conn())?;
        Ok(())
    }

    /// Records that all widths exist as AVIF too, `bytes` in total, or that none will. Idempotent.
    pub fn record_avif(&self, tx: &mut Tx<'_>, bytes: Option<u64>) -> Result<()> {
        let stage = if bytes.is_some() { RenditionStage::Avif } else { RenditionStage::WebpOnly };
        let added_bytes = i64::try_from(bytes.unwrap_or(0)).unwrap_or(i64::MAX);
        diesel::update(
            media::table.filter(media::id.eq(self.id).and(media::rendition_stage.eq(RenditionStage::AllWidths))),
        )
        .set((media::rendition_stage.eq(stage), media::byte_size.eq(media::byte_size + added_bytes)))
        .execute(tx.conn())?;
        Ok(())
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Media> {
        Ok(Media::query().filter(media::public_id.eq(public_id)).first(conn)?)
    }

    pub fn find_by_public_ids(conn: &mut Conn, public_ids: &[String]) -> Result<Vec<Media>> {
        Ok(Media::query().filter(media::public_id.eq_any(public_ids)).load(conn)?)
    }

    pub fn find_by_ids(conn: &mut Conn, ids: &[MediaId]) -> Result<HashMap<MediaId, Media>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<Media> = on_backend!(conn => Media::query().filter(id_in(media::id, ids)).load(conn))?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    /// Pictures in the texts of these posts; a picture may occur more than once.
    pub fn for_posts(conn: &mut Conn, posts: &[PostId]) -> Result<Vec<Media>> {
        if posts.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on_backend!(conn => media::table
            .inner_join(post_pictures::table)
            .filter(id_in(post_pictures::post_id, posts))
            .select(Media::as_select())
            .load(conn))?)
    }

    /// A page of the library, newest first (keyset pagination).
    pub fn list(conn: &mut Conn, cursor: &Cursor) -> Result<CursorPage<Media>> {
        let anchor: Option<(Utc, MediaId)> = cursor.anchor(|key| {
            let row = media::table.filter(media::public_id.eq(key));
            row.select((media::created_at, media::id)).first(conn).optional()
        })?;
        let query = Media::query().into_boxed::<AnyBackend>();
        let rows = apply_cursor!(query, cursor, anchor, descending, media::created_at, media::id).load(conn)?;
        Ok(CursorPage::from_rows(rows, cursor, |media: &Media| media.public_id.clone()))
    }

    /// Sets the metadata unconditionally.
    pub fn set_metadata(tx: &mut Tx<'_>, id: MediaId, alt: &str, caption: &str, credit: &str) -> Result<()> {
        let metadata = (media::alt_text.eq(alt), media::caption.eq(caption), media::credit.eq(credit));
        diesel::update(media::table.find(id))
            .set((metadata, media::lock_version.eq(media::lock_version + 1)))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Saves the metadata; `Conflict` when somebody else has saved it since `lock_version`.
    pub fn save_metadata(
        &self,
        tx: &mut Tx<'_>,
        lock_version: i64,
        alt: &str,
        caption: &str,
        credit: &str,
    ) -> Result<()> {
        let unchanged = media::id.eq(self.id).and(media::lock_version.eq(lock_version));
        let metadata = (media::alt_text.eq(alt), media::caption.eq(caption), media::credit.eq(credit));
        let saved = diesel::update(media::table.filter(unchanged))
            .set((metadata, media::lock_version.eq(lock_version + 1)))
            .execute(tx.conn())?;
        if saved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    pub fn find_usage(conn: &mut Conn, id: MediaId) -> Result<MediaUsage> {
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
        Ok(MediaUsage { in_products, in_posts, on_front_page: settings.front_page_pictures().contains(&name.as_str()) })
    }

    /// How many times each picture is used in products, in posts and on the front page, by row id.
    pub fn count_usages(conn: &mut Conn, ids: &[MediaId]) -> Result<HashMap<MediaId, i64>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let products: Vec<(MediaId, ProductId)> = product_pictures::table
            .filter(id_in(product_pictures::media_id, ids))
            .select((product_pictures::media_id, product_pictures::product_id))
            .load(conn)?;
        let mut in_posts: Vec<(MediaId, PostId)> = post_pictures::table
            .filter(id_in(post_pictures::media_id, ids))
            .select((post_pictures::media_id, post_pictures::post_id))
            .load(conn)?;
        let covers: Vec<(Option<MediaId>, PostId)> =
            posts::table.filter(id_in(posts::cover_id, ids)).select((posts::cover_id, posts::id)).load(conn)?;
        let drafted: Vec<(Option<MediaId>, PostId)> = post_drafts::table
            .filter(id_in(post_drafts::cover_id, ids))
            .select((post_drafts::cover_id, post_drafts::post_id))
            .load(conn)?;
        in_posts.extend(covers.into_iter().chain(drafted).filter_map(|(cover, post)| Some((cover?, post))));
        in_posts.sort_unstable();
        in_posts.dedup();
        let settings = Settings::load(conn)?;
        let on_front_page: Vec<MediaId> = media::table
            .filter(id_in(media::id, ids).and(media::public_id.eq_any(settings.front_page_pictures())))
            .select(media::id)
            .load(conn)?;
        let mut counts = HashMap::new();
        let pictures = products.into_iter().map(|(picture, _)| picture);
        for picture in pictures.chain(in_posts.into_iter().map(|(picture, _)| picture)).chain(on_front_page) {
            *counts.entry(picture).or_insert(0) += 1;
        }
        Ok(counts)
    }

    /// Deletes an unused picture, whose files a later sweep deletes; `Conflict` while it is in use.
    pub fn delete(tx: &mut Tx<'_>, id: MediaId) -> Result<()> {
        let uses = Media::find_usage(tx.conn(), id)?;
        if uses.on_front_page || !uses.in_products.is_empty() || !uses.in_posts.is_empty() {
            return Err(Error::Conflict);
        }
        diesel::delete(media::table.find(id)).execute(tx.conn())?;
        Ok(())
    }
}

/// Where a picture is used, with title and public id of each product and post.
pub struct MediaUsage {
    pub in_products: Vec<(String, String)>,
    pub in_posts: Vec<(String, String)>,
    pub on_front_page: bool,
}
