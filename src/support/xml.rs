//! Characters of XML 1.0 (§2.2): one forbidden character makes a whole document unreadable.

/// Whether XML 1.0 allows a character.
pub fn is_allowed_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Removes characters that XML 1.0 does not allow.
pub fn remove_forbidden(mut text: String) -> String {
    if !text.chars().all(is_allowed_char) {
        text.retain(is_allowed_char);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_allows_is_kept() {
        let text = "a\0b\u{b}c\u{1b}d\u{c}e\u{fffe}f\u{ffff}g\t\n\r\u{7f}\u{85}\u{2028}\u{fffd}\u{1fffe}h";
        let kept = remove_forbidden(text.to_owned());
        assert_eq!(kept, "abcdefg\t\n\r\u{7f}\u{85}\u{2028}\u{fffd}\u{1fffe}h");
    }
}
