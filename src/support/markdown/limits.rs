//! Limits on the cost of rendering one text, so that no text can keep a core busy.

use std::time::{Duration, Instant};

use crate::support::i18n::Message;

/// Maximum nesting of lists, quotations and emphasis.
pub const MAX_NESTING: usize = 64;
/// Maximum number of nesting markers at the start of a line inside a fenced block. They are literal there, but what
/// looks like a fence here may be none to the parser, whose time grows with the square of their number.
const DEEPEST_IN_CODE: usize = 300;
/// Maximum number of parser events: about one for each emphasised word, three for each table cell.
const MOST_EVENTS: usize = 250_000;
const TIME: Duration = Duration::from_secs(8);
/// Time after which code is no longer highlighted.
const COLOUR_TIME: Duration = Duration::from_secs(4);
const CODE_BLOCK: usize = 20 * 1024;
/// Maximum bytes of highlighted code in one text.
const CODE: usize = 64 * 1024;
const CODE_LINE: usize = 2 * 1024;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitExceeded {
    /// Nested too deeply, with the line number from 1.
    NestedTooDeeply(usize),
    /// Too many parser events.
    TooManyElements,
    /// Too much time.
    Timeout,
}

impl std::fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for LimitExceeded {}

impl LimitExceeded {
    /// Form message for the author of the text.
    pub fn message(self) -> Message {
        match self {
            LimitExceeded::NestedTooDeeply(line) => {
                Message::TextNestedTooDeeply { line: Message::count(line), max: Message::count(MAX_NESTING) }
            }
            LimitExceeded::TooManyElements => Message::TextTooComplex,
            LimitExceeded::Timeout => Message::TextTooSlow,
        }
    }
}

pub struct Budget {
    started: Instant,
    time: Duration,
    colour_time: Duration,
    events: usize,
    code: usize,
}

impl Budget {
    pub fn new() -> Budget {
        Budget::with_time(TIME, COLOUR_TIME)
    }

    /// A new budget with time limits of its own for the whole text and for its highlighting.
    pub fn with_time(time: Duration, colour_time: Duration) -> Budget {
        Budget { started: Instant::now(), time, colour_time, events: 0, code: 0 }
    }

    /// Counts a parser event, and checks the time every 256 events.
    pub fn count_event(&mut self) -> Result<(), LimitExceeded> {
        self.events += 1;
        if self.events > MOST_EVENTS {
            return Err(LimitExceeded::TooManyElements);
        }
        if self.events.is_multiple_of(256) { self.check_time() } else { Ok(()) }
    }

    pub fn check_time(&self) -> Result<(), LimitExceeded> {
        if self.started.elapsed() > self.time { Err(LimitExceeded::Timeout) } else { Ok(()) }
    }

    pub fn has_time_for_colours(&self) -> bool {
        self.started.elapsed() < self.colour_time
    }

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

/// Refuses lines with too many nesting markers before the parser sees them: it takes minutes for a megabyte of `>`.
pub fn check_nesting(source: &str) -> Result<(), LimitExceeded> {
    let mut fence: Option<(char, usize)> = None;
    for (line, number) in source.split('\n').flat_map(|line| line.split('\r')).zip(1..) {
        let (depth, rest) = nesting(line);
        if depth > if fence.is_some() { DEEPEST_IN_CODE } else { MAX_NESTING } {
            return Err(LimitExceeded::NestedTooDeeply(number));
        }
        let mark = rest.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let length = mark.map_or(0, |mark| rest.chars().take_while(|character| *character == mark).count());
        match (fence, mark) {
            (None, Some(mark)) if length >= 3 => fence = Some((mark, length)),
            (Some((open, least)), Some(mark)) if open == mark && length >= least => fence = None,
            _ => {}
        }
    }
    Ok(())
}

/// Number of quotation, list and footnote markers at the start of a line, and the rest of the line.
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

/// Start of a thematic break in a line, such as `* * *`: its characters are not list markers.
fn rule_at(line: &str) -> usize {
    let Some(mark) = line.trim_end().chars().next_back().filter(|mark| matches!(mark, '-' | '*')) else {
        return line.len();
    };
    let start = line.trim_end_matches([mark, ' ', '\t']).len();
    let rule = line.get(start..).unwrap_or_default();
    if rule.chars().filter(|character| *character == mark).count() < 3 { line.len() } else { start }
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
            assert_eq!(check_nesting(&deep(mark, 65)), Err(LimitExceeded::NestedTooDeeply(3)), "{mark}");
        }
        assert_eq!(check_nesting(&deep(">", 64)), Ok(()));
        assert_eq!(check_nesting(&format!("```\n{}\n```\n", ">".repeat(100))), Ok(()), "code");
        assert_eq!(check_nesting(&format!("```\n{}\n```\n", ">".repeat(1000))), Err(LimitExceeded::NestedTooDeeply(2)));
        assert_eq!(check_nesting(&"* ".repeat(500)), Ok(()), "a rule");
        assert_eq!(check_nesting(&format!("a\r{}", ">".repeat(65))), Err(LimitExceeded::NestedTooDeeply(2)));
    }
}
