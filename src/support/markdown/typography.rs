//! Smart typography within text: dashes, apostrophes, ellipses, and autolinks as in GitHub Flavored Markdown (GFM
//! §6.9).

/// Precedes a character that was escaped or an entity. A noncharacter, which is removed from every source first.
pub const LITERAL_MARK: char = '\u{fdd0}';

const LONGEST: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Words(String),
    Link(String, String),
}

/// Splits a text into words and autolinks. `before` and `after` are the adjacent characters, if any.
pub fn split_segments(text: &str, before: Option<char>, after: Option<char>) -> Vec<Segment> {
    let mut found = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some((at, end, target)) = next_address(text, from, before) {
        let words = text.get(start..at).unwrap_or_default();
        let previous = text.get(..start).and_then(|text| text.chars().next_back()).or(before);
        if !words.is_empty() {
            found.push(Segment::Words(typeset(words, previous, text.get(at..).and_then(|text| text.chars().next()))));
        }
        found.push(Segment::Link(text.get(at..end).unwrap_or_default().to_owned(), target));
        (start, from) = (end, end);
    }
    let words = text.get(start..).unwrap_or_default();
    if !words.is_empty() {
        let previous = text.get(..start).and_then(|text| text.chars().next_back()).or(before);
        found.push(Segment::Words(typeset(words, previous, after)));
    }
    found
}

pub fn strip_literal_marks(text: &str) -> String {
    text.chars().filter(|character| *character != LITERAL_MARK).collect()
}

