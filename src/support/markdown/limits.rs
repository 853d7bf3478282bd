//! What rendering one text may cost. A text that is past it is refused before it keeps a core busy.

use std::time::{Duration, Instant};

/// Levels that lists, quotations and emphasis may be nested.
pub const DEEPEST: usize = 64;
/// Marks of nesting at the beginning of a line of code, where they are only characters. They are counted all the same:
/// what looks like code here may be none to the parser, whose time grows with the square of their number.
const DEEPEST_IN_CODE: usize = 300;
/// Pieces of a text: each word with an emphasis is one, each cell of a table three.
const MOST_EVENTS: usize = 250_000;
/// How long one text may take.
const TIME: Duration = Duration::from_secs(8);
/// How long the colours of its code may take.
const COLOUR_TIME: Duration = Duration::from_secs(4);
/// Bytes of one block of code that get colours.
const CODE_BLOCK: usize = 20 * 1024;
/// Bytes of code that get colours in one text.
const CODE: usize = 64 * 1024;
/// Bytes of a line that gets colours.
const CODE_LINE: usize = 2 * 1024;

/// Why a text is not rendered, in words for its writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Nested too deeply: in which line, counted from 1.
    #[error("Line {0} is nested more than {DEEPEST} levels deep. Please use fewer > signs, list marks or stars in it.")]
    Nested(usize),
    /// Too many pieces.
    #[error("This text has too many lines, links or table cells to be shown on one page. Please split it.")]
    Pieces,
    /// Took too long.
    #[error("This text takes too long to be shown. Please split it.")]
    Time,
}

/// What a text has used up of its limits.
pub struct Budget {
    begun: Instant,
    events: usize,
    code: usize,
}

impl Budget {
    /// Nothing yet.
    pub fn new() -> Budget {
        Budget { begun: Instant::now(), events: 0, code: 0 }
    }

    /// One more piece of the text.
    pub fn count_event(&mut self) -> Result<(), TooMuch> {
        self.events += 1;
        if self.events > MOST_EVENTS {
            return Err(TooMuch::Pieces);
        }
        if self.events.is_multiple_of(256) { self.check_time() } else { Ok(()) }
    }

    /// Whether there is time left.
    pub fn check_time(&self) -> Result<(), TooMuch> {
        if self.begun.elapsed() > TIME { Err(TooMuch::Time) } else { Ok(()) }
    }

    /// Whether there is time left for colours.
    pub fn has_time_for_colours(&self) -> bool {
        self.begun.elapsed() < COLOUR_TIME
    }

    /// Whether a block of code may have colours; if so, it is counted.
    pub fn take_code(&mut self, code: &str) -> bool {
        let fits = code.len() <= CODE_BLOCK
            && self.code + code.len() <= CODE
            && code.lines().all(|line| line.len() <= CODE_LINE)
            && self.has_time_for_colours();
        if fits {
            self.code += code.len();
        }
        fits
    }
}

/// Refuses a text with more marks of nesting in one line than anybody needs. This comes before the parser, which takes
/// minutes for a megabyte of `>`.
pub fn check_nesting(source: &str) -> Result<(), TooMuch> {
    let mut fence: Option<(char, usize)> = None;
    for (line, number) in source.split('\n').flat_map(|line| line.split('\r')).zip(1..) {
        let (depth, rest) = nesting(line);
        if depth > if fence.is_some() { DEEPEST_IN_CODE } else { DEEPEST } {
            return Err(TooMuch::Nested(number));
        }
        let mark = rest.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let length = mark.map_or(0, |mark| rest.chars().take_while(|letter| *letter == mark).count());
        match (fence, mark) {
            (None, Some(mark)) if length >= 3 => fence = Some((mark, length)),
            (Some((open, least)), Some(mark)) if open == mark && length >= least => fence = None,
            _ => {}
        }
    }
    Ok(())
}

/// How many quotations, list items and footnotes begin with a line, and what comes after their marks.
fn nesting(line: &str) -> (usize, &str) {
    let rule = rule_at(line);
    let (mut depth, mut rest) = (0, line.trim_start());
    loop {
        let at = line.len() - rest.len();
        let mark = match rest.as_bytes() {
            [b'>', ..] => 1,
            [b'-' | b'*' | b'+', ..] if at < rule && is_space(rest.as_bytes().get(1)) => 1,
            [b'0'..=b'9', ..] => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let dot = rest.as_bytes().get(digits).is_some_and(|byte| matches!(byte, b'.' | b')'));
                if digits > 9 || !dot || !is_space(rest.as_bytes().get(digits + 1)) {
                    return (depth, rest);
                }
                digits + 1
            }
            [b'[', b'^', ..] => match rest.find(']') {
                Some(end) if rest.as_bytes().get(end + 1) == Some(&b':') => end + 2,
                _ => return (depth, rest),
            },
            _ => return (depth, rest),
        };
        depth += 1;
        rest = rest.get(mark..).unwrap_or_default().trim_start();
    }
}

/// Where a line's rule begins, such as `* * *`: its marks are no list's.
fn rule_at(line: &str) -> usize {
    let Some(mark) = line.trim_end().chars().next_back().filter(|mark| matches!(mark, '-' | '*')) else {
        return line.len();
    };
    let start = line.trim_end_matches([mark, ' ', '\t']).len();
    let rule = line.get(start..).unwrap_or_default();
    if rule.chars().filter(|letter| *letter == mark).count() < 3 { line.len() } else { start }
}

fn is_space(byte: Option<&u8>) -> bool {
    byte.is_none_or(|byte| matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_at_the_beginning_of_a_line_are_counted() {
        for (line, depth) in [
            ("> > - a", 3),
            (">>>", 3),
            ("1. 2) * + x", 4),
            ("- - - - -", 0),
            ("> * * *", 1),
            ("1.5 kg", 0),
            ("[^a]: [^b]: - x", 3),
            ("a > b", 0),
            ("**bold** - x", 0),
        ] {
            assert_eq!(nesting(line).0, depth, "{line}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_the_parser_sees_it() {
        let deep = |mark: &str, times: usize| format!("Text.\n\n{}x", mark.repeat(times));
        for mark in [">", "> ", "- + ", "1. ", "[^a]: ", ">\t"] {
            assert_eq!(check_nesting(&deep(mark, 65)), Err(TooMuch::Nested(3)), "{mark}");
        }
        assert_eq!(check_nesting(&deep(">", 64)), Ok(()));
        assert_eq!(check_nesting(&format!("```\n{}\n```\n", ">".repeat(100))), Ok(()), "code");
        assert_eq!(check_nesting(&format!("```\n{}\n```\n", ">".repeat(1000))), Err(TooMuch::Nested(2)));
        assert_eq!(check_nesting(&"* ".repeat(500)), Ok(()), "a rule");
        assert_eq!(check_nesting(&format!("a\r{}", ">".repeat(65))), Err(TooMuch::Nested(2)));
    }
}
