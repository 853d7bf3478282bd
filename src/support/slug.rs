//! Addresses made from titles.

/// Longest slug we make or take, in characters.
pub const LONGEST: usize = 80;

/// A slug for a title: Latin letters, digits and dashes. `None` when nothing in the title can be spelled,
/// such as a title of emoji alone; the caller then falls back to an id.
pub fn from_title(title: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in deunicode::deunicode_with_tofu(title, " ").chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && letter != '\'' {
            slug.push('-');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// Whether what somebody typed can be an address as it is.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Text for searching: no accents, lower case.
pub fn folded(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_become_addresses() {
        assert_eq!(from_title("Huila, Colombia – 250 g").as_deref(), Some("huila-colombia-250-g"));
        assert_eq!(from_title("Café crème brûlée").as_deref(), Some("cafe-creme-brulee"));
        assert_eq!(from_title("咖啡").as_deref(), Some("ka-pei"));
        assert!(from_title("قهوة").is_some());
        assert_eq!(from_title("   "), None);
    }

    proptest! {
        #[test]
        fn whatever_the_title_the_slug_is_one(title in ".{0,300}") {
            if let Some(slug) = from_title(&title) {
                prop_assert!(is_slug(&slug), "{slug}");
            }
        }
    }
}