/// Replaces unambiguous dashes, apostrophes and ellipses. Quotation marks stay, because they differ by language.
fn typeset(words: &str, before: Option<char>, after: Option<char>) -> String {
    let characters: Vec<char> = words.chars().collect();
    let at = |index: usize| characters.get(index).copied();
    let mut out = String::with_capacity(words.len());
    let mut index = 0;
    while let Some(character) = at(index) {
        let previous = if index == 0 { before } else { at(index - 1) };
        if character == LITERAL_MARK {
            out.extend(at(index + 1));
            index += 2;
            continue;
        }
        let run = characters.get(index..).map_or(0, |rest| rest.iter().take_while(|next| **next == character).count());
        let next = at(index + run).or(after);
        let replaced = match (character, run) {
            ('\'', 1) if previous.is_some_and(char::is_alphabetic) && next.is_some_and(char::is_alphabetic) => {
                Some('’')
            }
            ('-', 2) if previous.is_some_and(is_digit) && next.is_some_and(is_digit) => Some('–'),
            ('-', 2) if is_gap(previous) && is_gap(next) => Some('–'),
            ('-', 3) if is_gap(previous) && is_gap(next) => Some('—'),
            ('.', 3) if previous.is_some_and(char::is_alphabetic) && is_end(next) => Some('…'),
            _ => None,
        };
        match replaced {
            Some(better) => out.push(better),
            None => out.extend(std::iter::repeat_n(character, run)),
        }
        index += run;
    }
    out
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn is_gap(character: Option<char>) -> bool {
    character.is_none_or(char::is_whitespace)
}

fn is_end(character: Option<char>) -> bool {
    character.is_none_or(|character| {
        character.is_whitespace() || matches!(character, ')' | ',' | '"' | '\'' | '”' | '’' | '»' | '“')
    })
}

fn next_address(text: &str, from: usize, before: Option<char>) -> Option<(usize, usize, String)> {
    let rest = text.get(from..)?;
    for (offset, character) in rest.char_indices() {
        let at = from + offset;
        let found = match character {
            'h' | 'H' | 'w' | 'W' if is_boundary(text, at, before) => web_address(text, at),
            '@' => mail_address(text, from, at, before),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn is_boundary(text: &str, at: usize, before: Option<char>) -> bool {
    let previous = text.get(..at).and_then(|text| text.chars().next_back()).or(before.filter(|_| at == 0));
    previous.is_none_or(|character| {
        !character.is_alphanumeric() && !matches!(character, '/' | '@' | '.' | '-' | '_' | '=' | LITERAL_MARK)
    })
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}

fn web_address(text: &str, at: usize) -> Option<(usize, usize, String)> {
    let rest = text.get(at..)?;
    let scheme = ["https://", "http://", "www."].into_iter().find(|scheme| starts_with(rest, scheme))?;
    let end = rest.char_indices().take(LONGEST).find(|(_, character)| ends_address(*character)).map(|(end, _)| end);
    let end = end.or((rest.len() <= LONGEST).then_some(rest.len()))?;
    let shown = without_punctuation(rest.get(..end)?);
    let host = shown.get(scheme.len()..)?;
    let host_end = host.find(|character: char| !is_of_host(character)).unwrap_or(host.len());
    let host = host.get(..host_end)?;
    let first = host.chars().next()?;
    if !first.is_alphanumeric() || (scheme == "www." && !host.trim_end_matches('.').contains('.')) {
        return None;
    }
    let target = if scheme == "www." { format!("http://{shown}") } else { shown.to_owned() };
    Some((at, at + shown.len(), target))
}

fn is_of_host(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_')
}

fn ends_address(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '<' | '>' | '"' | '“' | '”' | '„' | '«' | '»' | LITERAL_MARK | '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
}

/// Removes punctuation and unbalanced closing brackets at the end of an autolink (GFM §6.9).
fn without_punctuation(address: &str) -> &str {
    let mut address = address;
    loop {
        let Some(last) = address.chars().next_back() else { return address };
        let shorter = address.get(..address.len() - last.len_utf8()).unwrap_or_default();
        let opening = match last {
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '’' | '‘' | '…' => {
                address = shorter;
                continue;
            }
            ')' => '(',
            ']' => '[',
            '}' => '{',
            _ => return address,
        };
        let count = |mark: char| address.chars().filter(|character| *character == mark).count();
        if count(last) <= count(opening) {
            return address;
        }
        address = shorter;
    }
}

fn mail_address(text: &str, from: usize, at: usize, before: Option<char>) -> Option<(usize, usize, String)> {
    let is_local = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | '+');
    let local = text.get(from..at)?;
    // RFC 5321 §4.5.3.1.1: at most 64 octets.
    let length: usize =
        local.chars().rev().take(65).take_while(|character| is_local(*character)).map(char::len_utf8).sum();
    let local = local.get(local.len() - length..)?.trim_start_matches(['.', '-', '_', '+']);
    let start = at - local.len();
    if local.is_empty() || local.len() > 64 || !is_mail_boundary(text, start, before) {
        return None;
    }
    let domain = text.get(at + 1..)?;
    let end =
        domain.find(|character: char| !character.is_ascii_alphanumeric() && !matches!(character, '-' | '.' | '_'));
    let domain = domain.get(..end.unwrap_or(domain.len()))?.trim_end_matches('.');
    let parts: Vec<&str> = domain.split('.').collect();
    if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) || domain.ends_with(['-', '_']) {
        return None;
    }
    let end = at + 1 + domain.len();
    // `a@b.c/d` is not an email address.
    if text.get(end..).is_some_and(|rest| rest.starts_with(['@', '/'])) {
        return None;
    }
    Some((start, end, format!("mailto:{}", text.get(start..end)?)))
}

fn is_mail_boundary(text: &str, at: usize, before: Option<char>) -> bool {
    let previous = text.get(..at).and_then(|text| text.chars().next_back()).or(before.filter(|_| at == 0));
    previous
        .is_none_or(|character| !character.is_alphanumeric() && !matches!(character, '/' | '@' | ':' | LITERAL_MARK))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> String {
        typeset(text, None, None)
    }

    fn addresses(text: &str) -> Vec<(String, String)> {
        let found = split_segments(text, None, None).into_iter().filter_map(|stretch| match stretch {
            Segment::Link(shown, target) => Some((shown, target)),
            Segment::Words(_) => None,
        });
        found.collect()
    }

    #[test]
    fn only_what_cannot_be_meant_otherwise_is_changed() {
        for same in [
            "12\" record",
            "5'10\"",
            "(7\")",
            "--dry-run",
            "git commit --amend",
            "[gallery ids=\"1\"]",
            "\"quoted\"",
            "rock 'n' roll",
            "'single'",
            "1...5",
            "../x",
            "...args",
            "a--b",
            "i--",
            "----",
            "x - y",
            "the '90s",
        ] {
            assert_eq!(typed(same), same);
        }
        for (text, expected) in [
            ("don't", "don’t"),
            ("l'été", "l’été"),
            ("a -- b", "a – b"),
            ("a --- b", "a — b"),
            ("1990--2000", "1990–2000"),
            ("well...", "well…"),
            ("-- Tom", "– Tom"),
        ] {
            assert_eq!(typed(text), expected);
        }
        assert_eq!(typeset("a --", None, Some('b')), "a --");
        assert_eq!(typed("\u{fdd0}'a\u{fdd0}'b"), "'a'b");
    }

    #[test]
    fn addresses_end_where_people_mean_them_to() {
        for (text, expected) in [
            ("See https://x.example/a--b.", "https://x.example/a--b"),
            ("(https://x.example/a)", "https://x.example/a"),
            ("https://en.example/A_(b)", "https://en.example/A_(b)"),
            ("(see https://en.example/A_(b))", "https://en.example/A_(b)"),
            ("[https://x.example/a]", "https://x.example/a"),
            ("\"https://x.example/a\"", "https://x.example/a"),
            ("https://x.example/?a=1&b=2, and", "https://x.example/?a=1&b=2"),
            ("HTTP://X.example!", "HTTP://X.example"),
            ("http://localhost:8080/x?", "http://localhost:8080/x"),
            ("https://müller.example/ü", "https://müller.example/ü"),
        ] {
            assert_eq!(addresses(text), [(expected.to_owned(), expected.to_owned())], "{text}");
        }
        assert_eq!(addresses("www.x.example/a."), [("www.x.example/a".into(), "http://www.x.example/a".into())]);
        for (text, expected) in [
            ("Write to me@shop.example.", "me@shop.example"),
            ("<a.b+c@x-y.example>", "a.b+c@x-y.example"),
            ("(me@shop.example)", "me@shop.example"),
        ] {
            assert_eq!(addresses(text), [(expected.to_owned(), format!("mailto:{expected}"))], "{text}");
        }
        for none in [
            "https://",
            "http:// x",
            "www.",
            "www.x",
            "me@home",
            "@tom",
            "a@b@c.de",
            "xhttps://a.b",
            "https://.",
            "me@x-.",
            "@",
        ] {
            assert_eq!(addresses(none), [], "{none}");
        }
        assert_eq!(addresses("a@b.example, c@d.example https://e.example").len(), 3);
    }

    #[test]
    fn words_around_addresses_are_typeset_and_addresses_are_not() {
        let words = |text: &str| Segment::Words(text.to_owned());
        let address = Segment::Link("https://x.y/a--b".into(), "https://x.y/a--b".into());
        let found = split_segments("it's a -- b https://x.y/a--b -- c", None, None);
        assert_eq!(found, [words("it’s a – b "), address, words(" – c")]);
    }
}
