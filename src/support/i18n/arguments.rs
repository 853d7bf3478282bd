//! Arguments of messages.

use std::fmt::Display;

/// A text argument of a message. Numbers are [`ToNumber`], so that they are formatted for the language.
pub trait ToText: Display {}

impl ToText for str {}

impl ToText for String {}

impl<T: ToText + ?Sized> ToText for &T {}

/// A whole number in a message.
pub trait ToNumber {
    /// The number; at most `i64::MAX`.
    fn to_number(&self) -> i64;
}

impl<T: ToNumber> ToNumber for &T {
    fn to_number(&self) -> i64 {
        (**self).to_number()
    }
}

impl ToNumber for i64 {
    fn to_number(&self) -> i64 {
        *self
    }
}

impl ToNumber for i32 {
    fn to_number(&self) -> i64 {
        i64::from(*self)
    }
}

impl ToNumber for usize {
    fn to_number(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}
