//! People at work, end to end through the pages.

mod buy_as_guest;
mod buy_last_one;
mod double_submit;
mod password_reset;
mod pay_by_card;
mod quote_changed;
mod setup;
