//! Kept pictures by name: in which widths and formats there are files, and what they are called.

/// Widths kept, as far as a picture is that wide.
const WIDTHS: [u32; 5] = [320, 640, 960, 1280, 1920];
/// Hex digits of the content's hash in a name: nobody finds two pictures that share so many.
const DIGITS: usize = 32;

/// How a picture is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What everybody reads.
    Webp,
    /// Smaller, for browsers that read it.
    Avif,
}

impl Format {
    /// How names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Webp => "webp",
            Format::Avif => "avif",
        }
    }
}

/// The largest width that is kept of a picture so wide, pixels.
pub fn largest(width: u32) -> u32 {
    WIDTHS.last().map_or(width, |most| width.min(*most))
}

/// All widths of a picture whose largest is so wide, ascending, pixels.
pub fn widths(largest: u32) -> Vec<u32> {
    WIDTHS.into_iter().filter(|width| *width < largest).chain([largest]).collect()
}

/// The beginning of the names of a picture's files: that of its content's hash.
pub fn stem(sha256: &str) -> &str {
    sha256.get(..DIGITS).unwrap_or(sha256)
}

/// The name of a file: `2cf24dba5fb0a30e26e83b2ac5b9e29e-640.webp`.
pub fn name(sha256: &str, width: u32, format: Format) -> String {
    format!("{}-{width}.{}", stem(sha256), format.ending())
}

/// Whether a name is that of a kept picture.
pub fn is_name(name: &str) -> bool {
    let parts = name.split_once('-').and_then(|(stem, rest)| Some((stem, rest.split_once('.')?)));
    parts.is_some_and(|(stem, (width, ending))| {
        stem.len() == DIGITS
            && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !width.is_empty()
            && width.bytes().all(|byte| byte.is_ascii_digit())
            && [Format::Webp, Format::Avif].iter().any(|format| format.ending() == ending)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn a_picture_is_kept_in_the_widths_it_has() {
        assert_eq!(widths(largest(4000)), [320, 640, 960, 1280, 1920]);
        assert_eq!(widths(largest(1920)), [320, 640, 960, 1280, 1920]);
        assert_eq!(widths(largest(700)), [320, 640, 700]);
        assert_eq!(widths(largest(640)), [320, 640]);
        assert_eq!(widths(largest(1)), [1]);
    }

    #[test]
    fn only_names_that_are_given_are_names() {
        for format in [Format::Webp, Format::Avif] {
            assert!(is_name(&name(HASH, 640, format)));
        }
        let stem = stem(HASH);
        for odd in ["", "-640.webp", "../secret", "a-640.webp", "tradepost.db"] {
            assert!(!is_name(odd), "{odd}");
        }
        for rest in ["-640.png", "-.webp", "-640", ".webp", "-640.webp.avif", "-6/0.webp", "-640.avif/../x"] {
            assert!(!is_name(&format!("{stem}{rest}")), "{rest}");
        }
    }
}
