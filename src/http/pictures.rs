//! Pictures of the library as pages show them.

use crate::models::media::Media;
use crate::paths;
use crate::views::Picture;

/// The width that browsers get which cannot choose.
const PLAIN: u32 = 640;

/// A picture in its sizes; `alt` stands in for its own description.
pub fn picture(media: &Media, alt: Option<&str>) -> Picture {
    let mut widths: Vec<u32> = media.widths.split(',').filter_map(|width| width.trim().parse().ok()).collect();
    if widths.is_empty() {
        widths.push(u32::try_from(media.width).unwrap_or(PLAIN));
    }
    let plain = widths.iter().copied().min_by_key(|width| width.abs_diff(PLAIN)).unwrap_or(PLAIN);
    let (mut src, mut srcset) = (String::new(), String::with_capacity(widths.len() * 96));
    for width in widths {
        let address = paths::media(&Media::key(&media.sha256, width));
        if !srcset.is_empty() {
            srcset.push_str(", ");
        }
        srcset.extend([address.as_str(), " ", &width.to_string(), "w"]);
        if width == plain {
            src = address;
        }
    }
    Picture {
        src,
        srcset,
        width: i32::try_from(media.width).unwrap_or(i32::MAX),
        height: i32::try_from(media.height).unwrap_or(i32::MAX),
        alt: alt.unwrap_or(&media.alt_text).to_owned(),
    }
}
