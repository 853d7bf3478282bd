//! File names, widths and formats of stored pictures.

/// Widths that are stored, in pixels, up to the width of the original.
const WIDTHS: [u32; 5] = [320, 640, 960, 1280, 1920];
/// Hex digits of the SHA-256 in a file name: 128 bits.
const DIGITS: usize = 32;

/// Image format of a stored picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Supported by all browsers.
    Webp,
    /// Smaller; not supported by all browsers.
    Avif,
}

impl Format {
    /// File name extension.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Webp => "webp",
            Format::Avif => "avif",
        }
    }
}

/// Largest stored width of a picture, in pixels.
pub fn largest_width(width: u32) -> u32 {
    WIDTHS.last().map_or(width, |most| width.min(*most))
}

/// Stored widths of a picture in ascending order, in pixels, for `srcset`.
pub fn widths(largest: u32) -> Vec<u32> {
    WIDTHS.into_iter().filter(|width| *width < largest).chain([largest]).collect()
}

/// Prefix of a picture's file names, from the SHA-256 of its content in hex.
pub fn stem(sha256: &str) -> &str {
    sha256.get(..DIGITS).unwrap_or(sha256)
}

/// File name: `2cf24dba5fb0a30e26e83b2ac5b9e29e-640.webp`.
pub fn file_name(sha256: &str, width: u32, format: Format) -> String {
    format!("{}-{width}.{}", stem(sha256), format.extension())
}

/// Whether a name is one that [`file_name`] can return.
pub fn is_file_name(name: &str) -> bool {
    let parts = name.split_once('-').and_then(|(stem, rest)| Some((stem, rest.split_once('.')?)));
    parts.is_some_and(|(stem, (width, ending))| {
        stem.len() == DIGITS
            && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !width.is_empty()
            && width.bytes().all(|byte| byte.is_ascii_digit())
            && [Format::Webp, Format::Avif].iter().any(|format| format.extension() == ending)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn a_picture_is_kept_in_the_widths_it_has() {
        assert_eq!(widths(largest_width(4000)), [320, 640, 960, 1280, 1920]);
        assert_eq!(widths(largest_width(1920)), [320, 640, 960, 1280, 1920]);
        assert_eq!(widths(largest_width(700)), [320, 640, 700]);
        assert_eq!(widths(largest_width(640)), [320, 640]);
        assert_eq!(widths(largest_width(1)), [1]);
    }

    #[test]
    fn r48_only_names_that_are_given_are_names() {
        for format in [Format::Webp, Format::Avif] {
            assert!(is_file_name(&file_name(HASH, 640, format)));
        }
        let stem = stem(HASH);
        for odd in ["", "-640.webp", "../secret", "a-640.webp", "tradepost.db"] {
            assert!(!is_file_name(odd), "{odd}");
        }
        for rest in ["-640.png", "-.webp", "-640", ".webp", "-640.webp.avif", "-6/0.webp", "-640.avif/../x"] {
            assert!(!is_file_name(&format!("{stem}{rest}")), "{rest}");
        }
    }
}
