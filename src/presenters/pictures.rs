//! View structs and markup for pictures of the media library.

use askama::Template;

use crate::error::Result;
use crate::models::content::media::{Media, RenditionStage};
use crate::paths;
use crate::support::markdown;
use crate::support::picture::{self, Format};
use crate::views::{InlinePicture, Picture};

/// Width in pixels for browsers without `srcset`.
const PLAIN: u32 = 640;

/// A picture with all its sizes; `alt` overrides its own description.
pub fn picture_from_media(media: &Media, alt: Option<&str>) -> Picture {
    let plain = media.widths.split(',').min_by_key(|width| width.parse().map_or(u32::MAX, |w: u32| w.abs_diff(PLAIN)));
    Picture {
        src: paths::media(picture::stem(&media.sha256), plain.unwrap_or_default(), Format::Webp.extension()),
        srcset: srcset(media, Format::Webp),
        avif: if media.rendition_stage == RenditionStage::Avif { srcset(media, Format::Avif) } else { String::new() },
        width: i32::try_from(media.width).unwrap_or(i32::MAX),
        height: i32::try_from(media.height).unwrap_or(i32::MAX),
        alt: alt.unwrap_or(&media.alt_text).to_owned(),
    }
}

fn srcset(media: &Media, format: Format) -> String {
    let (stem, ending) = (picture::stem(&media.sha256), format.extension());
    let mut srcset = String::with_capacity(5 * 64);
    for width in media.widths.split(',') {
        if !srcset.is_empty() {
            srcset.push_str(", ");
        }
        srcset.extend([&paths::media(stem, width, ending), " ", width, "w"]);
    }
    srcset
}

/// Replaces the picture references of rendered Markdown by current markup.
pub fn insert_pictures(html: String, library: &[Media]) -> Result<String> {
    filled(html, library, picture_from_media)
}

/// [`insert_pictures`] for feeds: WebP only, with absolute addresses.
pub fn insert_feed_pictures(html: String, library: &[Media], origin: &str) -> Result<String> {
    filled(html, library, |media, alt| {
        let picture = picture_from_media(media, alt);
        let srcset: Vec<String> = picture.srcset.split(", ").map(|size| format!("{origin}{size}")).collect();
        let (src, srcset) = (format!("{origin}{}", picture.src), srcset.join(", "));
        Picture { src, srcset, avif: String::new(), ..picture }
    })
}

fn filled(html: String, library: &[Media], picture: impl Fn(&Media, Option<&str>) -> Picture) -> Result<String> {
    markdown::insert_pictures(html, |id, alt| {
        let Some(media) = library.iter().find(|media| media.public_id == id) else { return Ok(None) };
        let alt = Some(alt).filter(|alt| !alt.is_empty());
        Ok(Some(InlinePicture { picture: picture(media, alt) }.render()?))
    })
}
