//! Pictures of the library as pages show them.

use askama::Template;

use crate::error::Result;
use crate::models::media::{Made, Media};
use crate::paths;
use crate::support::markdown;
use crate::support::picture::{self, Format};
use crate::views::{InText, Picture};

/// The width that browsers get which cannot choose.
const PLAIN: u32 = 640;

/// A picture in its sizes; `alt` stands in for its own description.
pub fn picture(media: &Media, alt: Option<&str>) -> Picture {
    let plain = media.widths.split(',').min_by_key(|width| width.parse().map_or(u32::MAX, |w: u32| w.abs_diff(PLAIN)));
    Picture {
        src: paths::media(picture::stem(&media.sha256), plain.unwrap_or_default(), Format::Webp.ending()),
        srcset: srcset(media, Format::Webp),
        avif: if media.made == Made::Avif { srcset(media, Format::Avif) } else { String::new() },
        width: i32::try_from(media.width).unwrap_or(i32::MAX),
        height: i32::try_from(media.height).unwrap_or(i32::MAX),
        alt: alt.unwrap_or(&media.alt_text).to_owned(),
    }
}

fn srcset(media: &Media, format: Format) -> String {
    let (stem, ending) = (picture::stem(&media.sha256), format.ending());
    let mut srcset = String::with_capacity(5 * 64);
    for width in media.widths.split(',') {
        if !srcset.is_empty() {
            srcset.push_str(", ");
        }
        srcset.extend([&paths::media(stem, width, ending), " ", width, "w"]);
    }
    srcset
}

/// A rendered text with its pictures, as they are now.
///
/// # Errors
/// When a template fails.
pub fn with_pictures(html: String, library: &[Media]) -> Result<String> {
    filled(html, library, picture)
}

/// The same for readers of feeds: in the one format that all of them know, at whole addresses.
///
/// # Errors
/// When a template fails.
pub fn with_plain_pictures(html: String, library: &[Media], origin: &str) -> Result<String> {
    filled(html, library, |media, alt| {
        let picture = picture(media, alt);
        let srcset: Vec<String> = picture.srcset.split(", ").map(|size| format!("{origin}{size}")).collect();
        let (src, srcset) = (format!("{origin}{}", picture.src), srcset.join(", "));
        Picture { src, srcset, avif: String::new(), ..picture }
    })
}

fn filled(html: String, library: &[Media], picture: impl Fn(&Media, Option<&str>) -> Picture) -> Result<String> {
    markdown::filled(html, |id, alt| {
        let Some(media) = library.iter().find(|media| media.public_id == id) else { return Ok(None) };
        let alt = Some(alt).filter(|alt| !alt.is_empty());
        Ok(Some(InText { picture: picture(media, alt) }.render()?))
    })
}
