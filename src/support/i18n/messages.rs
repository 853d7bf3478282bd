//! The messages of `locales/`, as `build/messages.rs` compiles them.

#![expect(clippy::allow_attributes, reason = "generated code")]

use icu_plurals::PluralCategory;

use super::{Html, Locale, ToHtml, ToNumber, ToText, push_display};
use crate::support::money::Money;

include!(concat!(env!("OUT_DIR"), "/messages.rs"));
