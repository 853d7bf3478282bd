//! Builds messages: counts as arguments, waits, and several messages in a row.

use super::i18n::Message;

/// Waits of at least this many seconds are given in minutes.
const LONG_WAIT: u64 = 121;

impl Message {
    /// A count, as the argument of a message.
    #[must_use]
    pub fn count(number: usize) -> i64 {
        i64::try_from(number).unwrap_or(i64::MAX)
    }

    /// Appends another message.
    #[must_use]
    pub fn then(self, next: Message) -> Message {
        Message::Sequence { first: Box::new(self), next: Box::new(next) }
    }

    /// Too many attempts, with the wait until the next.
    #[must_use]
    pub fn too_many_attempts(seconds: u64) -> Message {
        match wait(seconds) {
            Wait::Seconds(seconds) => Message::TooManyAttemptsSeconds { seconds },
            Wait::Minutes(minutes) => Message::TooManyAttemptsMinutes { minutes },
        }
    }

    /// Too many new carts, with the wait until the next.
    #[must_use]
    pub fn too_many_carts(seconds: u64) -> Message {
        match wait(seconds) {
            Wait::Seconds(seconds) => Message::TooManyCartsSeconds { seconds },
            Wait::Minutes(minutes) => Message::TooManyCartsMinutes { minutes },
        }
    }
}

enum Wait {
    Seconds(i64),
    Minutes(i64),
}

fn wait(seconds: u64) -> Wait {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    if seconds < LONG_WAIT { Wait::Seconds(number(seconds)) } else { Wait::Minutes(number(seconds.div_ceil(60))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::i18n::Locale;

    #[test]
    fn a_wait_is_told_in_seconds_or_minutes() {
        for (seconds, english) in [
            (1, "Too many attempts. Wait 1 second, then try again."),
            (120, "Too many attempts. Wait 120 seconds, then try again."),
            (121, "Too many attempts. Wait 3 minutes, then try again."),
        ] {
            assert_eq!(Message::too_many_attempts(seconds).text(Locale::En), english);
        }
        let german = Message::too_many_attempts(1).text(Locale::De);
        assert_eq!(german, "Zu viele Versuche. Warten Sie 1 Sekunde und versuchen Sie es dann erneut.");
    }

    #[test]
    fn messages_follow_one_another_in_each_language_and_are_kept_as_data() {
        let both = Message::DraftSaved.then(Message::CommentsHidden { count: 2 });
        assert_eq!(both.text(Locale::En), "Draft saved. 2 comments are not shown.");
        assert_eq!(both.text(Locale::De), "Entwurf gespeichert. 2 Kommentare werden nicht angezeigt.");
        let kept = serde_json::to_string(&both).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&kept).unwrap(), both);
    }
}
