//! The picture library in the admin.

use crate::forms::Fields;
use crate::models::content::media::{Media, MediaUsage};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::support::i18n::Locale;
use crate::views::Link;
use crate::views::admin::content::pictures::{PictureDetail, Show, Tile};

/// `used` is the number of places that use the picture.
pub fn picture_tile(media: Media, used: i64) -> Tile {
    Tile {
        href: paths::admin::picture(&media.public_id),
        picture: picture_from_media(&media, None),
        used,
        label: picture_label(&media).to_owned(),
    }
}

pub fn picture_page(media: &Media, usage: MediaUsage, form: Fields, format: &Format) -> Show {
    let t = format.locale;
    let used_in = usage_links(t, usage);
    let detail = |name: &str, value: String| PictureDetail { name: name.to_owned(), value };
    let kilobytes = (media.byte_size + 1023) / 1024;
    Show {
        t,
        id: media.public_id.clone(),
        label: picture_label(media).to_owned(),
        picture: picture_from_media(media, None),
        form,
        details: vec![
            detail(t.admin_picture_size(), t.admin_picture_size_value(media.width, media.height, kilobytes)),
            detail(t.admin_picture_file(), media.file_name.clone()),
            detail(t.admin_picture_added(), format.date(media.created_at).text),
        ],
        markdown: picture_markdown(media),
        can_delete: used_in.is_empty(),
        used_in,
    }
}

fn usage_links(t: Locale, usage: MediaUsage) -> Vec<Link> {
    let product = |(label, id): (String, String)| Link { label, href: paths::admin::product(&id) };
    let post = |(label, id): (String, String)| Link { label, href: paths::admin::post(&id) };
    let front_page = || Link { label: t.admin_picture_front_page().to_owned(), href: paths::home().to_owned() };
    let pages = usage.in_products.into_iter().map(product).chain(usage.in_posts.into_iter().map(post));
    pages.chain(usage.on_front_page.then(front_page)).collect()
}

/// The alternative text, or else the file name.
pub fn picture_label(media: &Media) -> &str {
    if media.alt_text.is_empty() { &media.file_name } else { &media.alt_text }
}

pub fn picture_markdown(media: &Media) -> String {
    let alt: String = media.alt_text.chars().filter(|c| !matches!(c, '[' | ']' | '\n' | '\\')).collect();
    format!("![{alt}](media:{})", media.public_id)
}
