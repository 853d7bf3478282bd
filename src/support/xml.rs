//! What XML 1.0 can hold (section 2.2): a single character beyond it makes a whole document unreadable.

/// Whether XML 1.0 allows a character.
pub fn allows(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// A text without the characters that XML does not allow.
pub fn without_forbidden(mut text: String) -> String {
    if !text.chars().all(allows) {
        text.retain(allows);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_allows_is_kept() {
        let text = "a\0b\u{b}c\u{1b}d\u{c}e\u{fffe}f\u{ffff}g\t\n\r\u{7f}\u{85}\u{2028}\u{fffd}\u{1fffe}h";
        let kept = without_forbidden(text.to_owned());
        assert_eq!(kept, "abcdefg\t\n\r\u{7f}\u{85}\u{2028}\u{fffd}\u{1fffe}h");
    }
}
